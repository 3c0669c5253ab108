/**
 * The types that `datasets` gives to a JSON file's columns, and what they do to the rows: 1 becomes 1.0 in a column
 * that also has 2.5, a column of nothing but dates becomes moments, a missing column becomes None, keys take the
 * first row's order. lm-eval's hashes see that. A field whose values do not agree in type or in keys stays as it is
 * (its Json type).
 */
import { isoToPythonDatetime, type PyDict, PyFloat, type PyValue } from '@evalgraph/formats';

export type Shape =
  | 'empty'
  | 'int'
  | 'float'
  | 'text'
  | 'moment'
  | 'bool'
  | 'any'
  | { readonly items: Shape }
  | { readonly fields: ReadonlyMap<string, Shape> };

export type Columns = ReadonlyMap<string, Shape>;

/** Column by column, in order of first appearance. */
export function inferColumns(rows: readonly PyDict[]): Columns {
  const values = new Map<string, PyValue[]>();
  for (const row of rows) {
    for (const [name, value] of row) {
      const column = values.get(name);
      if (column === undefined) values.set(name, [value]);
      else column.push(value);
    }
  }
  return new Map([...values].map(([name, column]) => [name, inferShape(column)]));
}

function inferShape(values: readonly PyValue[]): Shape {
  const present = values.filter((value) => value !== null);
  const first = present[0];
  if (first === undefined) return 'empty';
  if (present.every((value) => typeof value === 'string'))
    return present.every((value) => isoToPythonDatetime(value) !== null) ? 'moment' : 'text';
  if (present.every((value) => typeof value === 'boolean')) return 'bool';
  if (present.every(isNumber)) return present.every(isInt64) ? 'int' : 'float';
  if (present.every((value) => Array.isArray(value))) {
    return { items: inferShape(present.flatMap((value) => value as readonly PyValue[])) };
  }
  if (present.every(isDict)) {
    const [head, ...rest] = present;
    const same = head !== undefined && head.size > 0 && rest.every((dict) => sameKeys(head, dict));
    if (!same) return 'any';
    return {
      fields: new Map(
        [...head.keys()].map((key) => [key, inferShape(present.map((dict) => dict.get(key) ?? null))]),
      ),
    };
  }
  return 'any';
}

/** A row with every column, each value in its column's type. Columns that the types do not know come last. */
export function castRow(columns: Columns, row: PyDict): PyDict {
  const cast = new Map<string, PyValue>();
  for (const [name, shape] of columns) cast.set(name, castValue(shape, row.get(name) ?? null));
  for (const [name, value] of row) if (!columns.has(name)) cast.set(name, value);
  return cast;
}

function castValue(shape: Shape, value: PyValue): PyValue {
  if (shape === 'moment') return typeof value === 'string' ? (isoToPythonDatetime(value) ?? value) : value;
  if (value === null || typeof shape === 'string') {
    return shape === 'float' && (typeof value === 'number' || typeof value === 'bigint')
      ? new PyFloat(Number(value))
      : value;
  }
  if ('items' in shape)
    return Array.isArray(value) ? value.map((item: PyValue) => castValue(shape.items, item)) : value;
  return isDict(value) ? castRow(shape.fields, value) : value;
}

function isDict(value: PyValue): value is PyDict {
  return value instanceof Map;
}

function isNumber(value: PyValue): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof PyFloat;
}

function isInt64(value: PyValue): boolean {
  if (typeof value === 'number') return true;
  return typeof value === 'bigint' && value >= -(2n ** 63n) && value < 2n ** 63n;
}

function sameKeys(a: PyDict, b: PyDict): boolean {
  return a.size === b.size && [...b.keys()].every((key) => a.has(key));
}

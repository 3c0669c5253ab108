/** Typed access to a document's columns for ported functions: Python's KeyError and TypeError included. */
import { type Dict, isDict, isInt, isList, PythonError, typeName, type Value } from '@evalgraph/templates';

export function column(doc: Dict, name: string): Value {
  const value = doc.get(name);
  if (value === undefined) throw new PythonError('KeyError', `'${name}'`);
  return value;
}

function wrong(name: string, wanted: string, value: Value): never {
  throw new PythonError('TypeError', `column '${name}' must be ${wanted}, not ${typeName(value)}`);
}

export function text(doc: Dict, name: string): string {
  const value = column(doc, name);
  return typeof value === 'string' ? value : wrong(name, 'str', value);
}

export function texts(doc: Dict, name: string): readonly string[] {
  const value = column(doc, name);
  if (!isList(value)) return wrong(name, 'a list of str', value);
  return value.map((item) => (typeof item === 'string' ? item : wrong(name, 'a list of str', item)));
}

export function integers(doc: Dict, name: string): readonly number[] {
  const value = column(doc, name);
  if (!isList(value)) return wrong(name, 'a list of int', value);
  return value.map((item) => (isInt(item) ? Number(item) : wrong(name, 'a list of int', item)));
}

export function dict(doc: Dict, name: string): Dict {
  const value = column(doc, name);
  return isDict(value) ? value : wrong(name, 'a dict', value);
}

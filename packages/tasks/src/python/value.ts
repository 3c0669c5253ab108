/**
 * Python values as templates, YAML and ported functions meet them: what a data set holds (`PyValue`) plus tuples
 * and dicts with other keys than strings. The rules of truth, equality and order live here; texts are in repr.ts.
 */
import { PyFloat } from '@evalgraph/formats';

export class PyTuple {
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

export type DictKey = string | number | bigint | boolean | null;
export type Dict = ReadonlyMap<DictKey, Value>;
export type List = readonly Value[];
export type Value = null | boolean | number | bigint | PyFloat | string | PyTuple | List | Dict;

/** An exception of the Python program that is being followed: a template's or a function's, not ours. */
export class PythonError extends Error {
  readonly kind: string;
  constructor(kind: string, message: string) {
    super(`${kind}: ${message}`);
    this.name = 'PythonError';
    this.kind = kind;
  }
}

export function isDict(value: unknown): value is Dict {
  return value instanceof Map;
}

export function isList(value: unknown): value is List {
  return Array.isArray(value);
}

export function isInt(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** bool is an int in Python. */
export function isIntLike(value: unknown): value is number | bigint | boolean {
  return isInt(value) || typeof value === 'boolean';
}

export function isNumber(value: unknown): value is number | bigint | boolean | PyFloat {
  return isIntLike(value) || value instanceof PyFloat;
}

export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'boolean') return 'bool';
  if (isInt(value)) return 'int';
  if (typeof value === 'string') return 'str';
  if (value instanceof PyFloat) return 'float';
  if (value instanceof PyTuple) return 'tuple';
  return isDict(value) ? 'dict' : 'list';
}

export function truthy(value: Value): boolean {
  if (value === null) return false;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'bigint') return value !== 0n;
  if (typeof value === 'string') return value !== '';
  if (value instanceof PyFloat) return value.value !== 0;
  if (value instanceof PyTuple) return value.items.length > 0;
  return isDict(value) ? value.size > 0 : value.length > 0;
}

/** A number for comparing; exact for every int below 2^53 and every float. */
function magnitude(value: number | bigint | boolean | PyFloat): number | bigint {
  if (value instanceof PyFloat) return value.value;
  return typeof value === 'boolean' ? Number(value) : value;
}

/** Python's ==: 1 == 1.0 == True, sequences by their items, dicts without regard to order. */
export function equals(a: Value, b: Value): boolean {
  if (isNumber(a) && isNumber(b)) {
    const left = magnitude(a);
    const right = magnitude(b);
    // biome-ignore lint/suspicious/noDoubleEquals: a bigint equals a number of the same value only with ==.
    return left == right;
  }
  if (a === b) return true;
  if (a instanceof PyTuple) return b instanceof PyTuple && sameItems(a.items, b.items);
  if (isList(a)) return isList(b) && sameItems(a, b);
  if (isDict(a)) {
    if (!isDict(b) || a.size !== b.size) return false;
    for (const [key, value] of a) {
      const other = dictGet(b, key);
      if (other === undefined || !equals(value, other)) return false;
    }
    return true;
  }
  return false;
}

function sameItems(a: List, b: List): boolean {
  return a.length === b.length && a.every((item, index) => equals(item, b[index] ?? null));
}

/** Looks a key up as Python hashes it: 1, 1.0 and True are one key. undefined where it is not there. */
export function dictGet(dict: Dict, key: Value): Value | undefined {
  for (const form of keyForms(key)) {
    const value = dict.get(form);
    if (value !== undefined) return value;
  }
  return undefined;
}

function keyForms(key: Value): DictKey[] {
  if (key === null || typeof key === 'string') return [key];
  if (typeof key === 'boolean') return [key, Number(key)];
  if (isInt(key)) return key === 1 || key === 0 ? [key, key === 1] : [key];
  if (key instanceof PyFloat) return Number.isInteger(key.value) ? keyForms(key.value) : [];
  throw new PythonError('TypeError', `unhashable or unsupported key type: '${typeName(key)}'`);
}

/** Sets a key as Python does: the first of equal keys (1 and True) stays, with the last value. */
export function dictSet<T>(dict: Map<DictKey, T>, key: Value, value: T): void {
  const known = keyForms(key).find((form) => dict.has(form));
  dict.set(known === undefined ? toDictKey(key) : known, value);
}

/** The form in which a value becomes the key of a dict literal. */
function toDictKey(key: Value): DictKey {
  const form = keyForms(key)[0];
  if (form === undefined)
    throw new PythonError('TypeError', 'a float that is no integer cannot be a key here');
  return form;
}

/** Python's order for numbers, texts (by code points) and sequences: negative, 0 or positive. */
export function compare(a: Value, b: Value): number {
  if (isNumber(a) && isNumber(b)) {
    const left = magnitude(a);
    const right = magnitude(b);
    if (left < right) return -1;
    if (left > right) return 1;
    // biome-ignore lint/suspicious/noDoubleEquals: as in equals; NaN is neither.
    return left == right ? 0 : Number.NaN;
  }
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  const left = a instanceof PyTuple && b instanceof PyTuple ? a.items : a;
  const right = a instanceof PyTuple && b instanceof PyTuple ? b.items : b;
  if (isList(left) && isList(right)) {
    const shared = Math.min(left.length, right.length);
    for (let index = 0; index < shared; index += 1) {
      const [x, y] = [left[index] ?? null, right[index] ?? null];
      if (!equals(x, y)) return compare(x, y);
    }
    return left.length - right.length;
  }
  throw new PythonError('TypeError', `'<' not supported between '${typeName(a)}' and '${typeName(b)}'`);
}

/** By code points: UTF-16 order differs where surrogates meet U+E000..U+FFFF. */
export function compareText(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index += 1) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** What `for x in value` walks over; null where Python would say "not iterable". */
export function iterate(value: Value): readonly Value[] | null {
  if (typeof value === 'string') return [...value];
  if (value instanceof PyTuple) return value.items;
  if (isList(value)) return value;
  if (isDict(value)) return [...value.keys()];
  return null;
}

export function contains(container: Value, item: Value): boolean {
  if (typeof container === 'string') {
    if (typeof item !== 'string') {
      throw new PythonError(
        'TypeError',
        `'in <string>' requires string as left operand, not ${typeName(item)}`,
      );
    }
    return container.includes(item);
  }
  if (isDict(container)) return dictGet(container, item) !== undefined;
  const items = iterate(container);
  if (items === null)
    throw new PythonError('TypeError', `argument of type '${typeName(container)}' is not iterable`);
  return items.some((other) => equals(other, item));
}

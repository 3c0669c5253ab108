/**
 * Python values as templates, YAML and ported functions meet them: what a data set holds (`PyValue`) plus tuples
 * and dicts with other keys than strings. The rules of truth, equality and order live here; texts are in repr.ts.
 */
import { PyFloat } from '@evalgraph/formats';
import { firstIndex } from './search.ts';
import { spend } from './spending.ts';

export class PyTuple {
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

/**
 * An object of Python that is no plain data: what a template has besides its document (a range, a generator, a
 * function, `loop`, bytes, what is undefined). Its own class says what it can do.
 */
export abstract class PyObject {
  abstract readonly typeName: string;
  /** @throws PythonError where Python's text would be no reproducible one */
  repr(): string {
    throw new PythonError(
      'TypeError',
      `the text of a ${this.typeName} holds its address, so it is not supported`,
    );
  }
  str(): string {
    return this.repr();
  }
  truthy(): boolean {
    return true;
  }
  equals(other: Value): boolean {
    return this === other;
  }
  /** null: not iterable. */
  iterate(): Iterable<Value> | null {
    return null;
  }
  /** null: it has no len(). */
  size(): number | null {
    return null;
  }
  /** Whether its class has `value[key]`. */
  isSubscriptable(): boolean {
    return false;
  }
  /** undefined: no such attribute. */
  attribute(_name: string): Value | undefined {
    return undefined;
  }
  /** undefined: no such item. */
  item(_key: Value): Value | undefined {
    return undefined;
  }
}

export type DictKey = string | number | bigint | boolean | null | PyFloat | PyTuple;
export type Dict = ReadonlyMap<DictKey, Value>;
export type List = readonly Value[];
export type Value = null | boolean | number | bigint | PyFloat | string | PyTuple | List | Dict | PyObject;

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
  if (value instanceof PyObject) return value.typeName;
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
  if (value instanceof PyObject) return value.truthy();
  return isDict(value) ? value.size > 0 : value.length > 0;
}

/** A number for comparing; exact for every int below 2^53 and every float. */
function magnitude(value: number | bigint | boolean | PyFloat): number | bigint {
  if (value instanceof PyFloat) return value.value;
  return typeof value === 'boolean' ? Number(value) : value;
}

/** Python's ==: 1 == 1.0 == True, sequences by their items, dicts without regard to order. */
export function equals(a: Value, b: Value): boolean {
  if (a instanceof PyObject) return a.equals(b);
  if (b instanceof PyObject) return b.equals(a);
  if (isNumber(a) && isNumber(b)) {
    const left = magnitude(a);
    const right = magnitude(b);
    // biome-ignore lint/suspicious/noDoubleEquals: a bigint equals a number of the same value only with ==.
    return left == right;
  }
  if (typeof a === 'string' || typeof b === 'string') {
    if (typeof a === 'string' && typeof b === 'string') spend(Math.min(a.length, b.length) / 64);
    return a === b;
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

/** `a is b or a == b`, which is how Python looks through a container: a NaN finds itself. */
function same(a: Value, b: Value): boolean {
  return (typeof a !== 'string' && a === b) || equals(a, b);
}

function sameItems(a: List, b: List): boolean {
  spend(1 + Math.min(a.length, b.length) / 4);
  return a.length === b.length && a.every((item, index) => same(item, b[index] ?? null));
}

/** Dicts that have floats or tuples among their keys: those are found by comparing. */
const mixedKeys = new WeakSet<object>();

/** The key of a dict that equals this one, as Python hashes: 1, 1.0 and True are one key. undefined: none does. */
export function findKey(dict: ReadonlyMap<DictKey, unknown>, key: Value): DictKey | undefined {
  if (typeof key === 'string') spend(key.length / 64);
  if (key === null || typeof key === 'string') return dict.has(key) ? key : undefined;
  const forms = numberForms(key);
  if (forms.length === 0 && !(key instanceof PyFloat || key instanceof PyTuple)) {
    throw new PythonError('TypeError', `unhashable type: '${typeName(key)}'`);
  }
  for (const form of forms) if (dict.has(form)) return form;
  if (!mixedKeys.has(dict)) return undefined;
  for (const other of dict.keys()) {
    if ((other instanceof PyFloat || other instanceof PyTuple) && equals(other, key)) return other;
  }
  return undefined;
}

/** undefined where the key is not there. */
export function dictGet(dict: Dict, key: Value): Value | undefined {
  const found = findKey(dict, key);
  return found === undefined ? undefined : dict.get(found);
}

function numberForms(key: Value): readonly DictKey[] {
  if (typeof key === 'boolean') return [key, Number(key)];
  if (isInt(key)) return key === 1 || key === 0 ? [key, key === 1] : [key];
  if (!(key instanceof PyFloat) || !Number.isInteger(key.value)) return [];
  return numberForms(Number.isSafeInteger(key.value) ? key.value + 0 : BigInt(key.value));
}

/** Sets a key as Python does: the first of equal keys (1 and True) stays, with the last value. */
export function dictSet<T>(dict: Map<DictKey, T>, key: Value, value: T): void {
  const known = findKey(dict, key);
  if (known === undefined && (key instanceof PyFloat || key instanceof PyTuple)) mixedKeys.add(dict);
  dict.set(known ?? (key as DictKey), value);
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

/** Compares by code points: UTF-16 order differs where surrogates meet U+E000..U+FFFF. */
export function compareText(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  spend(shared / 64);
  let at = 0;
  while (at < shared && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  if (at === shared) return a.length - b.length;
  const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
  const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;
  if (isSurrogate(left) !== isSurrogate(right)) return isSurrogate(left) ? 1 : -1;
  return left - right;
}

/** What `for x in value` walks over; null where Python would say "not iterable". */
export function iterate(value: Value): readonly Value[] | null {
  if (typeof value === 'string') return [...value];
  if (value instanceof PyTuple) return value.items;
  if (isList(value)) return value;
  if (isDict(value)) {
    spend(1 + value.size / 4);
    return [...value.keys()];
  }
  if (!(value instanceof PyObject)) return null;
  const items = value.iterate();
  return items === null ? null : Array.isArray(items) ? items : [...items];
}

export function contains(container: Value, item: Value): boolean {
  if (typeof container === 'string') {
    if (typeof item !== 'string') {
      throw new PythonError(
        'TypeError',
        `'in <string>' requires string as left operand, not ${typeName(item)}`,
      );
    }
    return firstIndex(container, item) !== -1;
  }
  if (isDict(container)) return findKey(container, item) !== undefined;
  const items = iterate(container);
  if (items === null)
    throw new PythonError('TypeError', `argument of type '${typeName(container)}' is not iterable`);
  spend(1 + items.length / 4);
  return items.some((other) => same(other, item));
}

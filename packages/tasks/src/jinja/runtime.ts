/**
 * What an expression can be worth while a template runs: a Python value, nothing (`Undefined`), something to call,
 * or something with attributes only (`loop`, a namespace). And the limits on what a template may do.
 */

import { repr, toStr } from '../python/repr.ts';
import { isDict, isList, iterate, PyTuple, PythonError, typeName, type Value } from '../python/value.ts';

/** Characters a template may produce, and steps its loops may take: a prompt is never near them. */
export const MAX_OUTPUT = 20_000_000;
export const MAX_STEPS = 2_000_000;
export const MAX_MACRO_DEPTH = 50;
/** Steps that take some tens of milliseconds: a template that takes more runs on under a time limit. */
export const FREE_STEPS = 30_000;
/** Items that one operation may make out of nothing but a number. */
export const MAX_ITEMS = 100_000;

/** Thrown where a template turns out to be more work than is done without a time limit. */
export class Costly extends Error {}

const weights = new WeakMap<object, number>();

/** How many values a list, tuple or dict of the template's making holds, each counted as often as it is met. */
export function noteWeight<T extends object>(container: T, items: Iterable<Value>): T {
  let weight = 1;
  for (const item of items) weight += weightOf(item);
  weights.set(container, weight);
  return container;
}

/** About the steps that one look at all of a value takes. */
export function weightOf(value: Rt): number {
  if (typeof value === 'string') return 1 + value.length / 64;
  if (typeof value !== 'object' || value === null) return 1;
  const noted = weights.get(value);
  const size = value instanceof PyTuple ? value.items.length : Array.isArray(value) ? value.length : 1;
  // Some operations compare each item with each other.
  return (noted ?? size) + size ** 2 / 1000;
}

/** StrictUndefined: every use of it is an error that names what was missing. */
export class Undefined {
  readonly what: string;
  /** Jinja2 gives an inline `if` without `else` the lenient kind: it prints as nothing and is false. */
  readonly lenient: boolean;
  constructor(what: string, lenient = false) {
    this.what = what;
    this.lenient = lenient;
  }
  fail(): never {
    throw new PythonError('UndefinedError', `${this.what} is undefined`);
  }
}

export interface CallArguments {
  readonly positional: readonly Rt[];
  readonly named: ReadonlyMap<string, Rt>;
}

export class Callable {
  readonly name: string;
  readonly call: (args: CallArguments) => Rt;
  constructor(name: string, call: (args: CallArguments) => Rt) {
    this.name = name;
    this.call = call;
  }
}

/** `loop` and namespaces. */
export class Attributes {
  readonly name: string;
  readonly values: Map<string, Rt>;
  constructor(name: string, values: Map<string, Rt>) {
    this.name = name;
    this.values = values;
  }
}

export type Rt = Value | Undefined | Callable | Attributes;

/** The value behind a runtime value; what is undefined or no value fails as Python would. */
export function plainOf(value: Rt): Value {
  if (value instanceof Undefined) return value.fail();
  if (value instanceof Callable || value instanceof Attributes) {
    throw new PythonError('TypeError', `'${value.name}' cannot be used as a value here`);
  }
  return value;
}

export function textOf(value: Rt): string {
  if (value instanceof Undefined && value.lenient) return '';
  return toStr(plainOf(value));
}

export function itemsOf(value: Rt): readonly Value[] {
  if (value instanceof Undefined && value.lenient) return [];
  const plain = plainOf(value);
  const items = iterate(plain);
  if (items === null) throw new PythonError('TypeError', `'${typeName(plain)}' object is not iterable`);
  return items;
}

/** One argument by place or name; null and Undefined are values of their own, `undefined` means "not given". */
export function argument(args: CallArguments, index: number, name: string): Rt | undefined {
  return args.positional[index] ?? args.named.get(name);
}

export function given(args: CallArguments, index: number, name: string): Value | undefined {
  const value = args.positional.length > index ? args.positional[index] : args.named.get(name);
  return value === undefined ? undefined : plainOf(value);
}

export function required(args: CallArguments, index: number, name: string): Value {
  const value = given(args, index, name);
  if (value === undefined) throw new PythonError('TypeError', `missing argument: '${name}'`);
  return value;
}

export function textArgument(args: CallArguments, index: number, name: string): string {
  const value = required(args, index, name);
  if (typeof value === 'string') return value;
  throw new PythonError('TypeError', `argument '${name}' must be str, not ${typeName(value)}`);
}

export function toInteger(value: Value, what: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  throw new PythonError('TypeError', `${what} must be an integer, not ${typeName(value)}`);
}

export function integerArgument(args: CallArguments, index: number, name: string, byDefault: number): number {
  const value = given(args, index, name);
  return value === undefined || value === null ? byDefault : toInteger(value, `argument '${name}'`);
}

/** For messages. */
export function shown(value: Rt): string {
  if (value instanceof Undefined) return 'undefined';
  if (value instanceof Callable || value instanceof Attributes) return value.name;
  const text = repr(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

export function sizeOf(value: Value): number {
  if (typeof value === 'string') {
    let count = 0;
    for (const _ of value) count += 1;
    return count;
  }
  if (value instanceof PyTuple) return value.items.length;
  if (isList(value)) return value.length;
  if (isDict(value)) return value.size;
  throw new PythonError('TypeError', `object of type '${typeName(value)}' has no len()`);
}

export function isPlain(value: Rt): value is Value {
  return !(value instanceof Undefined || value instanceof Callable || value instanceof Attributes);
}

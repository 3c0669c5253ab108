/**
 * What an expression can be worth beside plain values while a template runs: nothing (`Undefined`), something to call,
 * something with attributes only (`loop`, a namespace), generators, ranges, bytes. And how arguments are bound.
 */
import { weighEntries, weighItems } from '../python/meter.ts';
import { repr, toStr } from '../python/repr.ts';
import { spend } from '../python/spending.ts';
import * as text from '../python/text.ts';
import {
  equals,
  findKey,
  isDict,
  isList,
  iterate,
  PyObject,
  PyTuple,
  PythonError,
  typeName,
  type Value,
} from '../python/value.ts';

export type Rt = Value;

/** How the environment of the running template differs from Jinja2's default. */
export interface Rules {
  /** What is undefined prints as nothing, is false and has no items. Else StrictUndefined. */
  readonly lenient: boolean;
  /** ImmutableSandboxedEnvironment: lists and dicts cannot be changed, ranges are short, names with _ are closed. */
  readonly sandboxed: boolean;
  /** Lists and dicts may be changed: those of a document are copies then. */
  readonly changeable: boolean;
  /** Whether the environment has a filter of this name. */
  readonly isFilter: (name: string) => boolean;
}

let rules: Rules = { lenient: false, sandboxed: false, changeable: true, isFilter: () => false };

export function currentRules(): Rules {
  return rules;
}

/** Gives those before: to be set back outside of the watchdog. */
export function setRules(own: Rules): Rules {
  const before = rules;
  rules = own;
  return before;
}

/** Every use of a strict one is an error that names what was missing. */
export class Undefined extends PyObject {
  readonly typeName = 'Undefined';
  readonly what: string;
  readonly lenient: boolean;
  readonly kind: string;
  constructor(what: string, lenient: boolean = rules.lenient, kind = 'UndefinedError') {
    super();
    this.what = what;
    this.lenient = lenient;
    this.kind = kind;
  }
  fail(): never {
    throw new PythonError(
      this.kind,
      this.kind === 'UndefinedError' ? `${this.what} is undefined` : this.what,
    );
  }
  override repr(): string {
    return 'Undefined';
  }
  override str(): string {
    return this.lenient ? '' : this.fail();
  }
  override truthy(): boolean {
    return this.lenient ? false : this.fail();
  }
  override equals(other: Value): boolean {
    return this.lenient ? other instanceof Undefined && other.lenient : this.fail();
  }
  override iterate(): Iterable<Value> {
    return this.lenient ? [] : this.fail();
  }
  override size(): number {
    return this.lenient ? 0 : this.fail();
  }
  override isSubscriptable(): boolean {
    return true;
  }
}

export interface CallArguments {
  readonly positional: readonly Rt[];
  readonly named: ReadonlyMap<string, Rt>;
}

export class Callable extends PyObject {
  readonly typeName: string = 'function';
  readonly name: string;
  readonly call: (args: CallArguments) => Rt;
  constructor(name: string, call: (args: CallArguments) => Rt) {
    super();
    this.name = name;
    this.call = call;
  }
}

/** `loop`, namespaces, cyclers: attributes that may be computed when they are asked for. */
export class Attributes extends PyObject {
  readonly typeName: string;
  readonly find: (name: string) => Rt | undefined;
  /** Set on a namespace: {% set namespace.x = … %}. */
  readonly values: Map<string, Rt> | null;
  constructor(name: string, find: (name: string) => Rt | undefined, values: Map<string, Rt> | null = null) {
    super();
    this.typeName = name;
    this.find = find;
    this.values = values;
  }
  override attribute(name: string): Rt | undefined {
    return this.find(name);
  }
  override isSubscriptable(): boolean {
    return this.values !== null;
  }
  override item(key: Value): Rt | undefined {
    return this.values === null || typeof key !== 'string' ? undefined : this.values.get(key);
  }
}

/** A generator: what filters like map and select give. Each item comes once. */
export class PyIterator extends PyObject {
  readonly typeName: string;
  readonly #items: Iterator<Value>;
  constructor(items: Iterator<Value>, name = 'generator') {
    super();
    this.#items = items;
    this.typeName = name;
  }
  next(): IteratorResult<Value> {
    spend(1);
    return this.#items.next();
  }
  override *iterate(): Iterable<Value> {
    for (let step = this.next(); step.done !== true; step = this.next()) yield step.value;
  }
}

/** dict.items(), .keys(), .values(): they show the dict as it is when they are read. */
export class DictView extends PyObject {
  readonly typeName: string;
  readonly #dict: ReadonlyMap<unknown, unknown>;
  readonly #items: () => Iterable<Value>;
  constructor(typeName: string, dict: ReadonlyMap<unknown, unknown>, items: () => Iterable<Value>) {
    super();
    this.typeName = typeName;
    this.#dict = dict;
    this.#items = items;
  }
  override repr(): string {
    return `${this.typeName}(${repr([...this.iterate()])})`;
  }
  override truthy(): boolean {
    return this.#dict.size > 0;
  }
  override iterate(): Iterable<Value> {
    weighEntries(this.#dict.size);
    return this.#items();
  }
  override size(): number {
    return this.#dict.size;
  }
  override equals(other: Value): boolean {
    if (!(other instanceof DictView) || this.typeName === 'dict_values') return this === other;
    const mine = [...this.iterate()];
    const theirs = [...other.iterate()];
    spend((mine.length * theirs.length) / 4);
    return mine.length === theirs.length && mine.every((item) => theirs.some((known) => equals(known, item)));
  }
}

/** Markup of markupsafe, which |e, |safe and |tojson give: a text that escapes what is joined to it by + or %. */
export class Markup extends PyObject {
  readonly typeName = 'Markup';
  readonly text: string;
  constructor(held: string) {
    super();
    this.text = held;
  }
  override repr(): string {
    return `Markup(${repr(this.text)})`;
  }
  override str(): string {
    return this.text;
  }
  override truthy(): boolean {
    return this.text !== '';
  }
  override equals(other: Value): boolean {
    return other instanceof Markup ? other.text === this.text : other === this.text;
  }
  override iterate(): Iterable<Value> {
    return text.codePoints(this.text);
  }
  override size(): number {
    return text.codePointLength(this.text);
  }
}

/** A tuple whose places have names: what groupby gives. */
export class NamedTuple extends PyTuple {
  readonly names: readonly string[];
  constructor(names: readonly string[], items: readonly Value[]) {
    super(items);
    this.names = names;
  }
}

/** The value behind a runtime value; what is undefined fails, a marked text is its text. */
export function plainOf(value: Rt): Value {
  if (value instanceof Undefined) return value.fail();
  return value instanceof Markup ? value.text : value;
}

export function textOf(value: Rt): string {
  return toStr(value);
}

/** What a loop goes through, all of it. @throws PythonError TypeError */
export function itemsOf(value: Rt): readonly Value[] {
  const items = typeof value === 'string' ? text.codePoints(value) : iterate(value);
  if (items === null) throw new PythonError('TypeError', `'${typeName(value)}' object is not iterable`);
  weighItems(items.length);
  return items;
}

/** The same, one after the other. */
export function iteratorOf(value: Rt): Iterator<Value> {
  const items = value instanceof PyObject ? value.iterate() : itemsOf(value);
  if (items === null) throw new PythonError('TypeError', `'${typeName(value)}' object is not iterable`);
  return items[Symbol.iterator]();
}

export function given(args: CallArguments, index: number, name: string): Value | undefined {
  const value = args.positional.length > index ? args.positional[index] : args.named.get(name);
  return value instanceof Markup ? value.text : value;
}

export function required(args: CallArguments, index: number, name: string): Value {
  const value = given(args, index, name);
  if (value === undefined) throw new PythonError('TypeError', `missing argument: '${name}'`);
  return value;
}

export function textArgument(args: CallArguments, index: number, name: string): string {
  const value = required(args, index, name);
  if (typeof value === 'string') return value;
  if (value instanceof Undefined) return value.fail();
  throw new PythonError('TypeError', `argument '${name}' must be str, not ${typeName(value)}`);
}

export function toInteger(value: Value, what: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return Number(value);
  throw new PythonError('TypeError', `${what} must be an integer, not ${typeName(value)}`);
}

export function integerArgument(args: CallArguments, index: number, name: string, byDefault: number): number {
  const value = given(args, index, name);
  return value === undefined ? byDefault : toInteger(value, `argument '${name}'`);
}

/** Refuses what a Python function of these parameters would: too many arguments, and names that it has not. */
export function checkArguments(what: string, args: CallArguments, names: readonly string[]): void {
  if (args.positional.length > names.length) {
    throw new PythonError('TypeError', `${what}() takes at most ${names.length} arguments`);
  }
  for (const name of args.named.keys()) {
    const index = names.indexOf(name);
    if (index === -1) {
      throw new PythonError('TypeError', `${what}() got an unexpected keyword argument '${name}'`);
    }
    if (index < args.positional.length) {
      throw new PythonError('TypeError', `${what}() got multiple values for argument '${name}'`);
    }
  }
}

/** The value as messages show it. */
export function shown(value: Rt): string {
  if (value instanceof Undefined) return 'undefined';
  if (value instanceof PyObject) return `a ${value.typeName}`;
  if (typeof value === 'string') return repr(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (isList(value) || isDict(value) || value instanceof PyTuple) return `a ${typeName(value)}`;
  return repr(value);
}

/** len(value). @throws PythonError TypeError */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return text.codePointLength(value);
  if (value instanceof PyTuple) return value.items.length;
  if (isList(value)) return value.length;
  if (isDict(value)) return value.size;
  const size = value instanceof PyObject ? value.size() : null;
  if (size !== null) return size;
  throw new PythonError('TypeError', `object of type '${typeName(value)}' has no len()`);
}

/** Whether a value can be in a set: lists and dicts cannot. */
export function hashable(value: Value): void {
  if (value instanceof PyTuple) value.items.forEach(hashable);
  else if (!(value instanceof PyObject)) findKey(new Map(), value);
}

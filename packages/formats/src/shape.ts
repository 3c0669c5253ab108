/**
 * What a record must look like, declared once: the type and the checking reader come from the same declaration. For
 * files of ours, which a disk, a kill or a hand may have damaged, and for small ones of others. What a value means is
 * not known here. A checker hands the value on as it is: nothing is copied, and keys that nobody asks for may stand.
 */

/** The place of a value in its file: what encloses it, and its own key or index. The root has none. */
export interface ShapePlace {
  readonly within: ShapePlace | null;
  readonly key: string | number;
}

/** @throws ShapeMismatch at the first value that does not fit */
export type Shape<T> = (value: unknown, place: ShapePlace | null) => T;

/** The type that a shape checks. */
export type ShapeOf<S> = S extends Shape<infer T> ? T : never;

/** A record is not as it was declared. Readers turn this into a `UserError` that names the file and the remedy. */
export class ShapeMismatch extends Error {
  /** `tasks[2].dense.value: found a text, expected a number` */
  constructor(place: ShapePlace | null, found: string, expected: string) {
    const path = pathText(place);
    super(`${path === '' ? '' : `${path}: `}found ${found}, expected ${expected}`);
    this.name = 'ShapeMismatch';
  }
}

const OPTIONAL: unique symbol = Symbol('optional');

/** Marks a field of a record whose key may be missing. A key that is there must fit. */
export interface OptionalShape<T> {
  readonly [OPTIONAL]: Shape<T>;
}

type Fields = Readonly<Record<string, Shape<unknown> | OptionalShape<unknown>>>;

type Mandatory<F extends Fields> = {
  [K in keyof F as F[K] extends OptionalShape<unknown> ? never : K]: F[K];
};
type Omissible<F extends Fields> = {
  [K in keyof F as F[K] extends OptionalShape<unknown> ? K : never]: F[K];
};

/** One object type, so that messages of the compiler stay readable. */
type Flat<T> = { [K in keyof T]: T[K] };

export type RecordOf<F extends Fields> = Flat<
  { readonly [K in keyof Mandatory<F>]: ShapeOf<F[K]> } & {
    readonly [K in keyof Omissible<F>]?: F[K] extends OptionalShape<infer T> ? T : never;
  }
>;

export function optional<T>(shape: Shape<T>): OptionalShape<T> {
  return { [OPTIONAL]: shape };
}

/** An object with these keys. */
export function record<F extends Fields>(fields: F): Shape<RecordOf<F>> {
  const entries = Object.entries(fields).map(([key, shape]) =>
    typeof shape === 'function'
      ? { key, check: shape, isOptional: false }
      : { key, check: shape[OPTIONAL], isOptional: true },
  );
  return (value, place) => {
    const object = objectAt(value, place);
    for (const { key, check, isOptional } of entries) {
      if (Object.hasOwn(object, key)) check(object[key], { within: place, key });
      else if (!isOptional) throw new ShapeMismatch({ within: place, key }, 'nothing', 'this key');
    }
    return value as RecordOf<F>;
  };
}

/** An object whose keys are names: every value fits. */
export function dictionary<T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value, place) => {
    const object = objectAt(value, place);
    for (const [key, item] of Object.entries(object)) shape(item, { within: place, key });
    // Names are looked up in it, and no name may find what objects inherit.
    return Object.setPrototypeOf(object, null) as Readonly<Record<string, T>>;
  };
}

export function list<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) throw new ShapeMismatch(place, foundText(value), 'a list');
    for (const [key, item] of value.entries()) shape(item, { within: place, key });
    return value as readonly T[];
  };
}

/** @returns the list's shape, refusing an empty one */
export function someOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  const items = list(shape);
  return (value, place) => {
    if (items(value, place).length === 0)
      throw new ShapeMismatch(place, 'an empty list', 'at least one entry');
    return value as readonly T[];
  };
}

export function pair<A, B>(first: Shape<A>, second: Shape<B>): Shape<readonly [A, B]> {
  return (value, place) => {
    if (!Array.isArray(value) || value.length !== 2) {
      throw new ShapeMismatch(place, foundText(value), 'a list of two');
    }
    first(value[0], { within: place, key: 0 });
    second(value[1], { within: place, key: 1 });
    return value as unknown as readonly [A, B];
  };
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, place) => (value === null ? null : shape(value, place));
}

/** The first of the shapes that fits. @param expected what all of them are, for the message */
export function either<S extends readonly Shape<unknown>[]>(
  expected: string,
  ...shapes: S
): Shape<ShapeOf<S[number]>> {
  return (value, place) => {
    for (const shape of shapes) {
      try {
        return shape(value, place) as ShapeOf<S[number]>;
      } catch (error) {
        if (!(error instanceof ShapeMismatch)) throw error;
      }
    }
    throw new ShapeMismatch(place, foundText(value), expected);
  };
}

/** Records that one of their keys tells apart. */
export function variant<K extends string, F extends Readonly<Record<string, Shape<unknown>>>>(
  key: K,
  shapes: F,
): Shape<ShapeOf<F[keyof F]>> {
  const names = Object.keys(shapes);
  return (value, place) => {
    const found = objectAt(value, place)[key];
    const shape = typeof found === 'string' && Object.hasOwn(shapes, found) ? shapes[found] : undefined;
    if (shape === undefined) {
      throw new ShapeMismatch({ within: place, key }, foundText(found), names.map(quoted).join(' or '));
    }
    return shape(value, place) as ShapeOf<F[keyof F]>;
  };
}

/** One of some words or numbers. */
export function oneOf<const T extends readonly (string | number | boolean)[]>(
  ...values: T
): Shape<T[number]> {
  return (value, place) => {
    if ((values as readonly unknown[]).includes(value)) return value as T[number];
    throw new ShapeMismatch(place, foundText(value), values.map(quoted).join(' or '));
  };
}

function plain<T>(expected: string, fits: (value: unknown) => boolean): Shape<T> {
  return (value, place) => {
    if (fits(value)) return value as T;
    throw new ShapeMismatch(place, foundText(value), expected);
  };
}

export const text: Shape<string> = plain('a text', (value) => typeof value === 'string');
export const flag: Shape<boolean> = plain('true or false', (value) => typeof value === 'boolean');
/** Finite: 1e999 parses as infinity, and no record of ours holds one. */
export const number: Shape<number> = plain('a number', Number.isFinite);
/** How many, or the place of something: a whole number from 0. */
export const count: Shape<number> = plain(
  'a whole number from 0',
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
);
/** A measure that is never below zero: seconds, a perplexity. */
export const amount: Shape<number> = plain(
  'a number from 0',
  (value) => Number.isFinite(value) && Number(value) >= 0,
);
/** A probability, or a part of a whole. */
export const share: Shape<number> = plain(
  'a number from 0 to 1',
  (value) => Number.isFinite(value) && Number(value) >= 0 && Number(value) <= 1,
);
/** A sha256 in hexadecimal digits. */
export const digest: Shape<string> = plain(
  'a sha256 of 64 hexadecimal digits',
  (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
);
/** A time as `Date.toISOString` writes it. */
export const time: Shape<string> = plain(
  'a time such as 2026-01-31T12:00:00.000Z',
  (value) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value)),
);
/** Anything that is there. */
export const anything: Shape<unknown> = (value) => value;

/** Nothing of ours nests deeper, and what walks a value must end before the stack does. */
const MAX_DEPTH = 100;

/** Any JSON without a number that is infinite, at most 100 levels deep. */
export const json: Shape<unknown> = (value, place) => {
  checkJson(value, place, 0);
  return value;
};

function checkJson(value: unknown, place: ShapePlace | null, depth: number): void {
  if (typeof value === 'number' && !Number.isFinite(value)) number(value, place);
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_DEPTH) throw new ShapeMismatch(null, `more than ${MAX_DEPTH} levels of nesting`, 'less');
  const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
  for (const [key, item] of entries) checkJson(item, { within: place, key }, depth + 1);
}

/** An object of JSON: neither null nor a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value where it fits; null where it does not. For lines of which some are meant for others. */
export function fitting<T>(shape: Shape<T>, value: unknown): T | null {
  try {
    return shape(value, null);
  } catch (error) {
    if (error instanceof ShapeMismatch) return null;
    throw error;
  }
}

/** The same of a text that may be no JSON. */
export function fittingJson<T>(shape: Shape<T>, content: string): T | null {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  return fitting(shape, value);
}

function objectAt(value: unknown, place: ShapePlace | null): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  throw new ShapeMismatch(place, foundText(value), 'an object');
}

/** Texts may be long, and come from anywhere: only their kind is shown, and of short ones the beginning. */
function foundText(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string')
    return value.length <= 40 ? `the text ${JSON.stringify(value)}` : 'a long text';
  return String(value);
}

function quoted(value: string | number | boolean): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function pathText(place: ShapePlace | null): string {
  if (place === null) return '';
  const { key } = place;
  const before = pathText(place.within);
  if (typeof key === 'number') return `${before}[${key}]`;
  const name = key.length <= 80 ? key : `${key.slice(0, 80)}…`;
  if (!/^[\w-]+$/.test(name)) return `${before}[${JSON.stringify(name)}]`;
  return before === '' ? name : `${before}.${name}`;
}

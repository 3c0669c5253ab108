/** Jinja2's tests: `is defined`, and those that select() and its kin name. */
import { PyFloat } from '@evalgraph/formats';
import { isLower, isUpper } from '../python/text.ts';
import {
  compare,
  contains,
  equals,
  isDict,
  isInt,
  isList,
  isNumber,
  PyObject,
  PyTuple,
  PythonError,
  type Value,
} from '../python/value.ts';
import { arithmetic } from './operators.ts';
import {
  type CallArguments,
  Callable,
  checkArguments,
  currentRules,
  DictView,
  hashable,
  Markup,
  PyIterator,
  plainOf,
  type Rt,
  required,
  textOf,
  Undefined,
} from './runtime.ts';

type Test = (value: Rt, args: CallArguments) => boolean;

const other = (args: CallArguments): Value => required(args, 0, 'other');
const remainderIs = (value: Rt, by: Value, wanted: number): boolean =>
  equals(arithmetic('%', value, by), wanted);
const order = (value: Rt, args: CallArguments): number => compare(plainOf(value), plainOf(other(args)));

const TESTS: Readonly<Record<string, Test>> = {
  defined: (value) => !(value instanceof Undefined),
  undefined: (value) => value instanceof Undefined,
  filter: (value) => isKnown(value, currentRules().isFilter),
  test: (value) => isKnown(value, hasTest),
  // Jinja2 asks only `value is None`, which an undefined value answers without complaint.
  none: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  true: (value) => value === true,
  false: (value) => value === false,
  integer: (value) => isInt(value),
  float: (value) => value instanceof PyFloat,
  number: (value) => isNumber(value),
  string: (value) => typeof value === 'string' || value instanceof Markup,
  mapping: (value) => isDict(value),
  sequence: (value) => {
    if (value instanceof Undefined) return value.lenient;
    if (value instanceof DictView) return false;
    if (value instanceof PyObject) return value.size() !== null && !(value instanceof PyIterator);
    return typeof value === 'string' || isList(value) || isDict(value) || value instanceof PyTuple;
  },
  iterable: (value) => {
    if (value instanceof PyObject) return value.iterate() !== null;
    return typeof value === 'string' || isList(value) || isDict(value) || value instanceof PyTuple;
  },
  callable: (value) => value instanceof Callable || value instanceof Undefined,
  sameas: (value, args) => {
    const wanted = other(args);
    // Python keeps one object for small ints and for texts that look like names; for others it depends.
    const isOne =
      typeof value === 'string' ? /^\w*$/.test(value) : typeof value !== 'number' || Math.abs(value) <= 256;
    const depends = typeof value === 'bigint' || value instanceof PyFloat || !isOne;
    if (depends && equals(value, wanted)) {
      throw new PythonError('TypeError', 'sameas of equal numbers or texts is not supported');
    }
    return value === wanted;
  },
  escaped: (value) => value instanceof Markup,
  lower: (value) => isLower(textOf(value)),
  upper: (value) => isUpper(textOf(value)),
  odd: (value) => remainderIs(value, 2, 1),
  even: (value) => remainderIs(value, 2, 0),
  divisibleby: (value, args) => remainderIs(value, required(args, 0, 'num'), 0),
  in: (value, args) =>
    contains(plainOf(required(args, 0, 'seq')), value instanceof Markup ? value.text : value),
  eq: (value, args) => equals(value, other(args)),
  ne: (value, args) => !equals(value, other(args)),
  lt: (value, args) => order(value, args) < 0,
  le: (value, args) => order(value, args) <= 0,
  gt: (value, args) => order(value, args) > 0,
  ge: (value, args) => order(value, args) >= 0,
};
/** What a test takes beside the value, by its name in Python; null: by place only. The others take nothing. */
const PARAMETERS: ReadonlyMap<string, string | null> = new Map<string, string | null>([
  ['sameas', 'other'],
  ['divisibleby', 'num'],
  ['in', 'seq'],
  ...['eq', 'ne', 'lt', 'le', 'gt', 'ge'].map((name) => [name, null] as const),
]);

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['==', 'eq'],
  ['equalto', 'eq'],
  ['!=', 'ne'],
  ['<', 'lt'],
  ['lessthan', 'lt'],
  ['<=', 'le'],
  ['>', 'gt'],
  ['greaterthan', 'gt'],
  ['>=', 'ge'],
]);

function isKnown(value: Rt, has: (name: string) => boolean): boolean {
  if (value instanceof Undefined) return value.lenient ? false : value.fail();
  const name = plainOf(value);
  hashable(name);
  return typeof name === 'string' && has(name);
}

export function hasTest(name: string): boolean {
  return Object.hasOwn(TESTS, ALIASES.get(name) ?? name);
}

export function runTest(name: string, value: Rt, args: CallArguments): boolean {
  const key = ALIASES.get(name) ?? name;
  const test = Object.hasOwn(TESTS, key) ? TESTS[key] : undefined;
  if (test === undefined) throw new PythonError('TemplateRuntimeError', `No test named '${name}' found.`);
  const parameter = PARAMETERS.get(key);
  checkArguments(`test_${key}`, args, parameter === undefined ? [] : [parameter ?? '']);
  return test(value, args);
}

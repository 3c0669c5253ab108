/** Jinja2's tests: `is defined`, and those that select() and its kin name. */
import { PyFloat } from '@evalgraph/formats';
import {
  compare,
  contains,
  equals,
  isDict,
  isInt,
  isIntLike,
  isList,
  isNumber,
  iterate,
  PyTuple,
  PythonError,
  type Value,
} from '../python/value.ts';
import { arithmetic } from './operators.ts';
import { type CallArguments, Callable, plainOf, type Rt, required, textOf, Undefined } from './runtime.ts';

type Test = (value: Rt, args: CallArguments) => boolean;

const of =
  (test: (value: Value, args: CallArguments) => boolean): Test =>
  (value, args) =>
    test(plainOf(value), args);
const other = (args: CallArguments): Value => required(args, 0, 'other');
const remainder = (value: Value, by: Value): Value => arithmetic('%', value, by);

const TESTS: Readonly<Record<string, Test>> = {
  defined: (value) => !(value instanceof Undefined),
  undefined: (value) => value instanceof Undefined,
  // Jinja2 asks only `value is None`, which an undefined value answers without complaint.
  none: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  true: (value) => value === true,
  false: (value) => value === false,
  integer: (value) => isInt(value),
  float: (value) => value instanceof PyFloat,
  number: (value) => isNumber(value),
  string: (value) => typeof value === 'string',
  mapping: (value) => isDict(value),
  sequence: (value) => {
    if (value instanceof Undefined) value.fail();
    return typeof value === 'string' || isList(value) || isDict(value) || value instanceof PyTuple;
  },
  iterable: of((value) => iterate(value) !== null),
  callable: (value) => value instanceof Callable,
  sameas: of((value, args) => value === other(args)),
  escaped: () => false,
  lower: (value) => /\p{Ll}/u.test(textOf(value)) && !/[\p{Lu}\p{Lt}]/u.test(textOf(value)),
  upper: (value) => /\p{Lu}/u.test(textOf(value)) && !/[\p{Ll}\p{Lt}]/u.test(textOf(value)),
  odd: of((value) => equals(remainder(value, 2), 1)),
  even: of((value) => equals(remainder(value, 2), 0)),
  divisibleby: of((value, args) => isIntLike(value) && equals(remainder(value, other(args)), 0)),
  in: of((value, args) => contains(other(args), value)),
  eq: of((value, args) => equals(value, other(args))),
  ne: of((value, args) => !equals(value, other(args))),
  lt: of((value, args) => compare(value, other(args)) < 0),
  le: of((value, args) => compare(value, other(args)) <= 0),
  gt: of((value, args) => compare(value, other(args)) > 0),
  ge: of((value, args) => compare(value, other(args)) >= 0),
};
const ALIASES: Readonly<Record<string, string>> = {
  '==': 'eq',
  equalto: 'eq',
  '!=': 'ne',
  '<': 'lt',
  lessthan: 'lt',
  '<=': 'le',
  '>': 'gt',
  greaterthan: 'gt',
  '>=': 'ge',
};

export function runTest(name: string, value: Rt, args: CallArguments): boolean {
  const key = ALIASES[name] ?? name;
  const test = Object.hasOwn(TESTS, key) ? TESTS[key] : undefined;
  if (test === undefined) throw new PythonError('TemplateAssertionError', `no test named '${name}'`);
  return test(value, args);
}

/**
 * Jinja2's filters (and lm-eval's regex_replace), each `value, arguments -> value`. What Jinja2 gives as a
 * generator is a list here; random, and filters that make HTML, are not there.
 */
import { dumpsPython, PyFloat, type PyValue } from '@evalgraph/formats';
import { formatSpec } from '../python/format-number.ts';
import { formatPercent } from '../python/format-percent.ts';
import {
  absolute,
  narrow,
  arithmetic as numbers,
  parseFloatText,
  parseInteger,
  rounded,
  toFloat,
  towards,
  truncated,
} from '../python/number.ts';
import { compileRegex } from '../python/regex.ts';
import { toStr } from '../python/repr.ts';
import * as text from '../python/text.ts';
import {
  compare,
  equals,
  isDict,
  isIntLike,
  isList,
  isNumber,
  PyTuple,
  PythonError,
  truthy,
  typeName,
  type Value,
} from '../python/value.ts';

import { markOwn, subscript } from './members.ts';
import { arithmetic } from './operators.ts';
import {
  type CallArguments,
  given,
  integerArgument,
  itemsOf,
  MAX_ITEMS,
  MAX_OUTPUT,
  plainOf,
  type Rt,
  required,
  shown,
  sizeOf,
  textArgument,
  textOf,
  Undefined,
} from './runtime.ts';
import { runTest } from './tests.ts';

type Filter = (value: Rt, args: CallArguments) => Rt;

const NO_ARGUMENTS: CallArguments = { positional: [], named: new Map() };

/** @throws PythonError TemplateAssertionError for a filter that Jinja2, or this port, does not have. */
export function applyFilter(name: string, value: Rt, args: CallArguments): Rt {
  const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
  if (filter === undefined) throw new PythonError('TemplateAssertionError', `no filter named '${name}'`);
  return filter(value, args);
}

const FILTERS: Readonly<Record<string, Filter>> = {
  abs: (value) => {
    const number = plainOf(value);
    if (!isNumber(number))
      throw new PythonError('TypeError', `bad operand type for abs(): '${typeName(number)}'`);
    return absolute(number);
  },
  attr: (value, args) => subscript(value, textArgument(args, 0, 'name')),
  batch: (value, args) =>
    groups(itemsOf(value), integerArgument(args, 0, 'linecount', 1), given(args, 1, 'fill_with')),
  capitalize: (value) => text.capitalize(textOf(value)),
  center: (value, args) => {
    const self = textOf(value);
    const missing = Math.max(0, integerArgument(args, 0, 'width', 80) - text.length(self));
    const left = Math.floor(missing / 2) + (missing % 2 === 1 && text.length(self) % 2 === 1 ? 1 : 0);
    return ' '.repeat(left) + self + ' '.repeat(missing - left);
  },
  count: (value) => lengthOf(value),
  d: (value, args) => byDefault(value, args),
  default: (value, args) => byDefault(value, args),
  dictsort: (value, args) => {
    const dict = plainOf(value);
    if (!isDict(dict)) throw new PythonError('TypeError', `dictsort needs a dict, not ${typeName(dict)}`);
    const byValue = given(args, 1, 'by') === 'value';
    const fold = folding(given(args, 0, 'case_sensitive') ?? false);
    const pairs = [...dict].map(([key, item]) => new PyTuple([key, item]));
    const key = (pair: PyTuple): Value => fold(pair.items[byValue ? 1 : 0] ?? null);
    return reversedIf(
      pairs.toSorted((a, b) => compare(key(a), key(b))),
      given(args, 2, 'reverse'),
    );
  },
  e: (value) => escapeHtml(textOf(value)),
  escape: (value) => escapeHtml(textOf(value)),
  filesizeformat: (value, args) => fileSize(plainOf(value), truthy(given(args, 0, 'binary') ?? false)),
  first: (value) => itemsOf(value)[0] ?? new Undefined('the first item of an empty sequence'),
  float: (value, args) => {
    const plain = plainOf(value);
    if (isNumber(plain)) return new PyFloat(toFloat(plain));
    const parsed = typeof plain === 'string' ? parseFloatText(plain) : null;
    return parsed === null ? (given(args, 0, 'default') ?? new PyFloat(0)) : new PyFloat(parsed);
  },
  format: (value, args) =>
    formatPercent(
      textOf(value),
      args.named.size > 0
        ? new Map([...args.named].map(([key, item]) => [key, plainOf(item)]))
        : new PyTuple(args.positional.map(plainOf)),
    ),
  indent: (value, args) => indent(textOf(value), args),
  int: (value, args) => toInt(plainOf(value), args),
  items: (value) => {
    const dict = plainOf(value);
    if (!isDict(dict)) throw new PythonError('TypeError', 'Can only get item pairs from a mapping.');
    return [...dict].map(([key, item]) => new PyTuple([key, item]));
  },
  join: (value, args) => {
    const by = toStr(given(args, 0, 'd') ?? '');
    return attributeItems(value, given(args, 1, 'attribute'))
      .map(toStr)
      .join(by);
  },
  last: (value) => itemsOf(value).at(-1) ?? new Undefined('the last item of an empty sequence'),
  length: (value) => lengthOf(value),
  list: (value) => markOwn([...itemsOf(value)]),
  lower: (value) => textOf(value).toLowerCase(),
  map: (value, args) => {
    const path = args.named.get('attribute');
    if (path !== undefined) {
      return itemsOf(value).map((item) => {
        const found = lookUp(item, plainOf(path));
        return found instanceof Undefined && args.named.has('default')
          ? required(args, 9, 'default')
          : plainOf(found);
      });
    }
    const name = textArgument(args, 0, 'filter');
    const rest = { positional: args.positional.slice(1), named: args.named };
    return itemsOf(value).map((item) => plainOf(applyFilter(name, item, rest)));
  },
  max: (value, args) => extreme(value, args, 1),
  min: (value, args) => extreme(value, args, -1),
  regex_replace: (value, args) =>
    compileRegex(textArgument(args, 0, 'pattern')).sub(
      textArgument(args, 1, 'repl'),
      textOf(value),
      integerArgument(args, 2, 'count', 0),
    ),
  reject: (value, args) => chosen(value, args, false),
  rejectattr: (value, args) => chosenByAttribute(value, args, false),
  replace: (value, args) =>
    text.replace(
      textOf(value),
      toStr(required(args, 0, 'old')),
      toStr(required(args, 1, 'new')),
      integerArgument(args, 2, 'count', -1),
    ),
  reverse: (value) => {
    const plain = plainOf(value);
    return typeof plain === 'string' ? [...plain].reverse().join('') : [...itemsOf(plain)].reverse();
  },
  round: (value, args) => round(plainOf(value), args),
  safe: (value) => textOf(value),
  select: (value, args) => chosen(value, args, true),
  selectattr: (value, args) => chosenByAttribute(value, args, true),
  slice: (value, args) =>
    slices(itemsOf(value), integerArgument(args, 0, 'slices', 1), given(args, 1, 'fill_with')),
  sort: (value, args) => {
    const fold = folding(given(args, 1, 'case_sensitive') ?? false);
    const path = given(args, 2, 'attribute');
    const key = (item: Value): Value => fold(path === undefined ? item : plainOf(lookUp(item, path)));
    return reversedIf(
      itemsOf(value).toSorted((a, b) => compare(key(a), key(b))),
      given(args, 0, 'reverse'),
      (a, b) => compare(key(b), key(a)),
    );
  },
  string: (value) => textOf(value),
  sum: (value, args) =>
    attributeItems(value, given(args, 0, 'attribute')).reduce(
      (total, item) => arithmetic('+', total, item),
      given(args, 1, 'start') ?? 0,
    ),
  title: (value) =>
    textOf(value)
      .split(/([-\s({[<]+)/)
      .filter((piece) => piece !== '')
      .map((piece) => piece.slice(0, 1).toUpperCase() + piece.slice(1).toLowerCase())
      .join(''),
  tojson: (value, args) => toJson(plainOf(value), given(args, 0, 'indent')),
  trim: (value, args) => {
    const chars = given(args, 0, 'chars');
    return text.strip(textOf(value), typeof chars === 'string' ? chars : null);
  },
  truncate: (value, args) => truncate(textOf(value), args),
  unique: (value, args) => {
    const fold = folding(given(args, 0, 'case_sensitive') ?? false);
    const path = given(args, 1, 'attribute');
    const seen: Value[] = [];
    return itemsOf(value).filter((item) => {
      const key = fold(path === undefined ? item : plainOf(lookUp(item, path)));
      if (seen.some((other) => equals(other, key))) return false;
      seen.push(key);
      return true;
    });
  },
  upper: (value) => textOf(value).toUpperCase(),
  wordcount: (value) => compileRegex('\\w+').findAll(textOf(value)).length,
};

function lengthOf(value: Rt): number {
  return value instanceof Undefined && value.lenient ? 0 : sizeOf(plainOf(value));
}

function byDefault(value: Rt, args: CallArguments): Rt {
  const evenFalse = truthy(given(args, 1, 'boolean') ?? false);
  if (value instanceof Undefined || (evenFalse && !truthy(plainOf(value))))
    return given(args, 0, 'default_value') ?? '';
  return value;
}

/** Jinja2's int: what is no int is read as a float, and what is neither is the default. */
function toInt(value: Value, args: CallArguments): Value {
  const fallback = given(args, 0, 'default') ?? 0;
  if (value instanceof PyFloat) return Number.isNaN(value.value) ? fallback : narrow(truncated(value.value));
  if (isIntLike(value)) return narrow(BigInt(value));
  if (typeof value !== 'string') return fallback;
  const whole = parseInteger(value, integerArgument(args, 1, 'base', 10));
  if (whole !== null) return whole;
  const parsed = parseFloatText(value);
  return parsed === null || !Number.isFinite(parsed) ? fallback : narrow(truncated(parsed));
}

function floatOf(value: Value): number {
  if (isNumber(value)) return toFloat(value);
  const parsed = typeof value === 'string' ? parseFloatText(value) : null;
  if (parsed !== null) return parsed;
  const kind = typeof value === 'string' ? 'ValueError' : 'TypeError';
  throw new PythonError(kind, `could not convert to float: ${shown(value)}`);
}

const UNITS = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];

function fileSize(value: Value, binary: boolean): string {
  const bytes = floatOf(value);
  const base = binary ? 1024 : 1000;
  if (bytes === 1) return '1 Byte';
  if (bytes < base) return `${truncated(bytes)} Bytes`;
  let power = 1;
  while (power < UNITS.length - 1 && !(bytes < BigInt(base) ** BigInt(power + 1))) power += 1;
  // In Python's order of operations, whose result is rounded twice; the unit is a whole number there.
  const size = new PyFloat((base * bytes) / Number(BigInt(base) ** BigInt(power + 1)));
  const unit = binary ? `${(UNITS[power] ?? '').toUpperCase()}i` : UNITS[power];
  return `${formatSpec(size, '.1f')} ${unit}B`;
}

function round(value: Value, args: CallArguments): Value {
  const precision = integerArgument(args, 0, 'precision', 0);
  const method = given(args, 1, 'method') ?? 'common';
  if (method !== 'common' && method !== 'ceil' && method !== 'floor') {
    throw new PythonError('FilterArgumentError', 'method must be common, ceil or floor');
  }
  if (!isNumber(value))
    throw new PythonError('TypeError', `type ${typeName(value)} doesn't define __round__ method`);
  if (method === 'common') return rounded(value, precision);
  const scale = numbers('**', 10, precision);
  return numbers('/', towards(method, numbers('*', value, scale)), scale);
}

function lookUp(item: Value, path: Value): Rt {
  if (isIntLike(path)) return subscript(item, path);
  return toStr(path)
    .split('.')
    .reduce<Rt>((at, part) => subscript(at, /^\d+$/.test(part) ? Number(part) : part), item);
}

function attributeItems(value: Rt, path: Value | undefined): readonly Value[] {
  const items = itemsOf(value);
  return path === undefined || path === null ? items : items.map((item) => plainOf(lookUp(item, path)));
}

function folding(caseSensitive: Value): (value: Value) => Value {
  return (value) => (!truthy(caseSensitive) && typeof value === 'string' ? value.toLowerCase() : value);
}

/** Python's reverse=True keeps the order of equal items, so it is a sort by the opposite order. */
function reversedIf(
  sorted: readonly Value[],
  reverse: Value | undefined,
  opposite?: (a: Value, b: Value) => number,
): Value {
  if (!truthy(reverse ?? false)) return sorted;
  return opposite === undefined ? sorted.toReversed() : sorted.toSorted(opposite);
}

function extreme(value: Rt, args: CallArguments, direction: 1 | -1): Rt {
  const fold = folding(given(args, 0, 'case_sensitive') ?? false);
  const path = given(args, 1, 'attribute');
  const key = (item: Value): Value => fold(path === undefined ? item : plainOf(lookUp(item, path)));
  const items = itemsOf(value);
  if (items.length === 0) return new Undefined('the extreme of an empty sequence');
  return items.reduce((best, item) => (compare(key(item), key(best)) * direction > 0 ? item : best));
}

function chosen(value: Rt, args: CallArguments, keep: boolean): Value {
  const name = args.positional[0];
  const rest = { positional: args.positional.slice(1), named: args.named };
  return itemsOf(value).filter((item) => {
    const passes = name === undefined ? truthy(item) : runTest(textOf(name), item, rest);
    return passes === keep;
  });
}

function chosenByAttribute(value: Rt, args: CallArguments, keep: boolean): Value {
  const path = required(args, 0, 'attribute');
  const name = args.positional[1];
  const rest = { positional: args.positional.slice(2), named: args.named };
  return itemsOf(value).filter((item) => {
    const found = lookUp(item, path);
    const passes = name === undefined ? truthy(plainOf(found)) : runTest(textOf(name), found, rest);
    return passes === keep;
  });
}

function groups(items: readonly Value[], size: number, filler: Value | undefined): Value {
  checkCount(size);
  const rows: Value[][] = [];
  for (let at = 0; at < items.length; at += Math.max(1, size)) rows.push(items.slice(at, at + size));
  const last = rows.at(-1);
  while (filler !== undefined && filler !== null && last !== undefined && last.length < size)
    last.push(filler);
  return rows;
}

function checkCount(count: number): void {
  if (count > MAX_ITEMS) throw new PythonError('MemoryError', `more than ${MAX_ITEMS} items`);
}

function slices(items: readonly Value[], count: number, filler: Value | undefined): Value {
  checkCount(count);
  const base = Math.floor(items.length / count);
  const extra = items.length % count;
  return Array.from({ length: count }, (_, index) => {
    const start = index * base + Math.min(index, extra);
    const row = items.slice(start, start + base + (index < extra ? 1 : 0));
    return filler !== undefined && filler !== null && index >= extra ? [...row, filler] : row;
  });
}

function indent(self: string, args: CallArguments): string {
  const width = given(args, 0, 'width') ?? 4;
  const pad =
    typeof width === 'string' ? width : ' '.repeat(Math.min(Math.max(0, Number(width)), MAX_OUTPUT));
  const first = truthy(given(args, 1, 'first') ?? false);
  const blank = truthy(given(args, 2, 'blank') ?? false);
  const lines = `${self}\n`.split('\n').slice(0, -1);
  return lines
    .map((line, index) => ((index === 0 ? first : blank || line !== '') ? pad + line : line))
    .join('\n');
}

function truncate(self: string, args: CallArguments): string {
  const limit = integerArgument(args, 0, 'length', 255);
  const kill = truthy(given(args, 1, 'killwords') ?? false);
  const end = toStr(given(args, 2, 'end') ?? '...');
  const leeway = integerArgument(args, 3, 'leeway', 5);
  const points = [...self];
  if (points.length <= limit + leeway) return self;
  const head = points.slice(0, limit - text.length(end)).join('');
  return kill ? head + end : text.rsplit(head, ' ', 1)[0] + end;
}

function escapeHtml(self: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    "'": '&#39;',
    '"': '&#34;',
  };
  return self.replace(/[&<>'"]/g, (char) => entities[char] ?? char);
}

function toJson(value: Value, indentation: Value | undefined): string {
  if (indentation !== undefined && indentation !== null) {
    throw new PythonError('TypeError', 'tojson(indent=...) is not supported');
  }
  const json = dumpsPython(sortedJson(value), { indent: null, ensureAscii: true });
  return json.replace(/[<>&']/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function sortedJson(value: Value): PyValue {
  if (value instanceof PyTuple) return value.items.map(sortedJson);
  if (isDict(value)) {
    const entries = [...value].map(
      ([key, item]) => [typeof key === 'string' ? key : shown(key), sortedJson(item)] as const,
    );
    return new Map(entries.toSorted(([a], [b]) => compare(a, b)));
  }
  return isList(value) ? value.map(sortedJson) : value;
}

export { NO_ARGUMENTS };

/** Jinja2's filters by name: those of texts and of lists, and here those of numbers and of any value. */
import { PyFloat } from '@evalgraph/formats';
import { formatSpec } from '../python/format-number.ts';
import { jsonStyle, jsonText } from '../python/json-text.ts';
import { repeated } from '../python/meter.ts';
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
import { isIntLike, isNumber, PythonError, truthy, typeName, type Value } from '../python/value.ts';
import { define, type Filter } from './filter.ts';
import { LIST_FILTERS } from './filter-lists.ts';
import { TEXT_FILTERS } from './filter-texts.ts';
import { getter } from './lookup.ts';
import { own } from './members.ts';
import {
  type CallArguments,
  iteratorOf,
  Markup,
  PyIterator,
  plainOf,
  type Rt,
  shown,
  textOf,
  toInteger,
  Undefined,
} from './runtime.ts';

type Filters = ReadonlyMap<string, Filter>;

const NONE: Filters = new Map();

export function hasFilter(name: string): boolean {
  return FILTERS.has(name);
}

/** @param before filters of the environment @throws PythonError where there is none, or as the filter does */
export function applyFilter(name: string, value: Rt, args: CallArguments, before: Filters = NONE): Rt {
  if (name === 'map') return new PyIterator(mapped(value, args, before));
  const filter = before.get(name) ?? FILTERS.get(name);
  if (filter === undefined) {
    throw new PythonError('TemplateRuntimeError', `No filter named '${name}' found.`);
  }
  return filter(value, args);
}

function* mapped(value: Rt, { positional, named }: CallArguments, before: Filters): Generator<Value> {
  if (!truthy(value)) return;
  const items = iteratorOf(value);
  const get = mapper(positional, named, before);
  for (let step = items.next(); step.done !== true; step = items.next()) yield get(step.value);
}

function mapper(
  positional: readonly Rt[],
  named: ReadonlyMap<string, Rt>,
  before: Filters,
): (item: Value) => Value {
  const path = named.get('attribute');
  const [name, ...rest] = positional;
  if (name === undefined && path !== undefined) {
    for (const key of named.keys()) {
      if (key !== 'attribute' && key !== 'default') {
        throw new PythonError('FilterArgumentError', `Unexpected keyword argument '${key}'`);
      }
    }
    return getter(path, { byDefault: named.get('default') });
  }
  if (name === undefined) throw new PythonError('FilterArgumentError', 'map requires a filter argument');
  return (item) => applyFilter(textOf(name), item, { positional: rest, named }, before);
}

function byDefault(value: Rt, [fallback, evenFalse]: readonly (Rt | undefined)[]): Rt {
  const isMissing = value instanceof Undefined || (truthy(evenFalse ?? false) && !truthy(value));
  return isMissing ? (fallback === undefined ? '' : fallback) : value;
}

function floatOf(value: Value): number {
  if (isNumber(value)) return toFloat(value);
  const parsed = typeof value === 'string' ? parseFloatText(value) : null;
  if (parsed !== null) return parsed;
  const kind = typeof value === 'string' ? 'ValueError' : 'TypeError';
  throw new PythonError(kind, `could not convert to float: ${shown(value)}`);
}

/** Jinja2's int: what is no int is read as a float, and what is neither is the default. */
function toInt(input: Rt, [byDefault, base]: readonly (Rt | undefined)[]): Value {
  const value = plainOf(input);
  const fallback = byDefault === undefined ? 0 : byDefault;
  if (value instanceof PyFloat) return Number.isNaN(value.value) ? fallback : narrow(truncated(value.value));
  if (isIntLike(value)) return narrow(BigInt(value));
  if (typeof value !== 'string') return fallback;
  const whole = parseInteger(value, base === undefined ? 10 : toInteger(base, "argument 'base'"));
  if (whole !== null) return whole;
  const parsed = parseFloatText(value);
  return parsed === null || !Number.isFinite(parsed) ? fallback : narrow(truncated(parsed));
}

const UNITS = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];

function fileSize(value: Value, binary: boolean): string {
  const bytes = floatOf(value);
  const base = binary ? 1024 : 1000;
  if (bytes === 1) return '1 Byte';
  if (bytes < base) return `${truncated(bytes)} Bytes`;
  let power = 1;
  while (power < UNITS.length - 1 && !(bytes < BigInt(base) ** BigInt(power + 1))) power += 1;
  // The operations stand in Python's order, since their result is rounded twice; the unit is a whole number there.
  const size = new PyFloat((base * bytes) / Number(BigInt(base) ** BigInt(power + 1)));
  const unit = binary ? `${(UNITS[power] ?? '').toUpperCase()}i` : UNITS[power];
  return `${formatSpec(size, '.1f')} ${unit}B`;
}

function round(input: Rt, [places, how]: readonly (Rt | undefined)[]): Value {
  const value = plainOf(input);
  const precision = places === undefined ? 0 : toInteger(places, "argument 'precision'");
  const method = how === undefined ? 'common' : how;
  if (method !== 'common' && method !== 'ceil' && method !== 'floor') {
    throw new PythonError('FilterArgumentError', 'method must be common, ceil or floor');
  }
  if (!isNumber(value))
    throw new PythonError('TypeError', `type ${typeName(value)} doesn't define __round__ method`);
  if (method === 'common') return rounded(value, precision);
  const scale = numbers('**', 10, precision);
  return numbers('/', towards(method, numbers('*', value, scale)), scale);
}

/** A number of spaces, or the text itself. */
export function indentation(value: Value | undefined): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : repeated(' ', toInteger(value, "argument 'indent'"));
}

const OTHERS: Readonly<Record<string, Filter>> = {
  abs: define([], 0, (value) => {
    const number = plainOf(value);
    if (isNumber(number)) return absolute(number);
    throw new PythonError('TypeError', `bad operand type for abs(): '${typeName(number)}'`);
  }),
  attr: define(['name'], 1, (value, [name]) => {
    const key = textOf(name ?? null);
    if (value instanceof Undefined) return value.fail();
    return own(value, key) ?? new Undefined(`'${key}' of ${shown(value)}`);
  }),
  d: define(['default_value', 'boolean'], 0, byDefault),
  default: define(['default_value', 'boolean'], 0, byDefault),
  filesizeformat: define(['binary'], 0, (value, [binary]) =>
    fileSize(plainOf(value), truthy(binary ?? false)),
  ),
  float: define(['default'], 0, (value, [fallback]) => {
    const plain = plainOf(value);
    if (isNumber(plain)) return new PyFloat(toFloat(plain));
    const parsed = typeof plain === 'string' ? parseFloatText(plain) : null;
    if (parsed !== null) return new PyFloat(parsed);
    return fallback === undefined ? new PyFloat(0) : fallback;
  }),
  int: define(['default', 'base'], 0, toInt),
  round: define(['precision', 'method'], 0, round),
  tojson: define(['indent'], 0, (value, [indent]) => {
    const style = jsonStyle({ indent: indentation(indent), ensureAscii: true, sortKeys: true });
    const json = jsonText(value, style);
    return new Markup(
      json.replace(/[<>&']/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
    );
  }),
};

const FILTERS: ReadonlyMap<string, Filter> = new Map([
  ...Object.entries(TEXT_FILTERS),
  ...Object.entries(LIST_FILTERS),
  ...Object.entries(OTHERS),
  ['map', (value, args) => new PyIterator(mapped(value, args, NONE))] as const,
]);

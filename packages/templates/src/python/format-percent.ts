/** 'text %s' % values: C's printf as Python knows it. */
import { PyFloat } from '@evalgraph/formats';
import { floatText } from './decimal.ts';
import { cut } from './format-number.ts';
import { repeated, weighText } from './meter.ts';
import { truncated } from './number.ts';
import { ascii, integerText, repr, toStr } from './repr.ts';
import { codePointLength } from './text.ts';
import {
  dictGet,
  isDict,
  isIntLike,
  isList,
  isNumber,
  PyObject,
  PyTuple,
  PythonError,
  typeName,
  type Value,
} from './value.ts';

const SIZE_MAX = 2 ** 63 - 1;

interface Conversion {
  readonly flags: ReadonlySet<string>;
  readonly width: number | null;
  readonly precision: number | null;
  readonly kind: string;
}

/** @throws PythonError as Python's str.__mod__ */
export function formatPercent(template: string, values: Value): string {
  const isMapping =
    isDict(values) || isList(values) || (values instanceof PyObject && values.isSubscriptable());
  let source: Value = values;
  let next = 0;
  let left = values instanceof PyTuple ? values.items.length : 1;
  let at = 0;
  let made = 0;
  const out: string[] = [];

  function take(): Value {
    if (left <= 0) throw new PythonError('TypeError', 'not enough arguments for format string');
    left -= 1;
    if (!(source instanceof PyTuple) || source !== values) return source;
    next += 1;
    return source.items[next - 1] ?? null;
  }
  function char(): string {
    const found = template[at];
    if (found === undefined) throw new PythonError('ValueError', 'incomplete format');
    return found;
  }
  function push(text: string): void {
    made += text.length;
    weighText(made);
    out.push(text);
  }
  function readKey(): void {
    if (!isMapping) throw new PythonError('TypeError', 'format requires a mapping');
    const start = at + 1;
    let depth = 1;
    while (depth > 0) {
      at += 1;
      if (at >= template.length) throw new PythonError('ValueError', 'incomplete format key');
      if (template[at] === '(') depth += 1;
      else if (template[at] === ')') depth -= 1;
    }
    const key = template.slice(start, at);
    at += 1;
    if (!isDict(values)) {
      throw new PythonError('TypeError', 'list indices must be integers or slices, not str');
    }
    const value = dictGet(values, key);
    if (value === undefined) throw new PythonError('KeyError', repr(key));
    source = value;
    left = 1;
  }
  /** A number in the template, or `*`: the next value. */
  function readSize(what: string): number | null {
    if (template[at] === '*') {
      at += 1;
      const value = take();
      if (!isIntLike(value)) throw new PythonError('TypeError', '* wants int');
      if (Math.abs(Number(value)) > SIZE_MAX) throw new PythonError('OverflowError', `${what} too big`);
      return Number(value);
    }
    const digits = /^[0-9]*/.exec(template.slice(at, at + 25))?.[0] ?? '';
    at += digits.length;
    if (Number(digits) > SIZE_MAX) throw new PythonError('ValueError', `${what} too big`);
    return digits === '' ? null : Number(digits);
  }
  function readConversion(): Conversion {
    if (char() === '(') readKey();
    const flags = new Set<string>();
    while ('-+ #0'.includes(char())) {
      flags.add(char());
      at += 1;
    }
    let width = readSize('width');
    if (width !== null && width < 0) {
      flags.add('-');
      width = -width;
    }
    let precision: number | null = null;
    if (char() === '.') {
      at += 1;
      precision = Math.max(0, readSize('precision') ?? 0);
    }
    if ('hlL'.includes(char())) at += 1;
    const kind = char();
    at += 1;
    return { flags, width, precision, kind };
  }

  for (;;) {
    const percent = template.indexOf('%', at);
    push(template.slice(at, percent === -1 ? template.length : percent));
    if (percent === -1) break;
    at = percent + 1;
    if (template[at] === '%') {
      push('%');
      at += 1;
      continue;
    }
    const conversion = readConversion();
    push(laidOut(converted(take, conversion, at - 1), conversion));
  }
  if (left > 0 && !isMapping) {
    throw new PythonError('TypeError', 'not all arguments converted during string formatting');
  }
  return out.join('');
}

interface Converted {
  readonly text: string;
  /** A number: its sign may stand before the padding. */
  readonly signed: boolean;
}

function converted(take: () => Value, conversion: Conversion, index: number): Converted {
  const { kind, precision } = conversion;
  const value = take();
  switch (kind) {
    case 's':
    case 'r':
    case 'a': {
      const text = kind === 's' ? toStr(value) : kind === 'r' ? repr(value) : ascii(value);
      return { text: precision === null ? text : cut(text, precision), signed: false };
    }
    case 'c':
      return { text: character(value), signed: false };
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
      return { text: integer(value, conversion), signed: true };
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return { text: float(value, conversion), signed: true };
    default: {
      const code = (kind.codePointAt(0) ?? 0).toString(16);
      throw new PythonError(
        'ValueError',
        `unsupported format character '${kind}' (0x${code}) at index ${index}`,
      );
    }
  }
}

function character(value: Value): string {
  if (typeof value === 'string' && codePointLength(value) === 1) return value;
  if (!isIntLike(value)) throw new PythonError('TypeError', '%c requires int or char');
  const code = Number(value);
  if (!(code >= 0 && code <= 0x10ffff)) {
    throw new PythonError('OverflowError', '%c arg not in range(0x110000)');
  }
  return String.fromCodePoint(code);
}

const PREFIXES: Readonly<Record<string, string>> = { o: '0o', x: '0x', X: '0X' };

function integer(value: Value, { kind, flags, precision }: Conversion): string {
  const needsInteger = kind === 'o' || kind === 'x' || kind === 'X';
  if (!isNumber(value) || (needsInteger && value instanceof PyFloat)) {
    const wanted = needsInteger ? 'an integer is required' : 'a real number is required';
    throw new PythonError('TypeError', `%${kind} format: ${wanted}, not ${typeName(value)}`);
  }
  const whole = value instanceof PyFloat ? truncated(value.value) : BigInt(value);
  const magnitude = whole < 0n ? -whole : whole;
  if (precision !== null && precision > 2 ** 31 - 4) {
    throw new PythonError('OverflowError', 'precision too large');
  }
  weighText(precision ?? 0);
  const digits = needsInteger ? magnitude.toString(kind === 'o' ? 8 : 16) : integerText(magnitude);
  const padded = digits.padStart(precision ?? 0, '0');
  const text = kind === 'X' ? padded.toUpperCase() : padded;
  return `${whole < 0n ? '-' : ''}${flags.has('#') ? (PREFIXES[kind] ?? '') : ''}${text}`;
}

function float(value: Value, { kind, flags, precision }: Conversion): string {
  if (!isNumber(value)) throw new PythonError('TypeError', `must be real number, not ${typeName(value)}`);
  const number = value instanceof PyFloat ? value.value : Number(value);
  if (!(value instanceof PyFloat) && !Number.isFinite(number)) {
    throw new PythonError('OverflowError', 'int too large to convert to float');
  }
  const text = floatText(number, {
    kind: kind.toLowerCase() as 'e' | 'f' | 'g',
    precision: precision ?? 6,
    alternate: flags.has('#'),
    pointZero: false,
  });
  const negative = !Number.isNaN(number) && (number < 0 || Object.is(number, -0));
  return `${negative ? '-' : ''}${kind < 'a' ? text.toUpperCase() : text}`;
}

function laidOut({ text, signed }: Converted, { flags, width, kind }: Conversion): string {
  const own = signed && text.startsWith('-') ? '-' : '';
  const sign = own !== '' || !signed ? own : flags.has('+') ? '+' : flags.has(' ') ? ' ' : '';
  const bare = text.slice(own.length);
  const prefixed = flags.has('#') && PREFIXES[kind] !== undefined;
  const prefix = sign + (prefixed ? bare.slice(0, 2) : '');
  const body = prefixed ? bare.slice(2) : bare;
  const missing = (width ?? 0) - codePointLength(prefix) - codePointLength(body);
  if (missing <= 0) return prefix + body;
  weighText(text.length + missing);
  if (flags.has('-')) return prefix + body + repeated(' ', missing);
  return signed && flags.has('0')
    ? prefix + repeated('0', missing) + body
    : repeated(' ', missing) + prefix + body;
}

/** format(value, spec) of Python's numbers and texts: the mini-language behind str.format, in the C locale. */
import { PyFloat } from '@evalgraph/formats';
import { floatText } from './decimal.ts';
import { MAX_TEXT, repeated, weighText } from './meter.ts';
import { toFloat } from './number.ts';
import { integerText, toStr } from './repr.ts';
import { codePointLength, codePoints, decimalDigits } from './text.ts';
import { isNumber, PythonError, typeName, type Value } from './value.ts';

interface Spec {
  readonly fill: string;
  readonly align: '<' | '>' | '^' | '=';
  readonly sign: '+' | '-' | ' ' | null;
  readonly noNegativeZero: boolean;
  readonly alternate: boolean;
  readonly width: number;
  readonly separator: ',' | '_' | null;
  readonly precision: number | null;
  readonly type: string | null;
}

const SPEC = /^(?:(.)?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\p{Nd}+)?(,?_?)(?:\.(\p{Nd}*))?(.?)$/su;
const INTEGER_TYPES = 'bcdnoxX';
const FLOAT_TYPES = 'eEfFgGn%';

/** @throws PythonError ValueError, TypeError, OverflowError as Python's format() */
export function formatSpec(value: Value, spec: string): string {
  if (spec === '') return toStr(value);
  if (typeof value === 'string') return formatText(value, parseSpec(spec, value));
  if (!isNumber(value)) {
    throw new PythonError('TypeError', `unsupported format string passed to ${typeName(value)}.__format__`);
  }
  const parsed = parseSpec(spec, value);
  const { type } = parsed;
  if (value instanceof PyFloat) {
    if (type !== null && !FLOAT_TYPES.includes(type)) unknownCode(type, value);
    return formatFloat(value.value, parsed);
  }
  if (type === null || INTEGER_TYPES.includes(type)) return formatInteger(BigInt(value), parsed);
  if (FLOAT_TYPES.includes(type)) return formatFloat(toFloat(value), parsed);
  return unknownCode(type, value);
}

function unknownCode(type: string, value: Value): never {
  throw new PythonError(
    'ValueError',
    `Unknown format code '${type}' for object of type '${typeName(value)}'`,
  );
}

function parseSpec(spec: string, value: Value): Spec {
  const found = SPEC.exec(spec);
  if (found === null) {
    throw new PythonError(
      'ValueError',
      `Invalid format specifier '${spec}' for object of type '${typeName(value)}'`,
    );
  }
  const [, fill, align, sign, z, alternate, zero, width, separators = '', precision, type = ''] = found;
  if (separators.length > 1) throw new PythonError('ValueError', "Cannot specify both ',' and '_'.");
  if (precision === '') throw new PythonError('ValueError', 'Format specifier missing precision');
  const byDefault = isNumber(value) ? '>' : '<';
  const padsZeros = zero !== undefined && fill === undefined;
  const separator = separators === '' ? null : (separators as ',' | '_');
  const known: Spec = {
    fill: fill ?? (padsZeros ? '0' : ' '),
    align: (align as Spec['align'] | undefined) ?? (padsZeros && byDefault === '>' ? '=' : byDefault),
    sign: (sign as Spec['sign'] | undefined) ?? null,
    noNegativeZero: z !== undefined,
    alternate: alternate !== undefined,
    width: width === undefined ? 0 : size(width, 'Too many decimal digits in format string'),
    separator,
    precision: precision === undefined ? null : size(precision, 'Too many decimal digits in format string'),
    type: type === '' ? null : type,
  };
  if (separator !== null && type !== '' && !'defgEG%F'.includes(type)) {
    if (!(separator === '_' && 'boxX'.includes(type))) {
      throw new PythonError('ValueError', `Cannot specify '${separator}' with '${type}'.`);
    }
  }
  return known;
}

function size(digits: string, tooMany: string): number {
  const value = Number(decimalDigits(digits));
  if (value > Number.MAX_SAFE_INTEGER) throw new PythonError('ValueError', tooMany);
  return value;
}

function formatText(value: string, spec: Spec): string {
  const { type, sign, align, precision } = spec;
  if (type !== null && type !== 's') unknownCode(type, value);
  if (sign !== null) {
    const what = sign === ' ' ? 'Space' : 'Sign';
    throw new PythonError('ValueError', `${what} not allowed in string format specifier`);
  }
  if (spec.noNegativeZero) notAllowed('Negative zero coercion (z)', 'string');
  if (spec.alternate) notAllowed('Alternate form (#)', 'string');
  if (align === '=') notAllowed("'=' alignment", 'string');
  if (spec.separator !== null) {
    throw new PythonError('ValueError', `Cannot specify '${spec.separator}' with 's'.`);
  }
  const shown = precision === null ? value : cut(value, precision);
  return padded(shown, spec);
}

function notAllowed(what: string, kind: string): never {
  throw new PythonError('ValueError', `${what} not allowed in ${kind} format specifier`);
}

/** The first characters of a text. */
export function cut(text: string, characters: number): string {
  return characters >= text.length ? text : codePoints(text).slice(0, characters).join('');
}

function padded(text: string, { width, align, fill }: Spec): string {
  const missing = width - codePointLength(text);
  if (missing <= 0) return text;
  weighText(text.length + missing * fill.length);
  if (align === '<') return text + fill.repeat(missing);
  if (align === '>') return fill.repeat(missing) + text;
  const left = Math.floor(missing / 2);
  return fill.repeat(left) + text + fill.repeat(missing - left);
}

const BASES: Readonly<Record<string, readonly [base: number, prefix: string]>> = {
  b: [2, '0b'],
  o: [8, '0o'],
  x: [16, '0x'],
  X: [16, '0X'],
};

function formatInteger(value: bigint, spec: Spec): string {
  const { type, alternate } = spec;
  if (spec.precision !== null) {
    throw new PythonError('ValueError', 'Precision not allowed in integer format specifier');
  }
  if (spec.noNegativeZero) notAllowed('Negative zero coercion (z)', 'integer');
  if (type === 'c') return formatCharacter(value, spec);
  const magnitude = value < 0n ? -value : value;
  const [base, prefix] = BASES[type ?? ''] ?? [10, ''];
  const text = base === 10 ? integerText(magnitude) : magnitude.toString(base);
  const digits = type === 'X' ? text.toUpperCase() : text;
  return assembled(value < 0n, alternate ? prefix : '', digits, '', spec, base === 10 ? 3 : 4);
}

function formatCharacter(value: bigint, spec: Spec): string {
  if (spec.sign !== null) {
    throw new PythonError('ValueError', "Sign not allowed with integer format specifier 'c'");
  }
  if (spec.alternate) {
    throw new PythonError('ValueError', "Alternate form (#) not allowed with integer format specifier 'c'");
  }
  if (value < 0n || value > 0x10ffffn) {
    throw new PythonError('OverflowError', '%c arg not in range(0x110000)');
  }
  // Here '=' pads as '>' does: a character has no sign that could stand before the padding.
  return padded(String.fromCodePoint(Number(value)), {
    ...spec,
    align: spec.align === '=' ? '>' : spec.align,
  });
}

function formatFloat(value: number, spec: Spec): string {
  const { type, precision } = spec;
  const isPercent = type === '%';
  const number = isPercent ? value * 100 : value;
  const kind =
    type === null
      ? precision === null
        ? 'r'
        : 'g'
      : isPercent
        ? 'f'
        : type === 'n'
          ? 'g'
          : (type.toLowerCase() as 'e' | 'f' | 'g');
  const lower = floatText(number, {
    kind,
    precision: precision ?? 6,
    alternate: spec.alternate,
    pointZero: type === null,
  });
  const text = `${type !== null && 'EFG'.includes(type) ? lower.toUpperCase() : lower}${isPercent ? '%' : ''}`;
  const isZero = /^[0.]*(?:e.*)?%?$/i.test(text);
  const negative =
    !Number.isNaN(number) && (number < 0 || Object.is(number, -0)) && !(spec.noNegativeZero && isZero);
  const whole = /^\d*/.exec(text)?.[0] ?? '';
  return assembled(negative, '', whole, text.slice(whole.length), spec, 3);
}

/** Sign, prefix, grouped digits and the rest, padded: zeros before the digits count as digits and are grouped. */
function assembled(
  negative: boolean,
  prefix: string,
  digits: string,
  rest: string,
  spec: Spec,
  groupSize: number,
): string {
  const { width, fill, align, separator } = spec;
  const sign = negative ? '-' : spec.sign === '+' ? '+' : spec.sign === ' ' ? ' ' : '';
  const around = sign.length + prefix.length + rest.length;
  const atLeast = fill === '0' && align === '=' ? width - around : 0;
  if (width > MAX_TEXT) weighText(width);
  const grouped = digits === '' ? '' : group(digits, atLeast, separator, groupSize);
  const missing = width - around - grouped.length;
  const body = prefix + repeated(align === '=' ? fill : '', missing) + grouped + rest;
  return align === '=' ? sign + body : padded(sign + body, spec);
}

function group(digits: string, atLeast: number, separator: string | null, groupSize: number): string {
  weighText(2 * Math.max(digits.length, atLeast));
  if (separator === null) return digits.padStart(atLeast, '0');
  const parts: string[] = [];
  let left = digits;
  let room = atLeast;
  for (;;) {
    const size = Math.min(groupSize, Math.max(left.length, room, 1));
    parts.unshift(left.slice(-size).padStart(size, '0'));
    left = left.slice(0, -size);
    room -= size;
    if (left === '' && room <= 0) return parts.join(separator);
    room -= 1;
  }
}

/**
 * The exact decimal value of a float, rounded half to even: what C's printf and Python's round() look at. A float is
 * mantissa x 2^exponent, so whole numbers suffice and nothing is approximated.
 */
import { MAX_TEXT, weighText } from './meter.ts';
import { PythonError } from './value.ts';

/** No float has more digits after its point, and none more digits that are not zero. */
const MAX_FRACTION = 1074;
const MAX_SIGNIFICANT = 767;

/** |value| = mantissa x 2^exponent. @param value finite */
export function binaryParts(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const field = Number(bits >> 52n);
  const fraction = bits & 0xfffffffffffffn;
  return field === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | 0x10000000000000n, exponent: field - 1075 };
}

/** The whole number nearest to numerator / denominator, half to even. @param numerator, denominator positive */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  const up = twice > denominator || (twice === denominator && (quotient & 1n) === 1n);
  return up ? quotient + 1n : quotient;
}

/** |value| x 10^places as a whole number, half to even. */
export function scaledDecimal(value: number, places: number): bigint {
  const { mantissa, exponent } = binaryParts(value);
  const numerator = (exponent > 0 ? mantissa << BigInt(exponent) : mantissa) * tenTo(Math.max(0, places));
  const denominator = (exponent < 0 ? 1n << BigInt(-exponent) : 1n) * tenTo(Math.max(0, -places));
  return divideHalfEven(numerator, denominator);
}

function tenTo(power: number): bigint {
  return 10n ** BigInt(power);
}

/** Digits without leading or trailing zeros; the value is 0.digits x 10^point. Zero is '0' with point 1. */
interface Digits {
  readonly digits: string;
  readonly point: number;
}

/** Rounded to so many digits after the point. @param value finite, its sign is ignored */
function fixedDigits(value: number, places: number): Digits {
  const kept = Math.min(places, MAX_FRACTION);
  const text = scaledDecimal(value, kept).toString();
  return text === '0' ? { digits: '0', point: 1 } : trimmed(text, text.length - kept);
}

/** Rounded to so many significant digits, at least one. @param value finite, its sign is ignored */
function significantDigits(value: number, count: number): Digits {
  if (value === 0) return { digits: '0', point: 1 };
  const kept = Math.min(Math.max(1, count), MAX_SIGNIFICANT);
  const magnitude = Math.abs(value);
  let power = Number(magnitude.toExponential().split('e')[1]);
  // The shortest text of a float just below a power of ten can be that power.
  if (isBelowTenTo(magnitude, power)) power -= 1;
  const text = scaledDecimal(magnitude, kept - 1 - power).toString();
  return trimmed(text, power + 1 + (text.length - kept));
}

function isBelowTenTo(value: number, power: number): boolean {
  const { mantissa, exponent } = binaryParts(value);
  const left = (exponent > 0 ? mantissa << BigInt(exponent) : mantissa) * tenTo(Math.max(0, -power));
  return left < (exponent < 0 ? 1n << BigInt(-exponent) : 1n) * tenTo(Math.max(0, power));
}

/** The fewest digits that give the same float. */
function shortestDigits(value: number): Digits {
  if (value === 0) return { digits: '0', point: 1 };
  const [digits = '', power = '0'] = Math.abs(value).toExponential().split('e');
  return trimmed(digits.replace('.', ''), Number(power) + 1);
}

function trimmed(digits: string, point: number): Digits {
  const end = digits.replace(/0+$/, '');
  return end === '' ? { digits: '0', point: 1 } : { digits: end, point };
}

export interface FloatStyle {
  /** 'r' is the shortest text, as repr writes it. */
  readonly kind: 'e' | 'f' | 'g' | 'r';
  readonly precision: number;
  /** The point stays, and 'g' keeps its zeros. */
  readonly alternate: boolean;
  /** ".0" after a whole number. */
  readonly pointZero: boolean;
}

/**
 * PyOS_double_to_string without its sign: the digits of |value|. 'inf' and 'nan' for what is no number.
 * @throws PythonError ValueError, MemoryError: more digits than a text may have
 */
export function floatText(value: number, style: FloatStyle): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return 'inf';
  const { kind, alternate, pointZero } = style;
  const precision = kind === 'g' && style.precision === 0 ? 1 : style.precision;
  if (precision > 2 ** 31 - 1) throw new PythonError('ValueError', 'precision too big');
  weighText(Math.min(precision, MAX_TEXT) + 400);
  const found =
    kind === 'r'
      ? shortestDigits(value)
      : kind === 'f'
        ? fixedDigits(value, precision)
        : significantDigits(value, kind === 'e' ? precision + 1 : precision);
  const { digits, point } = found;
  const exponential =
    kind === 'e' ||
    (kind === 'g' && (point <= -4 || point > precision - (pointZero ? 1 : 0))) ||
    (kind === 'r' && (point <= -4 || point > 16));
  const shownPoint = exponential ? 1 : point;
  const wanted =
    kind === 'e'
      ? precision + 1
      : kind === 'f'
        ? shownPoint + precision
        : kind === 'g' && alternate
          ? precision
          : digits.length;
  const end = Math.max(wanted, !exponential && pointZero ? shownPoint + 1 : shownPoint);
  const padded = shownPoint <= 0 ? '0'.repeat(1 - shownPoint) + digits : digits;
  const whole = Math.max(1, shownPoint);
  const length = end + (padded.length - digits.length);
  const all = padded.padEnd(length, '0').slice(0, length);
  const fraction = all.slice(whole);
  const text = all.slice(0, whole) + (fraction !== '' || alternate ? `.${fraction}` : '');
  return exponential ? text + exponentText(point - 1) : text;
}

function exponentText(power: number): string {
  return `e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** round(value, places) of a float. @throws PythonError OverflowError */
export function roundFloat(value: number, places: number): number {
  if (!Number.isFinite(value) || value === 0 || places > MAX_FRACTION) return value;
  if (places < -309) return value < 0 ? -0 : 0;
  const rounded = Number(`${scaledDecimal(value, places)}e${-places}`);
  if (!Number.isFinite(rounded)) {
    throw new PythonError('OverflowError', 'rounded value too large to represent');
  }
  return value < 0 ? -rounded : rounded;
}

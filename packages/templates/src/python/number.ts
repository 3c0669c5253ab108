/**
 * Python's int and float: exact whole numbers of any size (a JavaScript number where it is exact, else a bigint) and
 * IEEE floats. Arithmetic, rounding and reading from text; how they are written is in format-number.ts and repr.ts.
 */
import { PyFloat } from '@evalgraph/formats';
import { divideHalfEven, roundFloat } from './decimal.ts';

import { divideIntegers, floatPower } from './power.ts';
import { MAX_DIGITS } from './repr.ts';
import { spend } from './spending.ts';
import { decimalDigits, strip } from './text.ts';
import { isIntLike, PythonError } from './value.ts';

export type PyInt = number | bigint | boolean;
export type PyNumber = PyInt | PyFloat;

/** Binary digits of the largest whole number that is computed with: some 300,000 decimal digits. */
const MAX_BITS = 2 ** 20;

/** float(value). @throws PythonError OverflowError */
export function toFloat(value: PyNumber): number {
  if (value instanceof PyFloat) return value.value;
  const number = Number(value);
  if (Number.isFinite(number)) return number;
  throw new PythonError('OverflowError', 'int too large to convert to float');
}

/** A bigint as the number it is where that is exact. */
export function narrow(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** int(value) of a float. @throws PythonError OverflowError, ValueError */
export function truncated(value: number): bigint {
  if (Number.isNaN(value)) throw new PythonError('ValueError', 'cannot convert float NaN to integer');
  if (!Number.isFinite(value)) {
    throw new PythonError('OverflowError', 'cannot convert float infinity to integer');
  }
  return BigInt(Math.trunc(value));
}

/** @param operator + - * / // % ** @throws PythonError ZeroDivisionError, OverflowError, MemoryError */
export function arithmetic(operator: string, a: PyNumber, b: PyNumber): number | bigint | PyFloat {
  if (isIntLike(a) && isIntLike(b)) return integers(operator, a, b);
  return new PyFloat(floats(operator, toFloat(a), toFloat(b)));
}

export function negated(value: PyNumber): number | bigint | PyFloat {
  return value instanceof PyFloat ? new PyFloat(-value.value) : narrow(-BigInt(value));
}

export function absolute(value: PyNumber): number | bigint | PyFloat {
  if (value instanceof PyFloat) return new PyFloat(Math.abs(value.value));
  const whole = BigInt(value);
  return narrow(whole < 0n ? -whole : whole);
}

/** Upper bound of the binary digits of a whole number. */
function bits(value: bigint | number): number {
  return typeof value === 'number' ? 53 : value.toString(16).length * 4;
}

function weighProduct(left: number, right: number): void {
  if (left + right > MAX_BITS) {
    throw new PythonError('MemoryError', `an integer of more than ${MAX_BITS} binary digits`);
  }
  // A multiplication word by word; the engine is faster on long numbers.
  spend(1 + (left / 64) * (right / 64) * 1e-3 + (left + right) / 640);
}

function integers(operator: string, a: PyInt, b: PyInt): number | bigint | PyFloat {
  if (operator === '/') {
    if (Number(b) === 0) throw new PythonError('ZeroDivisionError', 'division by zero');
    if (typeof a !== 'bigint' && typeof b !== 'bigint') return new PyFloat(Number(a) / Number(b));
    return new PyFloat(divideIntegers(BigInt(a), BigInt(b)));
  }
  if (typeof a !== 'bigint' && typeof b !== 'bigint' && '+-'.includes(operator)) {
    const small = operator === '+' ? Number(a) + Number(b) : Number(a) - Number(b);
    if (Number.isSafeInteger(small)) return small;
  }
  const left = BigInt(a);
  const right = BigInt(b);
  switch (operator) {
    case '+':
      spend(bits(left) / 640);
      return narrow(left + right);
    case '-':
      spend(bits(left) / 640);
      return narrow(left - right);
    case '*':
      weighProduct(bits(left), bits(right));
      return narrow(left * right);
    case '//':
    case '%': {
      if (right === 0n) throw new PythonError('ZeroDivisionError', 'integer division or modulo by zero');
      weighProduct(bits(left), bits(right));
      const remainder = left % right;
      const uneven = remainder !== 0n && remainder < 0n !== right < 0n;
      if (operator === '%') return narrow(uneven ? remainder + right : remainder);
      return narrow(left / right - (uneven ? 1n : 0n));
    }
    case '**': {
      if (right < 0n) {
        if (left === 0n) {
          throw new PythonError('ZeroDivisionError', '0.0 cannot be raised to a negative power');
        }
        return new PyFloat(floatPower(toFloat(left), toFloat(right)));
      }
      if (left >= -1n && left <= 1n)
        return narrow(right === 0n ? 1n : left === -1n ? (right % 2n === 0n ? 1n : -1n) : left);
      const size = exactBits(left) * Number(right);
      weighProduct(size / 2, size / 2);
      return narrow(left ** right);
    }
    default:
      throw new PythonError('TypeError', `unknown operator ${operator}`);
  }
}

/** Binary digits of |value|. */
function exactBits(value: bigint): number {
  return (value < 0n ? -value : value).toString(2).length;
}

function floats(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      if (b === 0) throw new PythonError('ZeroDivisionError', 'float division by zero');
      return a / b;
    case '//':
      return floorDivision(a, b).quotient;
    case '%':
      return floorDivision(a, b).remainder;
    case '**':
      return floatPower(a, b);
    default:
      throw new PythonError('TypeError', `unknown operator ${operator}`);
  }
}

/** CPython's float_divmod: both from one remainder, so that they fit each other. */
export function floorDivision(
  a: number,
  b: number,
): { readonly quotient: number; readonly remainder: number } {
  if (b === 0) throw new PythonError('ZeroDivisionError', 'float floor division by zero');
  let remainder = a % b;
  let quotient = (a - remainder) / b;
  if (remainder !== 0) {
    if (b < 0 !== remainder < 0) {
      remainder += b;
      quotient -= 1;
    }
  } else remainder = b < 0 || Object.is(b, -0) ? -0 : 0;
  if (quotient === 0) return { quotient: a / b < 0 || Object.is(a / b, -0) ? -0 : 0, remainder };
  const floor = Math.floor(quotient);
  return { quotient: quotient - floor > 0.5 ? floor + 1 : floor, remainder };
}

/** round(value, digits), half to even. */
export function rounded(value: PyNumber, digits: number): number | bigint | PyFloat {
  if (value instanceof PyFloat) return new PyFloat(roundFloat(value.value, digits));
  const whole = BigInt(value);
  if (digits >= 0) return narrow(whole);
  if (-digits > 2 * MAX_DIGITS) return 0;
  const unit = 10n ** BigInt(-digits);
  const magnitude = divideHalfEven(whole < 0n ? -whole : whole, unit) * unit;
  return narrow(whole < 0n ? -magnitude : magnitude);
}

/** math.ceil, math.floor: a whole number. */
export function towards(direction: 'ceil' | 'floor', value: PyNumber): number | bigint {
  if (!(value instanceof PyFloat)) return narrow(BigInt(value));
  return narrow(truncated(direction === 'ceil' ? Math.ceil(value.value) : Math.floor(value.value)));
}

/** Underscores stand between digits only. */
function withoutUnderscores(digits: string): string | null {
  return /^_|_$|__/.test(digits) ? null : digits.replaceAll('_', '');
}

/** int(text, base): null where Python raises ValueError. @param base 0, or 2 to 36 */
export function parseInteger(text: string, base: number): number | bigint | null {
  if (base !== 0 && (base < 2 || base > 36)) return null;
  if (text.length > 1_000_000) return null;
  const found = /^([-+]?)(0[xX]|0[oO]|0[bB])?([0-9a-zA-Z_]+)$/.exec(decimalDigits(strip(text)));
  if (found === null) return null;
  const [, sign, prefix = '', rest = ''] = found;
  const prefixBase = prefix === '' ? null : { x: 16, o: 8, b: 2 }[prefix[1]?.toLowerCase() ?? ''];
  const taken = prefixBase !== null && prefixBase !== undefined && (base === 0 || base === prefixBase);
  const digits = withoutUnderscores(taken ? rest.replace(/^_/, '') : prefix + rest);
  if (digits === null || digits === '') return null;
  const radix = taken ? (prefixBase ?? base) : base === 0 ? 10 : base;
  // "010" is no number that says its own base.
  if (base === 0 && !taken && /^0+[1-9]/.test(digits)) return null;
  const value = wholeNumber(digits.toLowerCase(), radix);
  return value === null ? null : narrow(sign === '-' ? -value : value);
}

function wholeNumber(digits: string, radix: number): bigint | null {
  const isPowerOfTwo = (radix & (radix - 1)) === 0;
  if (!isPowerOfTwo && digits.length > MAX_DIGITS) return null;
  if (radix === 10) return /^[0-9]+$/.test(digits) ? BigInt(digits) : null;
  spend(digits.length ** 2 / 1e4);
  let value = 0n;
  for (const digit of digits) {
    const worth = Number.parseInt(digit, 36);
    if (worth >= radix) return null;
    value = value * BigInt(radix) + BigInt(worth);
  }
  return value;
}

/** float(text): null where Python raises ValueError. */
export function parseFloatText(text: string): number | null {
  const plain = decimalDigits(strip(text));
  const word = /^([-+]?)(?:(inf|infinity)|nan)$/i.exec(plain);
  if (word !== null) return word[2] === undefined ? Number.NaN : word[1] === '-' ? -Infinity : Infinity;
  if (!/^[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9][0-9_]*)?$/.test(plain)) return null;
  if (plain.includes('_') && !plain.split(/[^0-9_]+/).every((run) => withoutUnderscores(run) !== null))
    return null;
  return Number(plain.replaceAll('_', ''));
}

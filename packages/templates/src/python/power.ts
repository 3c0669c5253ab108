/**
 * x ** y on floats. C's pow gives the float nearest to the true value (all but some 2 in 100 of the halfway cases),
 * JavaScript's only one near it; so the true value is computed here, in whole numbers of 192 binary places.
 */
import { binaryParts, divideHalfEven } from './decimal.ts';
import { PythonError } from './value.ts';

const PLACES = 192n;
const ONE = 1n << PLACES;

/** @throws PythonError ZeroDivisionError, OverflowError; ValueError where Python's result is a complex number */
export function floatPower(base: number, exponent: number): number {
  if (exponent === 0 || base === 1) return 1;
  if (base === 0 && exponent < 0) {
    throw new PythonError('ZeroDivisionError', '0.0 cannot be raised to a negative power');
  }
  if (base === -1 && !Number.isFinite(exponent) && !Number.isNaN(exponent)) return 1;
  if (base === 0 || !Number.isFinite(base) || !Number.isFinite(exponent)) return base ** exponent;
  if (base < 0 && !Number.isInteger(exponent)) {
    throw new PythonError('ValueError', 'a negative number to a fractional power is a complex number');
  }
  const sign = base < 0 && exponent % 2 !== 0 ? -1 : 1;
  const result = positivePower(Math.abs(base), exponent);
  if (!Number.isFinite(result)) throw new PythonError('OverflowError', '(34, Numerical result out of range)');
  return sign * result;
}

function positivePower(base: number, exponent: number): number {
  const rough = Math.abs(base) ** exponent;
  // Far outside of the floats: nothing to round.
  if (exponent * Math.log2(base) > 1100) return Number.POSITIVE_INFINITY;
  if (exponent * Math.log2(base) < -1200) return 0;
  if (base === 1) return rough;
  const { mantissa, exponent: shift } = binaryParts(exponent);
  const product = naturalLog(base) * mantissa * (exponent < 0 ? -1n : 1n);
  const power = shift >= 0 ? product << BigInt(shift) : product >> BigInt(-shift);
  return exponential(power);
}

let logOfTwo: bigint | null = null;

/** ln x = 2 artanh((x - 1) / (x + 1)), x brought near 1 by powers of two. */
function naturalLog(value: number): bigint {
  const { mantissa, exponent } = binaryParts(value);
  const bits = mantissa.toString(2).length;
  let scaled = mantissa << (PLACES - BigInt(bits - 1));
  let twos = BigInt(exponent + bits - 1);
  if (scaled > (ONE * 3n) / 2n) {
    scaled >>= 1n;
    twos += 1n;
  }
  logOfTwo ??= logNearOne(ONE * 2n);
  return logNearOne(scaled) + twos * logOfTwo;
}

function logNearOne(scaled: bigint): bigint {
  const ratio = ((scaled - ONE) << PLACES) / (scaled + ONE);
  const square = (ratio * ratio) >> PLACES;
  let term = ratio;
  let sum = 0n;
  for (let odd = 1n; term !== 0n && term !== -1n; odd += 2n) {
    sum += term / odd;
    term = (term * square) >> PLACES;
  }
  return 2n * sum;
}

function exponential(power: bigint): number {
  logOfTwo ??= logNearOne(ONE * 2n);
  const twos = power / logOfTwo;
  const rest = power - twos * logOfTwo;
  let term = ONE;
  let sum = 0n;
  for (let step = 1n; term !== 0n && term !== -1n; step += 1n) {
    sum += term;
    term = ((term * rest) >> PLACES) / step;
  }
  return toFloat(sum, Number(twos) - Number(PLACES));
}

/** The float nearest to mantissa x 2^exponent, half to even. */
function toFloat(mantissa: bigint, exponent: number): number {
  const bits = mantissa.toString(2).length;
  const drop = Math.max(bits - 53, -1074 - exponent);
  const kept = drop > 0 ? divideHalfEven(mantissa, 1n << BigInt(drop)) : mantissa;
  const shift = exponent + Math.max(0, drop);
  // Two steps, each exact, since 2^shift itself may be below the smallest float.
  return shift < -1000 ? Number(kept) * 2 ** (shift + 100) * 2 ** -100 : Number(kept) * 2 ** shift;
}

/** a / b of whole numbers, rounded once. @param b not zero @throws PythonError OverflowError */
export function divideIntegers(a: bigint, b: bigint): number {
  const negative = a < 0n !== b < 0n;
  const top = a < 0n ? -a : a;
  const bottom = b < 0n ? -b : b;
  if (top === 0n) return negative ? -0 : 0;
  // Enough binary places that what is cut off only says whether something is left.
  const shift = Math.max(0, 70 - (bitLength(top) - bitLength(bottom)));
  const shifted = top << BigInt(shift);
  const quotient = shifted / bottom;
  const sticky = shifted % bottom === 0n ? 0n : 1n;
  const result = toFloat((quotient << 1n) | sticky, -shift - 1);
  if (!Number.isFinite(result)) {
    throw new PythonError('OverflowError', 'integer division result too large for a float');
  }
  return negative ? -result : result;
}

function bitLength(value: bigint): number {
  return value.toString(16).length * 4;
}

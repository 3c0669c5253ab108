/** Attributes and methods of Python's int, bool and float. */
import { PyFloat } from '@evalgraph/formats';
import { binaryParts } from '../python/decimal.ts';
import { narrow, type PyNumber } from '../python/number.ts';
import { PyTuple, PythonError } from '../python/value.ts';
import { Callable, type Rt } from './runtime.ts';

export function numberAttribute(value: PyNumber, name: string): Rt | undefined {
  const method = (call: () => Rt): Callable => new Callable(name, call);
  const isFloat = value instanceof PyFloat;
  switch (name) {
    case 'real':
      return isFloat ? value : narrow(BigInt(value));
    case 'imag':
      return isFloat ? new PyFloat(0) : 0;
    case 'conjugate':
      return method(() => (isFloat ? value : narrow(BigInt(value))));
    case 'as_integer_ratio':
      return method(() => new PyTuple(ratio(value)));
    default:
      break;
  }
  if (isFloat) {
    if (name === 'is_integer') return method(() => Number.isInteger(value.value));
    if (name === 'hex') throw new PythonError('TypeError', 'float.hex() is not supported');
    return undefined;
  }
  const magnitude = (): string => {
    const whole = BigInt(value);
    return whole === 0n ? '' : (whole < 0n ? -whole : whole).toString(2);
  };
  switch (name) {
    case 'numerator':
      return narrow(BigInt(value));
    case 'denominator':
      return 1;
    case 'bit_length':
      return method(() => magnitude().length);
    case 'bit_count':
      return method(() => magnitude().replaceAll('0', '').length);
    case 'to_bytes':
    case 'from_bytes':
      throw new PythonError('TypeError', `int.${name}() is not supported`);
    default:
      return undefined;
  }
}

function ratio(value: PyNumber): readonly Rt[] {
  if (!(value instanceof PyFloat)) return [narrow(BigInt(value)), 1];
  if (!Number.isFinite(value.value)) throw new PythonError('OverflowError', 'no ratio of integers');
  let { mantissa, exponent } = binaryParts(value.value);
  if (mantissa === 0n) return [0, 1];
  while ((mantissa & 1n) === 0n) {
    mantissa >>= 1n;
    exponent += 1;
  }
  const top = exponent > 0 ? mantissa << BigInt(exponent) : mantissa;
  const bottom = exponent < 0 ? 1n << BigInt(-exponent) : 1n;
  return [narrow(value.value < 0 ? -top : top), narrow(bottom)];
}

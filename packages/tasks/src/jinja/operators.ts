/** Arithmetic on Python's numbers, texts and sequences: ints stay ints, / makes a float, % and // round down. */
import { PyFloat } from '@evalgraph/formats';
import { isIntLike, isList, isNumber, PyTuple, PythonError, typeName, type Value } from '../python/value.ts';
import { formatPercent } from './format.ts';
import { MAX_OUTPUT, MAX_STEPS, noteWeight } from './runtime.ts';

/** As many digits as Python prints. */
const MAX_DIGITS = 4300;
const MAX_INTEGER = 10n ** BigInt(MAX_DIGITS);

export function arithmetic(operator: string, a: Value, b: Value): Value {
  if (operator === '%' && typeof a === 'string') return formatPercent(a, b);
  if (isNumber(a) && isNumber(b)) {
    return isIntLike(a) && isIntLike(b)
      ? integers(operator, BigInt(a), BigInt(b))
      : floats(operator, toFloat(a), toFloat(b));
  }
  if (operator === '+') {
    if (typeof a === 'string' && typeof b === 'string') return a + b;
    if (isList(a) && isList(b)) return joined(a, b);
    if (a instanceof PyTuple && b instanceof PyTuple) return new PyTuple(joined(a.items, b.items));
  }
  if (operator === '*') {
    if (isIntLike(b)) return repeat(a, Number(b), operator, b);
    if (isIntLike(a)) return repeat(b, Number(a), operator, a);
  }
  throw new PythonError(
    'TypeError',
    `unsupported operand type(s) for ${operator}: '${typeName(a)}' and '${typeName(b)}'`,
  );
}

function joined(a: readonly Value[], b: readonly Value[]): readonly Value[] {
  if (a.length + b.length > MAX_STEPS) throw new PythonError('MemoryError', 'the list is too long');
  return noteWeight([...a, ...b], [...a, ...b]);
}

export function sign(operator: '-' | '+', value: Value): Value {
  if (value instanceof PyFloat) return new PyFloat(operator === '-' ? -value.value : value.value);
  if (!isIntLike(value)) {
    throw new PythonError('TypeError', `bad operand type for unary ${operator}: '${typeName(value)}'`);
  }
  return narrow(operator === '-' ? -BigInt(value) : BigInt(value));
}

export function toFloat(value: number | bigint | boolean | PyFloat): number {
  return value instanceof PyFloat ? value.value : Number(value);
}

/** A bigint as the number it is where that is exact. */
export function narrow(value: bigint): number | bigint {
  const small = Number(value);
  if (!Number.isFinite(small) && (value > MAX_INTEGER || value < -MAX_INTEGER))
    throw new PythonError('MemoryError', `an integer of more than ${MAX_DIGITS} digits`);
  return Number.isSafeInteger(small) ? small : value;
}

function repeat(value: Value, times: number, operator: string, other: Value): Value {
  const count = Math.max(0, times);
  if (typeof value === 'string') {
    if (value.length * count > MAX_OUTPUT)
      throw new PythonError('MemoryError', 'the repeated text is too long');
    return value.repeat(count);
  }
  const items = value instanceof PyTuple ? value.items : value;
  if (!isList(items)) {
    throw new PythonError(
      'TypeError',
      `unsupported operand type(s) for ${operator}: '${typeName(value)}' and '${typeName(other)}'`,
    );
  }
  if (items.length * count > MAX_STEPS || count > MAX_STEPS)
    throw new PythonError('MemoryError', 'the repeated list is too long');
  const all = Array.from({ length: count }, () => items).flat();
  const repeated = noteWeight(all, all);
  return value instanceof PyTuple ? new PyTuple(repeated) : repeated;
}

function integers(operator: string, a: bigint, b: bigint): Value {
  switch (operator) {
    case '+':
      return narrow(a + b);
    case '-':
      return narrow(a - b);
    case '*':
      return narrow(a * b);
    case '/':
      return new PyFloat(divide(Number(a), Number(b)));
    case '//':
    case '%': {
      if (b === 0n) throw new PythonError('ZeroDivisionError', 'integer division or modulo by zero');
      const remainder = a % b;
      const uneven = remainder !== 0n && remainder < 0n !== b < 0n;
      if (operator === '%') return narrow(uneven ? remainder + b : remainder);
      return narrow(a / b - (uneven ? 1n : 0n));
    }
    case '**':
      if (b < 0n) return new PyFloat(Number(a) ** Number(b));
      if (b > 10_000n || (b > 1n && digitsOf(a) * Number(b) > 2 * MAX_DIGITS))
        throw new PythonError('MemoryError', 'the power is too large');
      return narrow(a ** b);
    default:
      throw new PythonError('TypeError', `unknown operator ${operator}`);
  }
}

function digitsOf(value: bigint): number {
  return value.toString().length - 1;
}

function floats(operator: string, a: number, b: number): Value {
  switch (operator) {
    case '+':
      return new PyFloat(a + b);
    case '-':
      return new PyFloat(a - b);
    case '*':
      return new PyFloat(a * b);
    case '/':
      return new PyFloat(divide(a, b));
    case '//':
      return new PyFloat(Math.floor(divide(a, b)));
    case '%': {
      if (b === 0) throw new PythonError('ZeroDivisionError', 'float modulo');
      const remainder = a % b;
      return new PyFloat(remainder !== 0 && remainder < 0 !== b < 0 ? remainder + b : remainder);
    }
    case '**':
      return new PyFloat(a ** b);
    default:
      throw new PythonError('TypeError', `unknown operator ${operator}`);
  }
}

function divide(a: number, b: number): number {
  if (b === 0) throw new PythonError('ZeroDivisionError', 'division by zero');
  return a / b;
}

/** round(value, digits) as Python: half to even, decided on the exact binary value. */
export function roundFloat(value: number, digits: number): number {
  if (!Number.isFinite(value)) return value;
  if (digits === 0) {
    const floor = Math.floor(value);
    const half = value - floor;
    if (half !== 0.5) return Math.round(value);
    return floor % 2 === 0 ? floor : floor + 1;
  }
  // toFixed rounds the exact binary value, ties away from zero; an exact tie is possible only at few digits.
  if (digits > 0 && digits <= 100) return Number(value.toFixed(digits));
  const scale = 10 ** -digits;
  return roundFloat(value / scale, 0) * scale;
}

/** Arithmetic on Python's numbers, texts and sequences: ints stay ints, / makes a float, % and // round down. */
import { formatPercent } from '../python/format-percent.ts';
import { negated, arithmetic as numbers } from '../python/number.ts';
import { isIntLike, isList, isNumber, PyTuple, PythonError, typeName, type Value } from '../python/value.ts';
import { MAX_OUTPUT, MAX_STEPS, noteWeight } from './runtime.ts';

export function arithmetic(operator: string, a: Value, b: Value): Value {
  if (operator === '%' && typeof a === 'string') return formatPercent(a, b);
  if (isNumber(a) && isNumber(b)) {
    return numbers(operator, a, b);
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
  if (!isNumber(value)) {
    throw new PythonError('TypeError', `bad operand type for unary ${operator}: '${typeName(value)}'`);
  }
  return operator === '-' ? negated(value) : numbers('+', value, 0);
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

/** Operators on texts, lists and numbers as Python has them: what is made is weighed before it is made. */
import { formatPercent } from '../python/format-percent.ts';
import { repeated, weighItems, weighText } from '../python/meter.ts';
import { negated, arithmetic as numbers } from '../python/number.ts';
import { isIntLike, isList, isNumber, PyTuple, PythonError, typeName, type Value } from '../python/value.ts';
import { Markup, plainOf, type Rt } from './runtime.ts';

export function arithmetic(operator: string, left: Rt, right: Rt): Value {
  if (left instanceof Markup || right instanceof Markup) {
    throw new PythonError(
      'TypeError',
      `${operator} of a text from |e, |safe or |tojson escapes the other text, so it is not supported: use ~`,
    );
  }
  const a = plainOf(left);
  if (operator === '%' && typeof a === 'string') return formatPercent(a, right);
  const b = plainOf(right);
  if (isNumber(a) && isNumber(b)) return numbers(operator, a, b);
  if (operator === '+') {
    if (typeof a === 'string' && typeof b === 'string') {
      weighText(a.length + b.length);
      return a + b;
    }
    if (isList(a) && isList(b)) return joined(a, b);
    if (a instanceof PyTuple && b instanceof PyTuple) return new PyTuple(joined(a.items, b.items));
  }
  if (operator === '*') {
    const found = isIntLike(b)
      ? repeatedSequence(a, Number(b))
      : isIntLike(a)
        ? repeatedSequence(b, Number(a))
        : null;
    if (found !== null) return found;
  }
  throw new PythonError(
    'TypeError',
    `unsupported operand type(s) for ${operator}: '${typeName(a)}' and '${typeName(b)}'`,
  );
}

function joined(a: readonly Value[], b: readonly Value[]): readonly Value[] {
  weighItems(a.length + b.length);
  return [...a, ...b];
}

function repeatedSequence(value: Value, times: number): Value | null {
  if (typeof value === 'string') return repeated(value, times);
  const items = value instanceof PyTuple ? value.items : value;
  if (!isList(items)) return null;
  const count = Math.max(0, times);
  weighItems(items.length * count);
  const all: Value[] = [];
  if (items.length > 0)
    for (let round = 0; round < count; round += 1) for (const item of items) all.push(item);
  return value instanceof PyTuple ? new PyTuple(all) : all;
}

export function sign(operator: '-' | '+', value: Value): Value {
  if (!isNumber(value)) {
    throw new PythonError('TypeError', `bad operand type for unary ${operator}: '${typeName(value)}'`);
  }
  return operator === '-' ? negated(value) : negated(negated(value));
}

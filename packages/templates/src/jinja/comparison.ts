/** Comparison operators, `in` and `not in`. */
import { weighText } from '../python/meter.ts';
import { compare, contains, equals, isNumber, PythonError, typeName, type Value } from '../python/value.ts';
import { PyBytes } from './bytes.ts';
import { Markup, plainOf, Undefined } from './runtime.ts';

function isIn(item: Value, container: Value): boolean {
  if (container instanceof PyBytes && !isNumber(item)) {
    throw new PythonError('TypeError', `a bytes-like object is required, not '${typeName(item)}'`);
  }
  return contains(container, item);
}

export function holds(operator: string, a: Value, b: Value): boolean {
  const left = a instanceof Markup ? a.text : a;
  const right = b instanceof Markup ? b.text : b;
  if (typeof left === 'string' && typeof right === 'string') weighText(Math.min(left.length, right.length));
  switch (operator) {
    // An undefined value has its own word on either side: Python asks the right one where the left has none.
    case '==':
      return right instanceof Undefined ? equals(right, left) : equals(left, right);
    case '!=':
      return right instanceof Undefined ? !equals(right, left) : !equals(left, right);
    case 'in':
      return isIn(left, right);
    case 'not in':
      return !isIn(left, right);
    default:
      break;
  }
  const order = compare(plainOf(left), plainOf(right));
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

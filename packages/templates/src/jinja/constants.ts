/** Jinja2 computes what is constant while it compiles, and that shows in some results. */
import { PyFloat } from '@evalgraph/formats';
import { isNumber } from '../python/value.ts';
import type { Expr } from './ast.ts';
import { arithmetic, sign } from './operators.ts';
import type { Rt } from './runtime.ts';

/** An arithmetic operator as Jinja2 compiles it. */
export function binary({ operator, left, right }: Extract<Expr, { type: 'binary' }>, a: Rt, b: Rt): Rt {
  if (operator === '**' && isNumber(a) && isConstant(left) && !isConstant(right)) {
    // Jinja2 writes a constant into Python without parentheses, and there -2 ** x is -(2 ** x).
    const isNegative = a instanceof PyFloat ? a.value < 0 || Object.is(a.value, -0) : Number(a) < 0;
    if (isNegative) return sign('-', arithmetic('**', sign('-', a), b));
  }
  return arithmetic(operator, a, b);
}

/** What Jinja2 computes while it compiles. */
export function isConstant(expr: Expr): boolean {
  switch (expr.type) {
    case 'constant':
      return true;
    case 'list':
    case 'tuple':
      return expr.items.every(isConstant);
    case 'dict':
      return expr.entries.every((pair) => pair.every(isConstant));
    case 'sign':
      return isConstant(expr.value);
    case 'binary':
      return isConstant(expr.left) && isConstant(expr.right);
    case 'filter':
      return isConstant(expr.value) && expr.filter.args.positional.every(isConstant);
    default:
      return false;
  }
}

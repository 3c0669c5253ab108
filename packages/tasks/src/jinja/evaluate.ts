/**
 * Runs a parsed template over a document, as Jinja2 with StrictUndefined and keep_trailing_newline. One run has
 * one budget of steps and output, so that no template can hang or fill the memory.
 */

import { sliceIndices } from '../python/text.ts';
import {
  compare,
  contains,
  type DictKey,
  dictSet,
  equals,
  isList,
  PyTuple,
  PythonError,
  truthy,
  typeName,
  type Value,
} from '../python/value.ts';
import type { Arguments, Block, Expr, FilterUse, Node, Target } from './ast.ts';
import { applyFilter, NO_ARGUMENTS } from './filters.ts';
import { attribute, markOwn, subscript } from './members.ts';
import { arithmetic, sign } from './operators.ts';
import {
  Attributes,
  type CallArguments,
  Callable,
  integerArgument,
  isPlain,
  itemsOf,
  MAX_MACRO_DEPTH,
  MAX_OUTPUT,
  MAX_STEPS,
  plainOf,
  type Rt,
  shown,
  textOf,
  toInteger,
  Undefined,
} from './runtime.ts';
import { runTest } from './tests.ts';

class Scope {
  readonly names = new Map<string, Rt>();
  readonly parent: Scope | null;
  constructor(parent: Scope | null) {
    this.parent = parent;
  }
  find(name: string): Rt | undefined {
    const own = this.names.get(name);
    return own === undefined ? this.parent?.find(name) : own;
  }
}

/** @throws PythonError where Python's Jinja2 would raise, and where a limit is passed. */
export function evaluate(block: Block, variables: ReadonlyMap<string, Value>): string {
  let steps = 0;
  let produced = 0;
  let depth = 0;

  function step(): void {
    steps += 1;
    if (steps > MAX_STEPS)
      throw new PythonError('RuntimeError', `the template takes more than ${MAX_STEPS} steps`);
  }
  function keep(text: string): string {
    produced += text.length;
    if (produced > MAX_OUTPUT)
      throw new PythonError('RuntimeError', `the template writes more than ${MAX_OUTPUT} characters`);
    return text;
  }

  function run(nodes: Block, scope: Scope): string {
    let out = '';
    for (const node of nodes) out += runNode(node, scope);
    return out;
  }
  function runNode(node: Node, scope: Scope): string {
    step();
    switch (node.type) {
      case 'text':
        return keep(node.text);
      case 'output':
        return keep(textOf(value(node.value, scope)));
      case 'if':
        return run(isTrue(value(node.test, scope)) ? node.body : node.otherwise, scope);
      case 'for':
        return runFor(node, scope);
      case 'set':
        if (node.target.type === 'attribute')
          setAttribute(node.target.object, node.target.name, node.value, scope);
        else assign(node.target, value(node.value, scope), scope);
        return '';
      case 'setBlock':
        assign(node.target, run(node.body, new Scope(scope)), scope);
        return '';
      case 'filterBlock':
        return textOf(filtered(run(node.body, new Scope(scope)), node.filter, scope));
      case 'macro':
        scope.names.set(node.name, macro(node, scope));
        return '';
      default:
        throw new PythonError('TemplateSyntaxError', `{% ${node.type} %} is not supported`);
    }
  }
  function runFor(node: Extract<Node, { type: 'for' }>, scope: Scope): string {
    const test = node.test;
    const all = itemsOf(value(node.iterable, scope));
    const items =
      test === null
        ? all
        : all.filter((item) => {
            step();
            const inner = new Scope(scope);
            assign(node.target, item, inner);
            return isTrue(value(test, inner));
          });
    if (items.length === 0) return run(node.otherwise, scope);
    let out = '';
    const seen: Value[][] = [];
    for (const [index, item] of items.entries()) {
      step();
      const inner = new Scope(scope);
      inner.names.set('loop', loopObject(items, index, seen));
      assign(node.target, item, inner);
      out += run(node.body, inner);
    }
    return out;
  }
  function macro(node: Extract<Node, { type: 'macro' }>, scope: Scope): Callable {
    return new Callable(node.name, (args) => {
      depth += 1;
      if (depth > MAX_MACRO_DEPTH)
        throw new PythonError('RecursionError', 'macros call each other too deeply');
      const inner = new Scope(scope);
      for (const [index, parameter] of node.parameters.entries()) {
        const passed = args.positional[index] ?? args.named.get(parameter.name);
        const fallback =
          parameter.byDefault === null
            ? new Undefined(`parameter '${parameter.name}'`)
            : value(parameter.byDefault, inner);
        inner.names.set(parameter.name, passed === undefined ? fallback : passed);
      }
      const out = run(node.body, inner);
      depth -= 1;
      return out;
    });
  }
  function assign(target: Target, assigned: Rt, scope: Scope): void {
    if (target.type === 'name') {
      scope.names.set(target.name, assigned);
      return;
    }
    const items = itemsOf(assigned);
    if (items.length !== target.items.length) {
      throw new PythonError(
        'ValueError',
        `expected ${target.items.length} values to unpack, got ${items.length}`,
      );
    }
    for (const [index, item] of target.items.entries()) assign(item, items[index] ?? null, scope);
  }
  function setAttribute(object: Expr, name: string, assigned: Expr, scope: Scope): void {
    const holder = value(object, scope);
    if (!(holder instanceof Attributes) || holder.name !== 'namespace') {
      throw new PythonError('TemplateRuntimeError', 'cannot assign attribute on non-namespace object');
    }
    holder.values.set(name, value(assigned, scope));
  }

  function value(expr: Expr, scope: Scope): Rt {
    step();
    switch (expr.type) {
      case 'constant':
        return expr.value;
      case 'name': {
        const found = scope.find(expr.name);
        return found === undefined ? (GLOBALS.get(expr.name) ?? new Undefined(`'${expr.name}'`)) : found;
      }
      case 'list':
        return markOwn(expr.items.map((item) => plainOf(value(item, scope))));
      case 'tuple':
        return new PyTuple(expr.items.map((item) => plainOf(value(item, scope))));
      case 'dict': {
        const entries = new Map<DictKey, Value>();
        for (const [key, item] of expr.entries) {
          dictSet(entries, plainOf(value(key, scope)), plainOf(value(item, scope)));
        }
        return entries;
      }
      case 'and': {
        const left = value(expr.left, scope);
        return isTrue(left) ? value(expr.right, scope) : left;
      }
      case 'or': {
        const left = value(expr.left, scope);
        return isTrue(left) ? left : value(expr.right, scope);
      }
      case 'not':
        return !isTrue(value(expr.value, scope));
      case 'sign':
        return sign(expr.sign, plainOf(value(expr.value, scope)));
      case 'binary': {
        const left = value(expr.left, scope);
        const right = value(expr.right, scope);
        if (expr.operator === '~') return keep(textOf(left) + textOf(right));
        return arithmetic(expr.operator, plainOf(left), plainOf(right));
      }
      case 'compare':
        return comparison(expr, scope);
      case 'filter':
        return filtered(value(expr.value, scope), expr.filter, scope);
      case 'test':
        return runTest(expr.name, value(expr.value, scope), NO_ARGUMENTS) !== expr.negate;
      case 'choose':
        if (isTrue(value(expr.test, scope))) return value(expr.yes, scope);
        return expr.no === null
          ? new Undefined('the inline if-expression without an else', true)
          : value(expr.no, scope);
      case 'attribute':
        return attribute(value(expr.object, scope), expr.name);
      case 'item':
        return subscript(value(expr.object, scope), value(expr.key, scope));
      case 'slice':
        return sliced(expr, scope);
      case 'call':
        return call(value(expr.callee, scope), argumentValues(expr.args, scope));
    }
  }
  function comparison(expr: Extract<Expr, { type: 'compare' }>, scope: Scope): boolean {
    let left = plainOf(value(expr.first, scope));
    for (const [operator, next] of expr.rest) {
      const right = plainOf(value(next, scope));
      if (!holds(operator, left, right)) return false;
      left = right;
    }
    return true;
  }
  function sliced(expr: Extract<Expr, { type: 'slice' }>, scope: Scope): Rt {
    const object = plainOf(value(expr.object, scope));
    const bound = (part: Expr | null): number | null => {
      const found = part === null ? null : plainOf(value(part, scope));
      return found === null ? null : toInteger(found, 'a slice index');
    };
    const items =
      typeof object === 'string' ? [...object] : object instanceof PyTuple ? object.items : object;
    if (!isList(items))
      throw new PythonError('TypeError', `'${typeName(object)}' object is not subscriptable`);
    const stepSize = bound(expr.step) ?? 1;
    if (stepSize === 0) throw new PythonError('ValueError', 'slice step cannot be zero');
    const picked = sliceIndices(items.length, bound(expr.start), bound(expr.stop), stepSize).map(
      (index) => items[index] ?? null,
    );
    if (typeof object === 'string') return picked.join('');
    return object instanceof PyTuple ? new PyTuple(picked) : markOwn(picked);
  }
  function filtered(input: Rt, filter: FilterUse, scope: Scope): Rt {
    return applyFilter(filter.name, input, argumentValues(filter.args, scope));
  }
  function argumentValues(args: Arguments, scope: Scope): CallArguments {
    return {
      positional: args.positional.map((item) => value(item, scope)),
      named: new Map(args.named.map(([name, item]) => [name, value(item, scope)])),
    };
  }

  const root = new Scope(null);
  for (const [name, item] of variables) root.names.set(name, item);
  return run(block, root);
}

function isTrue(value: Rt): boolean {
  if (value instanceof Undefined) return value.lenient ? false : value.fail();
  return isPlain(value) ? truthy(value) : true;
}

function holds(operator: string, left: Value, right: Value): boolean {
  switch (operator) {
    case '==':
      return equals(left, right);
    case '!=':
      return !equals(left, right);
    case 'in':
      return contains(right, left);
    case 'not in':
      return !contains(right, left);
    case '<':
      return compare(left, right) < 0;
    case '<=':
      return compare(left, right) <= 0;
    case '>':
      return compare(left, right) > 0;
    default:
      return compare(left, right) >= 0;
  }
}

function call(callee: Rt, args: CallArguments): Rt {
  if (callee instanceof Undefined) return callee.fail();
  if (callee instanceof Callable) return callee.call(args);
  throw new PythonError('TypeError', `${shown(callee)} is not callable`);
}

function loopObject(items: readonly Value[], index: number, seen: Value[][]): Attributes {
  const cycle = new Callable(
    'cycle',
    (args) => args.positional[index % args.positional.length] ?? new Undefined('cycle()'),
  );
  const changed = new Callable('changed', (args) => {
    const now = args.positional.map(plainOf);
    const before = seen.at(-1);
    const same = before !== undefined && equals(before, now);
    if (!same) seen.push(now);
    return !same;
  });
  return new Attributes(
    'loop',
    new Map<string, Rt>([
      ['index', index + 1],
      ['index0', index],
      ['revindex', items.length - index],
      ['revindex0', items.length - index - 1],
      ['first', index === 0],
      ['last', index === items.length - 1],
      ['length', items.length],
      ['previtem', items[index - 1] ?? new Undefined('there is no previous item')],
      ['nextitem', items[index + 1] ?? new Undefined('there is no next item')],
      ['cycle', cycle],
      ['changed', changed],
    ]),
  );
}

const GLOBALS: ReadonlyMap<string, Rt> = new Map<string, Rt>([
  [
    'range',
    new Callable('range', (args) => {
      const count = args.positional.length;
      const first = integerArgument(args, 0, 'start', 0);
      const [start, stop] = count < 2 ? [0, first] : [first, integerArgument(args, 1, 'stop', 0)];
      const stepSize = integerArgument(args, 2, 'step', 1);
      if (stepSize === 0) throw new PythonError('ValueError', 'range() arg 3 must not be zero');
      const size = Math.max(0, Math.ceil((stop - start) / stepSize));
      if (size > MAX_STEPS) throw new PythonError('RuntimeError', `range() of more than ${MAX_STEPS} items`);
      return markOwn(Array.from({ length: size }, (_, index) => start + index * stepSize));
    }),
  ],
  [
    'dict',
    new Callable(
      'dict',
      (args) => new Map<DictKey, Value>([...args.named].map(([name, item]) => [name, plainOf(item)])),
    ),
  ],
  ['namespace', new Callable('namespace', (args) => new Attributes('namespace', new Map(args.named)))],
]);

/**
 * Runs a parsed template over its variables, as Jinja2 does. One run has one budget of steps and output, so that no
 * template can hang or fill the memory.
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
import { bounded, isWatched, watched } from '../python/watchdog.ts';
import type { Arguments, Block, Expr, FilterUse, Node, Target } from './ast.ts';
import { applyFilter } from './filters.ts';
import { GLOBALS, loopObject } from './globals.ts';
import { attribute, markOwn, subscript } from './members.ts';
import { arithmetic, sign } from './operators.ts';
import {
  Attributes,
  type CallArguments,
  Callable,
  Costly,
  FREE_STEPS,
  isPlain,
  itemsOf,
  MAX_MACRO_DEPTH,
  MAX_OUTPUT,
  MAX_STEPS,
  noteWeight,
  plainOf,
  type Rt,
  shown,
  textOf,
  toInteger,
  Undefined,
  weightOf,
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

/** What is there besides Jinja2's own names. */
export interface Environment {
  /** Jinja2's default: what is undefined prints as nothing, is false and has no items. Else StrictUndefined. */
  readonly lenient: boolean;
  readonly globals: ReadonlyMap<string, Callable>;
  /** Filters that stand before Jinja2's own. */
  readonly filters: ReadonlyMap<string, (value: Rt, args: CallArguments) => Rt>;
}

/** @throws PythonError where Python's Jinja2 would raise, and where a limit is passed. */
export function evaluate(
  block: Block,
  variables: ReadonlyMap<string, Value>,
  environment: Environment,
): string {
  const what = 'the template';
  const work = (): string => evaluateOnce(block, variables, environment);
  try {
    return work();
  } catch (error) {
    if (error instanceof Costly) return watched(what, work);
    throw bounded(what, error);
  }
}

function evaluateOnce(block: Block, variables: ReadonlyMap<string, Value>, environment: Environment): string {
  let jump: 'break' | 'continue' | null = null;
  let steps = 0;
  let produced = 0;
  let depth = 0;

  function step(): void {
    spend(1);
  }
  function spend(cost: number): void {
    steps += cost;
    if (steps > FREE_STEPS && !isWatched()) throw new Costly();
    if (steps > MAX_STEPS)
      throw new PythonError('RuntimeError', `the template takes more than ${MAX_STEPS} steps`);
  }
  /** Counts a value that an operation is about to go through. */
  function weighed<T extends Rt>(input: T): T {
    spend(weightOf(input));
    return input;
  }
  function keep(text: string): string {
    produced += text.length;
    if (produced > MAX_OUTPUT)
      throw new PythonError('RuntimeError', `the template writes more than ${MAX_OUTPUT} characters`);
    return text;
  }

  /** An item of a list is found at once; a text is split into its characters first. */
  function weighedText(input: Rt): Rt {
    return typeof input === 'string' ? weighed(input) : input;
  }
  function contained<T extends readonly Value[] | PyTuple | Map<DictKey, Value>>(container: T): T {
    const items = container instanceof PyTuple ? container.items : container.values();
    return weighed(noteWeight(container, items));
  }

  function run(nodes: Block, scope: Scope): string {
    let out = '';
    for (const node of nodes) {
      out += runNode(node, scope);
      if (jump !== null) break;
    }
    return out;
  }
  function runNode(node: Node, scope: Scope): string {
    step();
    switch (node.type) {
      case 'text':
        return keep(node.text);
      case 'output':
        return keep(textOf(weighed(value(node.value, scope))));
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
      case 'break':
      case 'continue':
        jump = node.type;
        return '';
    }
  }
  function runFor(node: Extract<Node, { type: 'for' }>, scope: Scope): string {
    const test = node.test;
    const all = itemsOf(weighed(value(node.iterable, scope)));
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
      const jumped = jump;
      jump = null;
      if (jumped === 'break') break;
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
    const found = strictValue(expr, scope);
    const isMissing = environment.lenient && found instanceof Undefined && !found.lenient;
    return isMissing ? new Undefined(found.what, true) : found;
  }
  function strictValue(expr: Expr, scope: Scope): Rt {
    step();
    switch (expr.type) {
      case 'constant':
        return expr.value;
      case 'name': {
        const found = scope.find(expr.name);
        if (found !== undefined) return found;
        const known = environment.globals.get(expr.name) ?? GLOBALS.get(expr.name);
        return known ?? new Undefined(`'${expr.name}'`);
      }
      case 'list':
        return contained(markOwn(expr.items.map((item) => plainOf(value(item, scope)))));
      case 'tuple':
        return contained(new PyTuple(expr.items.map((item) => plainOf(value(item, scope)))));
      case 'dict': {
        const entries = new Map<DictKey, Value>();
        for (const [key, item] of expr.entries) {
          dictSet(entries, plainOf(value(key, scope)), plainOf(value(item, scope)));
        }
        return contained(entries);
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
      case 'group':
        return value(expr.value, scope);
      case 'sign':
        return sign(expr.sign, plainOf(value(expr.value, scope)));
      case 'binary': {
        const left = weighed(value(expr.left, scope));
        const right = weighed(value(expr.right, scope));
        if (expr.operator === '~') return keep(textOf(left) + textOf(right));
        return arithmetic(expr.operator, plainOf(left), plainOf(right));
      }
      case 'compare':
        return comparison(expr, scope);
      case 'filter':
        return filtered(weighed(value(expr.value, scope)), expr.filter, scope);
      case 'test':
        return runTest(expr.name, value(expr.value, scope), argumentValues(expr.args, scope)) !== expr.negate;
      case 'choose':
        if (isTrue(value(expr.test, scope))) return value(expr.yes, scope);
        return expr.no === null
          ? new Undefined('the inline if-expression without an else', true)
          : value(expr.no, scope);
      case 'attribute':
        return attribute(weighed(value(expr.object, scope)), expr.name);
      case 'item':
        return subscript(weighedText(value(expr.object, scope)), value(expr.key, scope));
      case 'slice':
        return sliced(expr, scope);
      case 'call':
        return call(value(expr.callee, scope), argumentValues(expr.args, scope));
    }
  }
  function comparison(expr: Extract<Expr, { type: 'compare' }>, scope: Scope): boolean {
    let left = weighed(value(expr.first, scope));
    for (const [operator, next] of expr.rest) {
      const right = weighed(value(next, scope));
      if (!(holdsUndefined(operator, left, right) ?? holds(operator, plainOf(left), plainOf(right))))
        return false;
      left = right;
    }
    return true;
  }
  function sliced(expr: Extract<Expr, { type: 'slice' }>, scope: Scope): Rt {
    const object = plainOf(weighed(value(expr.object, scope)));
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
    const args = argumentValues(filter.args, scope);
    const own = environment.filters.get(filter.name);
    return own === undefined ? applyFilter(filter.name, input, args) : own(input, args);
  }
  function argumentValues(args: Arguments, scope: Scope): CallArguments {
    return {
      positional: args.positional.map((item) => weighed(value(item, scope))),
      named: new Map(args.named.map(([name, item]) => [name, weighed(value(item, scope))])),
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

/** Comparisons that Jinja2's lenient undefined value answers: null where neither side is one, or it raises. */
function holdsUndefined(operator: string, left: Rt, right: Rt): boolean | null {
  const isNothing = (side: Rt): boolean => side instanceof Undefined && side.lenient;
  if (!isNothing(left) && !isNothing(right)) return null;
  switch (operator) {
    case '==':
      return isNothing(left) && isNothing(right);
    case '!=':
      return !(isNothing(left) && isNothing(right));
    case 'in':
      return isNothing(right) || isList(right) ? false : null;
    case 'not in':
      return isNothing(right) || isList(right) ? true : null;
    default:
      return null;
  }
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

/**
 * Runs a parsed template over its variables, as Jinja2 does. One run has one budget of steps: whatever an operation
 * makes or goes through is weighed before it is made, so no template can hang or fill the memory.
 */
import { MAX_TEXT, weighEntries, weighText } from '../python/meter.ts';
import { spend } from '../python/spending.ts';
import {
  type DictKey,
  dictSet,
  isDict,
  PyTuple,
  PythonError,
  truthy,
  typeName,
  type Value,
} from '../python/value.ts';
import type { Arguments, Block, Expr, FilterUse, Node, Signature, Target } from './ast.ts';
import { runWithinBudget } from './budget.ts';
import { holds } from './comparison.ts';
import { binary, isConstant } from './constants.ts';
import { applyFilter, hasFilter } from './filters.ts';
import { GLOBALS, Loop } from './globals.ts';
import { bindArguments, Macro } from './macro.ts';
import { attribute, subscript } from './members.ts';
import { sign } from './operators.ts';
import {
  Attributes,
  type CallArguments,
  Callable,
  itemsOf,
  plainOf,
  type Rt,
  type Rules,
  shown,
  textOf,
  toInteger,
  Undefined,
} from './runtime.ts';
import { Scope } from './scope.ts';
import { isSliceable, slicedItems } from './slices.ts';
import { runTest } from './tests.ts';

/** Macros, recursive loops and callers inside each other. */
const MAX_CALLS = 100;
/** What is there besides Jinja2's own names. */
export interface Environment {
  readonly rules: Omit<Rules, 'isFilter'>;
  readonly globals: ReadonlyMap<string, Callable>;
  /** Filters that stand before Jinja2's own. */
  readonly filters: ReadonlyMap<string, (value: Rt, args: CallArguments) => Rt>;
}

/** @throws PythonError where Python's Jinja2 would raise, and where a limit is passed. */
export function evaluate(
  block: Block,
  variables: () => ReadonlyMap<string, Value>,
  environment: Environment,
): string {
  const isFilter = (name: string): boolean => environment.filters.has(name) || hasFilter(name);
  return runWithinBudget({ ...environment.rules, isFilter }, () =>
    evaluateOnce(block, variables(), environment),
  );
}

function evaluateOnce(block: Block, variables: ReadonlyMap<string, Value>, environment: Environment): string {
  let jump: 'break' | 'continue' | null = null;
  let produced = 0;
  let depth = 0;

  function keep(text: string): string {
    produced += text.length;
    if (produced > MAX_TEXT)
      throw new PythonError('RuntimeError', `the template writes more than ${MAX_TEXT} characters`);
    weighText(text.length);
    return text;
  }
  function deeper<T>(work: () => T): T {
    depth += 1;
    if (depth > MAX_CALLS) {
      throw new PythonError('RecursionError', 'macros or recursive loops call each other too deeply');
    }
    const result = work();
    depth -= 1;
    return result;
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
    spend(1);
    switch (node.type) {
      case 'text':
        return keep(node.text);
      case 'output':
        return keep(textOf(value(node.value, scope)));
      case 'if':
        return run(truthy(value(node.test, scope)) ? node.body : node.otherwise, scope);
      case 'for':
        return runFor(node, value(node.iterable, scope), scope, 0);
      case 'set':
        assign(node.target, value(node.value, scope), scope);
        return '';
      case 'setBlock':
        assign(node.target, filteredBy(node.filters, run(node.body, new Scope(scope)), scope), scope);
        return '';
      case 'filterBlock':
        return keep(textOf(filteredBy(node.filters, run(node.body, new Scope(scope)), scope)));
      case 'with': {
        const inner = new Scope(scope);
        // Each value is computed outside: {% with a = 1, b = a %} knows no a.
        for (const [target, expr] of node.pairs) assign(target, value(expr, scope), inner);
        return run(node.body, inner);
      }
      case 'scope':
        return run(node.body, node.isolated ? new Scope(root) : new Scope(scope));
      case 'macro':
        scope.names.set(node.name, macro(node.name, node, scope));
        return '';
      case 'call': {
        const callee = value(node.call.callee, scope);
        const args = argumentValues(node.call.args, scope);
        const named = new Map([...args.named, ['caller', macro('caller', node, scope)] as const]);
        return keep(textOf(call(callee, { positional: args.positional, named })));
      }
      case 'break':
      case 'continue':
        jump = node.type;
        return '';
    }
  }
  function runFor(node: Extract<Node, { type: 'for' }>, iterable: Rt, scope: Scope, level: number): string {
    const test = node.test;
    const all = itemsOf(iterable);
    const items =
      test === null
        ? all
        : all.filter((item) => {
            spend(1);
            const inner = new Scope(scope);
            assign(node.target, item, inner);
            return truthy(value(test, inner));
          });
    if (items.length === 0) return run(node.otherwise, new Scope(scope));
    const recurse = node.recursive
      ? (inner: Rt): string => deeper(() => runFor(node, inner, scope, level + 1))
      : null;
    const loop = new Loop(items, level, recurse);
    let out = '';
    for (let index = 0; index < items.length; index += 1) {
      spend(1);
      loop.index0 = index;
      const inner = new Scope(scope);
      inner.names.set('loop', loop);
      assign(node.target, items[index] ?? null, inner);
      out += run(node.body, inner);
      const jumped = jump;
      jump = null;
      if (jumped === 'break') break;
    }
    return out;
  }
  function macro(name: string, signature: Signature, scope: Scope): Callable {
    const { parameters, body, uses } = signature;
    const takesCaller = uses.has('caller') || parameters.some((one) => one.name === 'caller');
    const about = new Map<string, Rt>([
      ['name', name],
      ['arguments', new PyTuple(parameters.map((one) => one.name))],
      ['caller', takesCaller],
      ['catch_kwargs', uses.has('kwargs')],
      ['catch_varargs', uses.has('varargs')],
    ]);
    return new Macro(name, about, (args) =>
      deeper(() => {
        const inner = new Scope(scope);
        bindArguments(name, signature, takesCaller, args, inner, value);
        return run(body, inner);
      }),
    );
  }
  function assign(target: Target, assigned: Rt, scope: Scope): void {
    if (target.type === 'name') {
      scope.names.set(target.name, assigned);
      return;
    }
    if (target.type === 'namespace') {
      const holder = value({ type: 'name', name: target.namespace }, scope);
      if (!(holder instanceof Attributes) || holder.values === null) {
        throw new PythonError('TemplateRuntimeError', 'cannot assign attribute on non-namespace object');
      }
      holder.values.set(target.name, assigned);
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

  function value(expr: Expr, scope: Scope): Rt {
    spend(1);
    switch (expr.type) {
      case 'constant':
        return expr.value;
      case 'name': {
        const found = scope.find(expr.name);
        if (found !== undefined) return found;
        return (
          environment.globals.get(expr.name) ?? GLOBALS.get(expr.name) ?? new Undefined(`'${expr.name}'`)
        );
      }
      case 'list':
        return expr.items.map((item) => value(item, scope));
      case 'tuple':
        return new PyTuple(expr.items.map((item) => value(item, scope)));
      case 'dict': {
        const entries = new Map<DictKey, Value>();
        for (const [key, item] of expr.entries)
          dictSet(entries, plainOf(value(key, scope)), value(item, scope));
        return entries;
      }
      case 'and': {
        const left = value(expr.left, scope);
        return truthy(left) ? value(expr.right, scope) : left;
      }
      case 'or': {
        const left = value(expr.left, scope);
        return truthy(left) ? left : value(expr.right, scope);
      }
      case 'not':
        return !truthy(value(expr.value, scope));
      case 'sign':
        return sign(expr.sign, plainOf(value(expr.value, scope)));
      case 'binary':
        return binary(expr, value(expr.left, scope), value(expr.right, scope));
      case 'concat': {
        const parts = expr.items.map((item) => textOf(value(item, scope)));
        weighText(parts.reduce((total, part) => total + part.length, 0));
        return parts.join('');
      }
      case 'compare':
        return comparison(expr, scope);
      case 'filter':
        return filtered(value(expr.value, scope), expr.filter, scope);
      case 'test':
        return runTest(expr.name, value(expr.value, scope), argumentValues(expr.args, scope));
      case 'choose':
        if (truthy(value(expr.test, scope))) return value(expr.yes, scope);
        // Jinja2 gives this one in its lenient kind: it prints as nothing and is false.
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
    let left = value(expr.first, scope);
    for (const [operator, next] of expr.rest) {
      const right = value(next, scope);
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
    const start = bound(expr.start);
    const stop = bound(expr.stop);
    const step = bound(expr.step) ?? 1;
    if (isConstant(expr.object) && !isSliceable(object)) {
      // Jinja2 computes constants beforehand, where it can: then this is undefined, else an error.
      throw new PythonError('TypeError', `a slice of the constant ${shown(object)} is not supported`);
    }
    return slicedItems(object, { start, stop, step });
  }
  function filtered(input: Rt, filter: FilterUse, scope: Scope): Rt {
    const args = argumentValues(filter.args, scope);
    return applyFilter(filter.name, input, args, environment.filters);
  }
  function filteredBy(filters: readonly FilterUse[], input: Rt, scope: Scope): Rt {
    return filters.reduce((held, filter) => filtered(held, filter, scope), input);
  }
  function argumentValues(args: Arguments, scope: Scope): CallArguments {
    const positional = args.positional.map((item) => value(item, scope));
    const named = new Map(args.named.map(([name, item]) => [name, value(item, scope)] as const));
    if (args.more !== null) positional.push(...itemsOf(value(args.more, scope)));
    if (args.moreNamed !== null) {
      const dict = plainOf(value(args.moreNamed, scope));
      if (!isDict(dict)) {
        throw new PythonError('TypeError', `argument after ** must be a mapping, not ${typeName(dict)}`);
      }
      weighEntries(dict.size);
      for (const [name, item] of dict) {
        if (typeof name !== 'string') throw new PythonError('TypeError', 'keywords must be strings');
        if (named.has(name)) {
          throw new PythonError('TypeError', `got multiple values for keyword argument '${name}'`);
        }
        named.set(name, item);
      }
    }
    return { positional, named };
  }

  const root = new Scope(null);
  for (const [name, item] of variables) root.names.set(name, item);
  return run(block, root);
}

function call(callee: Rt, args: CallArguments): Rt {
  if (callee instanceof Undefined) return callee.fail();
  if (callee instanceof Callable) return callee.call(args);
  if (callee instanceof Loop) return callee.recurse(args);
  throw new PythonError('TypeError', `${shown(callee)} is not callable`);
}

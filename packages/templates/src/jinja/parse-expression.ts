/**
 * Jinja2's expressions, with its own precedence: signs bind tighter than `**`, which is left-associative; `~` binds
 * tighter than `+`; filters and tests follow any operand.
 */
import type { Arguments, Expr, FilterUse } from './ast.ts';
import { hasTest } from './tests.ts';
import type { TokenStream } from './tokens.ts';

export interface TupleOptions {
  /** Only names, as in the targets of a loop. */
  readonly names: boolean;
  /** Whether `a if b else c` may stand here. */
  readonly condition?: boolean;
  /** Names at which the tuple ends. */
  readonly until?: readonly string[];
  readonly parenthesised?: boolean;
}

export interface ExpressionParser {
  readonly expression: (condition?: boolean) => Expr;
  /** One expression, or several with commas between them. */
  readonly tuple: (options: TupleOptions) => Expr;
  readonly call: () => Extract<Expr, { type: 'call' }>;
  /** `| a | b(c)`; with `inline` the first has no bar before it. */
  readonly filters: (inline: boolean) => readonly FilterUse[];
  /** Jinja2 lets unknown filters and tests pass in code that may not run, until it does. */
  readonly sometimes: <T>(read: () => T) => T;
  readonly always: <T>(read: () => T) => T;
}

const CONSTANTS: ReadonlyMap<string, null | boolean> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);
const COMPARISONS = new Set(['==', '!=', '<', '>', '<=', '>=']);
const NO_ARGUMENTS: Arguments = { positional: [], named: [], more: null, moreNamed: null };

export function expressionParser(
  stream: TokenStream,
  hasFilter: (name: string) => boolean,
): ExpressionParser {
  const { isName, isOperator, skipName, skipOperator, expectOperator, fail } = stream;
  let mayNotRun = false;

  function under<T>(state: boolean, read: () => T): T {
    const before = mayNotRun;
    mayNotRun = state;
    const result = read();
    mayNotRun = before;
    return result;
  }
  const sometimes = <T>(read: () => T): T => under(true, read);
  const always = <T>(read: () => T): T => under(false, read);

  function expression(condition = true): Expr {
    return stream.deeper(() => {
      // What stands before `if` is known to be conditional only once `if` was read: checked then.
      const pending = unknown.length;
      let left = or();
      while (condition && skipName('if')) {
        unknown.length = pending;
        left = sometimes(() => {
          const test = or();
          return { type: 'choose', test, yes: left, no: skipName('else') ? expression() : null } as const;
        });
      }
      const first = unknown[pending];
      if (first !== undefined && !mayNotRun) fail(first);
      return left;
    });
  }
  /** Messages about filters and tests that nobody knows. */
  const unknown: string[] = [];

  function binary(
    operand: () => Expr,
    operators: readonly string[],
    make: (operator: string, left: Expr, right: Expr) => Expr,
  ): Expr {
    let left = operand();
    for (;;) {
      const operator = operators.find(isOperator);
      if (operator === undefined) return left;
      stream.next();
      left = make(operator, left, operand());
    }
  }
  const arithmetic = (operator: string, left: Expr, right: Expr): Expr => ({
    type: 'binary',
    operator,
    left,
    right,
  });
  function or(): Expr {
    let left = and();
    while (skipName('or')) left = { type: 'or', left, right: and() };
    return left;
  }
  function and(): Expr {
    let left = not();
    while (skipName('and')) left = { type: 'and', left, right: not() };
    return left;
  }
  function not(): Expr {
    if (skipName('not')) return { type: 'not', value: stream.deeper(not) };
    return comparison();
  }
  function comparison(): Expr {
    const first = sum();
    const rest: (readonly [string, Expr])[] = [];
    for (;;) {
      const token = stream.current();
      const after = stream.after();
      if (token?.kind === 'operator' && COMPARISONS.has(token.value)) {
        stream.next();
        rest.push([token.value, sum()]);
      } else if (skipName('in')) rest.push(['in', sum()]);
      else if (isName('not') && after?.kind === 'name' && after.value === 'in') {
        stream.next();
        stream.next();
        rest.push(['not in', sum()]);
      } else return rest.length === 0 ? first : { type: 'compare', first, rest };
    }
  }
  const sum = (): Expr => binary(concat, ['+', '-'], arithmetic);
  function concat(): Expr {
    const items = [product()];
    while (skipOperator('~')) items.push(product());
    return items.length === 1 && items[0] !== undefined ? items[0] : { type: 'concat', items };
  }
  const product = (): Expr => binary(power, ['*', '/', '//', '%'], arithmetic);
  const power = (): Expr => binary(() => unary(true), ['**'], arithmetic);
  function unary(withFilters: boolean): Expr {
    const sign = isOperator('-') ? '-' : isOperator('+') ? '+' : null;
    let node: Expr;
    if (sign === null) node = primary();
    else {
      stream.next();
      node = { type: 'sign', sign, value: stream.deeper(() => unary(false)) };
    }
    node = postfix(node);
    return withFilters ? filtersAndTests(node) : node;
  }
  function primary(): Expr {
    const token = stream.next();
    if (token.kind === 'name') {
      const constant = CONSTANTS.get(token.value);
      return constant === undefined
        ? { type: 'name', name: token.value }
        : { type: 'constant', value: constant };
    }
    if (token.kind === 'string') {
      let text = token.value;
      while (stream.current()?.kind === 'string') text += stream.next().value;
      return { type: 'constant', value: text };
    }
    if (token.kind === 'number') return { type: 'constant', value: token.literal };
    if (token.kind === 'operator' && token.value === '(') {
      const inner = tuple({ names: false, parenthesised: true });
      expectOperator(')');
      return inner;
    }
    if (token.kind === 'operator' && token.value === '[') {
      return { type: 'list', items: separated(']', () => expression()) };
    }
    if (token.kind === 'operator' && token.value === '{') {
      return {
        type: 'dict',
        entries: separated('}', () => {
          const key = expression();
          expectOperator(':');
          return [key, expression()] as const;
        }),
      };
    }
    return fail(`unexpected '${token.value}'`);
  }
  /** Items with commas between them, up to and with the closing bracket. */
  function separated<T>(close: string, read: () => T): readonly T[] {
    const items: T[] = [];
    while (!isOperator(close)) {
      if (items.length > 0) {
        expectOperator(',');
        if (isOperator(close)) break;
      }
      items.push(read());
    }
    expectOperator(close);
    return items;
  }
  function tuple({ condition = true, until = [], parenthesised = false }: TupleOptions): Expr {
    const items: Expr[] = [];
    let isTuple = false;
    for (;;) {
      if (items.length > 0) {
        if (!skipOperator(',')) break;
        isTuple = true;
      }
      if (stream.isClose() || isOperator(')') || until.some(isName)) break;
      items.push(expression(condition));
    }
    const only = items[0];
    if (!isTuple && only !== undefined) return only;
    if (items.length === 0 && !parenthesised) {
      fail(`Expected an expression, got '${stream.current()?.value ?? 'the end of the template'}'`);
    }
    return { type: 'tuple', items };
  }
  function postfix(start: Expr): Expr {
    let node = start;
    for (;;) {
      if (isOperator('.') || isOperator('[')) node = subscript(node);
      else if (isOperator('(')) node = { type: 'call', callee: node, args: callArguments() };
      else return node;
    }
  }
  function filtersAndTests(start: Expr): Expr {
    let node = start;
    for (;;) {
      if (skipOperator('|')) node = { type: 'filter', value: node, filter: oneFilter() };
      else if (isName('is')) node = test(node);
      // A call may follow a filter too: {{ x|attr('upper')() }}.
      else if (isOperator('(')) node = { type: 'call', callee: node, args: callArguments() };
      else return node;
    }
  }
  function subscript(object: Expr): Expr {
    if (skipOperator('.')) {
      const token = stream.next();
      if (token.kind === 'name') return { type: 'attribute', object, name: token.value };
      if (token.kind === 'number' && /^[0-9_]+$/.test(token.value)) {
        return { type: 'item', object, key: { type: 'constant', value: token.literal } };
      }
      return fail('expected name or number');
    }
    expectOperator('[');
    const keys: (Expr | Bounds)[] = [];
    while (!isOperator(']')) {
      if (keys.length > 0) expectOperator(',');
      keys.push(key());
    }
    expectOperator(']');
    const [only] = keys;
    if (only === undefined) return fail('Expected an expression inside of []');
    if (keys.length === 1) {
      return 'bounds' in only
        ? { type: 'slice', object, start: only.bounds[0], stop: only.bounds[1], step: only.bounds[2] }
        : { type: 'item', object, key: only };
    }
    const items = keys.map((item) => ('bounds' in item ? fail('a slice in a tuple is not supported') : item));
    return { type: 'item', object, key: { type: 'tuple', items } };
  }
  interface Bounds {
    readonly bounds: readonly [Expr | null, Expr | null, Expr | null];
  }
  function key(): Expr | Bounds {
    const ends = (): boolean => isOperator(']') || isOperator(',');
    const part = (): Expr | null => (isOperator(':') || ends() ? null : expression());
    const start = part();
    if (!skipOperator(':')) return start ?? fail('Expected an expression inside of []');
    const stop = part();
    return { bounds: [start, stop, skipOperator(':') ? part() : null] };
  }
  function callArguments(): Arguments {
    expectOperator('(');
    const positional: Expr[] = [];
    const named: (readonly [string, Expr])[] = [];
    let more: Expr | null = null;
    let moreNamed: Expr | null = null;
    let count = 0;
    while (!isOperator(')')) {
      if (count > 0) {
        expectOperator(',');
        if (isOperator(')')) break;
      }
      count += 1;
      const token = stream.current();
      const after = stream.after();
      if (skipOperator('*')) {
        if (more !== null || moreNamed !== null) fail('invalid syntax for function call expression');
        more = expression();
      } else if (skipOperator('**')) {
        if (moreNamed !== null) fail('invalid syntax for function call expression');
        moreNamed = expression();
      } else if (token?.kind === 'name' && after?.kind === 'operator' && after.value === '=') {
        if (moreNamed !== null) fail('invalid syntax for function call expression');
        stream.next();
        stream.next();
        if (named.some(([known]) => known === token.value)) fail(`keyword argument repeated: ${token.value}`);
        named.push([token.value, expression()]);
      } else {
        if (more !== null || moreNamed !== null || named.length > 0) {
          fail('invalid syntax for function call expression');
        }
        positional.push(expression());
      }
    }
    expectOperator(')');
    return { positional, named, more, moreNamed };
  }
  /** A name, with dots. */
  function dotted(): string {
    let name = stream.name();
    while (skipOperator('.')) name += `.${stream.name()}`;
    return name;
  }
  function oneFilter(): FilterUse {
    const name = dotted();
    if (!hasFilter(name)) note(`No filter named '${name}'.`);
    return { name, args: isOperator('(') ? callArguments() : NO_ARGUMENTS };
  }
  function note(message: string): void {
    if (!mayNotRun) unknown.push(message);
  }
  function filters(inline: boolean): readonly FilterUse[] {
    const used: FilterUse[] = [];
    if (inline) used.push(oneFilter());
    while (skipOperator('|')) used.push(oneFilter());
    const first = unknown[0];
    if (first !== undefined) fail(first);
    return used;
  }
  function test(value: Expr): Expr {
    skipName('is');
    const negated = skipName('not');
    const name = dotted();
    if (!hasTest(name)) note(`No test named '${name}'.`);
    const token = stream.current();
    let args = NO_ARGUMENTS;
    if (isOperator('(')) args = callArguments();
    else if (token !== null && startsArgument(token.kind, token.value)) {
      if (isName('is')) fail('You cannot chain multiple tests with is');
      args = { ...NO_ARGUMENTS, positional: [postfix(primary())] };
    }
    const found: Expr = { type: 'test', value, name, args };
    return negated ? { type: 'not', value: found } : found;
  }
  function startsArgument(kind: string, value: string): boolean {
    if (kind === 'name') return !['else', 'or', 'and'].includes(value);
    return (
      kind === 'string' || kind === 'number' || (kind === 'operator' && (value === '[' || value === '{'))
    );
  }
  function call(): Extract<Expr, { type: 'call' }> {
    const found = expression();
    return found.type === 'call' ? found : fail('expected call');
  }
  return { expression, tuple, call, filters, sometimes, always };
}

/** Tokens -> our tree, by Jinja2's grammar: statements here, expressions in parse-expression.ts. */
import { PythonError } from '../python/value.ts';
import type { Block, Node, Parameter, Signature, Target } from './ast.ts';
import { hasFilter } from './filters.ts';
import { type Dialect, lex } from './lex.ts';
import { expressionParser } from './parse-expression.ts';
import { tokenStream } from './tokens.ts';

/** Longer templates than this are no prompts; the longest of lm-eval's has 12,000 characters. */
export const MAX_TEMPLATE = 200_000;
/** Names that macros give their bodies. */
const MACRO_NAMES = ['caller', 'varargs', 'kwargs'];
/** What needs other templates, or an environment that neither lm-eval nor transformers has. */
const REFUSED = new Set(['include', 'import', 'from', 'extends', 'do', 'trans', 'pluralize', 'debug']);

/** @throws PythonError TemplateSyntaxError */
export function parseTemplate(template: string, dialect: Dialect): Block {
  if (template.length > MAX_TEMPLATE) {
    throw new PythonError('TemplateSyntaxError', `the template is longer than ${MAX_TEMPLATE} characters`);
  }
  const { tokens, source } = lex(template, dialect);
  const stream = tokenStream(tokens, source);
  const { expression, tuple, call, filters, sometimes, always } = expressionParser(
    stream,
    (filter) => dialect.filters.has(filter) || hasFilter(filter),
  );
  const { isName, isOperator, skipName, skipOperator, expectOperator, name } = stream;
  const fail: (what: string) => never = stream.fail;
  let loops = 0;
  const blocks = new Set<string>();

  /** Statements until one of the names begins a tag (which is left at that name), or the end of the template. */
  function body(ends: readonly string[]): Block {
    const nodes: Node[] = [];
    for (;;) {
      const token = stream.current();
      if (token === null) {
        if (ends.length === 0) return nodes;
        fail(`unexpected end of template, expected '${ends.join("' or '")}'`);
      }
      if (token.kind === 'text') {
        stream.next();
        nodes.push({ type: 'text', text: token.value });
      } else if (token.kind === 'open' && token.value === '{{') {
        stream.next();
        nodes.push({ type: 'output', value: tuple({ names: false }) });
        stream.expectClose('}}');
      } else if (token.kind === 'open') {
        stream.next();
        if (ends.some(isName)) return nodes;
        nodes.push(stream.deeper(statement));
        stream.expectClose('%}');
      } else fail(`unexpected '${token.value}'`);
    }
  }
  /** The body of a tag that was opened, up to and with the name that ends it. */
  function bodyOf(end: string): Block {
    stream.expectClose('%}');
    const nodes = body([end]);
    skipName(end);
    return nodes;
  }
  function statement(): Node {
    const kind = name();
    switch (kind) {
      case 'if':
        return sometimes(ifStatement);
      case 'for':
        return always(forStatement);
      case 'set':
        return setStatement();
      case 'with':
        return withStatement();
      case 'macro': {
        const macroName = name();
        return always(() => ({ type: 'macro', name: macroName, ...signature('endmacro') }));
      }
      case 'call':
        return always(callStatement);
      case 'filter': {
        const used = filters(true);
        return always(() => ({ type: 'filterBlock', filters: used, body: bodyOf('endfilter') }));
      }
      case 'block':
        return always(blockStatement);
      case 'autoescape': {
        const value = expression();
        if (value.type !== 'constant' || value.value !== false) {
          fail('{% autoescape %} with another value than false is not supported');
        }
        return { type: 'scope', isolated: false, body: bodyOf('endautoescape') };
      }
      case 'print':
        return { type: 'output', value: tuple({ names: false }) };
      default:
        break;
    }
    if (dialect.chatTags && (kind === 'break' || kind === 'continue')) {
      if (loops === 0) fail(`'${kind}' outside loop`);
      return { type: kind };
    }
    if (dialect.chatTags && kind === 'generation') {
      return { type: 'scope', isolated: false, body: bodyOf('endgeneration') };
    }
    if (REFUSED.has(kind)) fail(`{% ${kind} %} is not supported`);
    return fail(`Encountered unknown tag '${kind}'`);
  }
  function ifStatement(): Node {
    const test = tuple({ names: false, condition: false });
    stream.expectClose('%}');
    const yes = body(['elif', 'else', 'endif']);
    let otherwise: Block = [];
    if (skipName('elif')) otherwise = [stream.deeper(ifStatement)];
    else if (skipName('else')) otherwise = bodyOf('endif');
    else skipName('endif');
    return { type: 'if', test, body: yes, otherwise };
  }
  function forStatement(): Node {
    const target = targets(false, 'in');
    if (!skipName('in')) fail("expected 'in'");
    const iterable = tuple({ names: false, condition: false, until: ['recursive'] });
    const test = skipName('if') ? expression() : null;
    const recursive = skipName('recursive');
    stream.expectClose('%}');
    loops += 1;
    const repeated = body(['endfor', 'else']);
    loops -= 1;
    const otherwise = skipName('else') ? bodyOf('endfor') : [];
    skipName('endfor');
    return { type: 'for', target, iterable, test, recursive, body: repeated, otherwise };
  }
  function setStatement(): Node {
    const target = targets(true, null);
    if (skipOperator('=')) return { type: 'set', target, value: tuple({ names: false }) };
    const used = filters(false);
    return { type: 'setBlock', target, filters: used, body: always(() => bodyOf('endset')) };
  }
  function withStatement(): Node {
    const pairs: (readonly [Target, ReturnType<typeof expression>])[] = [];
    while (!stream.isClose()) {
      if (pairs.length > 0) expectOperator(',');
      const target = oneTarget(false);
      expectOperator('=');
      pairs.push([target, expression()]);
    }
    return { type: 'with', pairs, body: bodyOf('endwith') };
  }
  function callStatement(): Node {
    const parameters = isOperator('(') ? parameterList() : [];
    const called = call();
    return { type: 'call', call: called, ...withUses(parameters, () => bodyOf('endcall')) };
  }
  function blockStatement(): Node {
    const blockName = name();
    if (blocks.has(blockName)) fail(`block '${blockName}' defined twice`);
    blocks.add(blockName);
    const scoped = skipName('scoped');
    if (skipName('required')) fail('{% block … required %} is not supported');
    const nodes = bodyOf('endblock');
    if (isName(blockName)) stream.next();
    return { type: 'scope', isolated: !scoped, body: nodes };
  }

  function signature(end: string): Signature {
    const parameters = parameterList();
    return withUses(parameters, () => bodyOf(end));
  }
  function withUses(parameters: readonly Parameter[], read: () => Block): Signature {
    const from = stream.position();
    const outer = loops;
    loops = 0;
    const nodes = read();
    loops = outer;
    const names = stream.namesSince(from);
    return { parameters, body: nodes, uses: new Set(MACRO_NAMES.filter((known) => names.has(known))) };
  }
  function parameterList(): readonly Parameter[] {
    expectOperator('(');
    const parameters: Parameter[] = [];
    while (!isOperator(')')) {
      if (parameters.length > 0) expectOperator(',');
      const parameter = name();
      const byDefault = skipOperator('=') ? expression() : null;
      if (byDefault === null && parameters.some((other) => other.byDefault !== null)) {
        fail('non-default argument follows default argument');
      }
      parameters.push({ name: parameter, byDefault });
    }
    expectOperator(')');
    return parameters;
  }
  function targets(withNamespace: boolean, until: string | null): Target {
    const items: Target[] = [];
    let isTuple = false;
    for (;;) {
      if (items.length > 0) {
        if (!skipOperator(',')) break;
        isTuple = true;
      }
      if (stream.isClose() || isOperator('=') || (until !== null && isName(until))) break;
      items.push(oneTarget(withNamespace));
    }
    const only = items[0];
    if (only === undefined) fail('Expected an expression, got a tag without names');
    return isTuple ? { type: 'names', items } : only;
  }
  function oneTarget(withNamespace: boolean): Target {
    if (skipOperator('(')) {
      const items: Target[] = [];
      let isTuple = false;
      while (!isOperator(')')) {
        if (items.length > 0) {
          expectOperator(',');
          isTuple = true;
          if (isOperator(')')) break;
        }
        items.push(stream.deeper(() => oneTarget(withNamespace)));
      }
      expectOperator(')');
      return items.length === 1 && !isTuple && items[0] !== undefined ? items[0] : { type: 'names', items };
    }
    const target = name();
    if (/^(?:true|false|none|True|False|None)$/.test(target)) fail(`can't assign to '${target}'`);
    if (withNamespace && skipOperator('.')) return { type: 'namespace', namespace: target, name: name() };
    return { type: 'name', name: target };
  }
  return body([]);
}

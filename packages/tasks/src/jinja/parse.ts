/** Template text -> our tree, through the parser library. Its classes end here. */
import { PyFloat } from '@evalgraph/formats';
import { parse } from '@huggingface/jinja';
import { PythonError } from '../python/value.ts';
import type { Arguments, Attribute, Block, Expr, FilterUse, Node, Parameter, Target } from './ast.ts';
import { type Dialect, lex } from './lex.ts';
import { GROUP, NEGATED_TEST, TEST } from './regroup.ts';

/** Longer templates than this are no prompts; the longest of lm-eval's has 12,000 characters. */
export const MAX_TEMPLATE = 200_000;

interface Raw {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** @throws PythonError TemplateSyntaxError */
export function parseTemplate(template: string, dialect: Dialect): Block {
  if (template.length > MAX_TEMPLATE) {
    throw new PythonError('TemplateSyntaxError', `the template is longer than ${MAX_TEMPLATE} characters`);
  }
  const tokens = lex(template, dialect);
  try {
    const body = block(parse(tokens as unknown as Parameters<typeof parse>[0]).body);
    return dialect.chatTags ? body : withoutJumps(body);
  } catch (error) {
    if (error instanceof PythonError) throw error;
    if (!(error instanceof Error)) throw error;
    // The library throws plain Errors and, at the end of its tokens, TypeErrors.
    const what = error instanceof TypeError ? 'unexpected end of template' : error.message;
    throw new PythonError('TemplateSyntaxError', what);
  }
}

/** Jinja2 knows {% break %} only with an extension, which lm-eval does not load and chat templates have. */
function withoutJumps(nodes: Block): Block {
  for (const node of nodes) {
    if (node.type === 'break' || node.type === 'continue') unknownNode(`{% ${node.type} %}`);
    if ('body' in node) withoutJumps(node.body);
    if ('otherwise' in node) withoutJumps(node.otherwise);
  }
  return nodes;
}

function raw(value: unknown): Raw {
  if (typeof value !== 'object' || value === null || !('type' in value)) unknownNode(String(value));
  return value as Raw;
}

function rawList(value: unknown): readonly Raw[] {
  return Array.isArray(value) ? value.map(raw) : [];
}

function unknownNode(what: string): never {
  throw new PythonError('TemplateSyntaxError', `${what} is not supported in a template`);
}

function block(statements: unknown): Block {
  return rawList(statements).map(statement);
}

function statement(value: Raw): Node {
  switch (value.type) {
    case 'StringLiteral':
      // Text outside of tags and a lone constant {{ "x" }} come out of the parser alike, and print alike.
      return { type: 'text', text: String(value['value']) };
    case 'If':
      return {
        type: 'if',
        test: expression(value['test']),
        body: block(value['body']),
        otherwise: block(value['alternate']),
      };
    case 'For':
      return forLoop(value);
    case 'Set': {
      const target = raw(value['assignee']);
      if (value['value'] === null)
        return { type: 'setBlock', target: targetOf(target), body: block(value['body']) };
      const left = target.type === 'MemberExpression' ? attributeOf(target) : targetOf(target);
      return { type: 'set', target: left, value: expression(value['value']) };
    }
    case 'FilterStatement':
      return { type: 'filterBlock', filter: filterUse(value['filter']), body: block(value['body']) };
    case 'Macro':
      return {
        type: 'macro',
        name: nameOf(value['name']),
        parameters: rawList(value['args']).map(parameter),
        body: block(value['body']),
      };
    case 'Break':
    case 'Continue':
      return { type: value.type === 'Break' ? 'break' : 'continue' };
    case 'CallStatement':
      return unknownNode('{% call %}');
    default:
      return { type: 'output', value: expression(value) };
  }
}

function forLoop(value: Raw): Node {
  const iterable = raw(value['iterable']);
  const filtered = iterable.type === 'SelectExpression';
  return {
    type: 'for',
    target: targetOf(raw(value['loopvar'])),
    iterable: expression(filtered ? iterable['lhs'] : iterable),
    test: filtered ? expression(iterable['test']) : null,
    body: block(value['body']),
    otherwise: block(value['defaultBlock']),
  };
}

function targetOf(value: Raw): Target {
  if (value.type === 'Identifier') return { type: 'name', name: nameOf(value) };
  if (value.type === 'TupleLiteral') return { type: 'names', items: rawList(value['value']).map(targetOf) };
  return unknownNode(`assignment to ${value.type}`);
}

function attributeOf(value: Raw): Attribute {
  if (value['computed'] === true) return unknownNode('assignment to an item');
  return { type: 'attribute', object: expression(value['object']), name: nameOf(value['property']) };
}

function parameter(value: Raw): Parameter {
  return value.type === 'Identifier'
    ? { name: nameOf(value), byDefault: null }
    : { name: nameOf(value['key']), byDefault: expression(value['value']) };
}

function nameOf(value: unknown): string {
  const node = raw(value);
  return node.type === 'Identifier' ? String(node['value']) : unknownNode(`${node.type} in place of a name`);
}

function argumentsOf(value: unknown): Arguments {
  const positional: Expr[] = [];
  const named: (readonly [string, Expr])[] = [];
  for (const argument of rawList(value)) {
    if (argument.type === 'KeywordArgumentExpression') {
      named.push([nameOf(argument['key']), expression(argument['value'])]);
    } else positional.push(expression(argument));
  }
  return { positional, named };
}

function filterUse(value: unknown): FilterUse {
  const node = raw(value);
  if (node.type === 'CallExpression') {
    return { name: nameOf(node['callee']), args: argumentsOf(node['args']) };
  }
  return { name: nameOf(node), args: { positional: [], named: [] } };
}

const CONSTANTS: ReadonlyMap<string, null | boolean> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);

function expression(value: unknown): Expr {
  const node = raw(value);
  switch (node.type) {
    case 'StringLiteral':
    case 'IntegerLiteral':
      return { type: 'constant', value: node['value'] as string | number };
    case 'FloatLiteral':
      return { type: 'constant', value: new PyFloat(Number(node['value'])) };
    case 'Identifier': {
      const name = nameOf(node);
      const constant = CONSTANTS.get(name);
      return constant === undefined ? { type: 'name', name } : { type: 'constant', value: constant };
    }
    case 'ArrayLiteral':
      return { type: 'list', items: rawList(node['value']).map(expression) };
    case 'TupleLiteral':
      return { type: 'tuple', items: rawList(node['value']).map(expression) };
    case 'ObjectLiteral': {
      const entries = [...(node['value'] as Map<unknown, unknown>)];
      return { type: 'dict', entries: entries.map(([key, item]) => [expression(key), expression(item)]) };
    }
    case 'UnaryExpression':
      return unary(node);
    case 'BinaryExpression':
      return binary(node);
    case 'FilterExpression':
      return filtered(expression(node['operand']), filterUse(node['filter']));
    case 'TestExpression':
      return {
        type: 'test',
        value: expression(node['operand']),
        name: testName(node['test']),
        args: { positional: [], named: [] },
        negate: node['negate'] === true,
      };
    case 'Ternary':
      return {
        type: 'choose',
        test: expression(node['condition']),
        yes: expression(node['trueExpr']),
        no: expression(node['falseExpr']),
      };
    case 'SelectExpression':
      return { type: 'choose', test: expression(node['test']), yes: expression(node['lhs']), no: null };
    case 'MemberExpression':
      return member(node);
    case 'CallExpression':
      return { type: 'call', callee: expression(node['callee']), args: argumentsOf(node['args']) };
    default:
      return unknownNode(node.type);
  }
}

/** A filter, or what regroup.ts says with one. */
function filtered(value: Expr, filter: FilterUse): Expr {
  if (filter.name === GROUP) return { type: 'group', value };
  if (filter.name !== TEST && filter.name !== NEGATED_TEST) return { type: 'filter', value, filter };
  const [name, ...positional] = filter.args.positional;
  return {
    type: 'test',
    value,
    name: name?.type === 'constant' ? String(name.value) : '',
    args: { positional, named: filter.args.named },
    negate: filter.name === NEGATED_TEST,
  };
}

function testName(value: unknown): string {
  const node = raw(value);
  return nameOf(node);
}

function unary(node: Raw): Expr {
  const operator = String((node['operator'] as { value: unknown }).value);
  const value = expression(node['argument']);
  return operator === 'not'
    ? { type: 'not', value }
    : { type: 'sign', sign: operator === '-' ? '-' : '+', value };
}

const COMPARISONS = new Set(['==', '!=', '<', '>', '<=', '>=', 'in', 'not in']);

function binary(node: Raw): Expr {
  const operator = String((node['operator'] as { value: unknown }).value);
  if (COMPARISONS.has(operator)) {
    // a < b < c comes out as (a < b) < c; real parentheses are a group.
    const left = expression(node['left']);
    const link = [operator, expression(node['right'])] as const;
    return left.type === 'compare'
      ? { ...left, rest: [...left.rest, link] }
      : { type: 'compare', first: left, rest: [link] };
  }
  const left = expression(node['left']);
  const right = expression(node['right']);
  if (operator === 'and' || operator === 'or') return { type: operator, left, right };
  return { type: 'binary', operator, left, right };
}

function member(node: Raw): Expr {
  const object = expression(node['object']);
  const property = raw(node['property']);
  if (node['computed'] !== true) {
    if (property.type === 'Identifier') return { type: 'attribute', object, name: nameOf(property) };
    return { type: 'item', object, key: expression(property) };
  }
  if (property.type === 'SliceExpression') {
    const part = (name: string): Expr | null =>
      property[name] === undefined ? null : expression(property[name]);
    return { type: 'slice', object, start: part('start'), stop: part('stop'), step: part('step') };
  }
  return { type: 'item', object, key: expression(property) };
}

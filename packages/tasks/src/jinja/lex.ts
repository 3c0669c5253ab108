/**
 * Splits a template into the parser library's tokens, by Jinja2's own rules. The library's lexer is not used: it
 * strips a trailing newline, refuses escapes such as "\d", and knows neither raw blocks nor names outside ASCII.
 */
import { decodeEscapes } from '../python/escapes.ts';
import { lstrip, rstrip, strip } from '../python/text.ts';
import { PythonError } from '../python/value.ts';
import { regroup, withoutGeneration } from './regroup.ts';

/** What the library's parser takes: { value, type }. */
export interface Token {
  readonly value: string;
  readonly type: string;
}

/** Which Jinja2 environment is followed. */
export interface Dialect {
  readonly keepTrailingNewline: boolean;
  /** trim_blocks and lstrip_blocks: a line that holds only a tag leaves nothing. */
  readonly trimBlocks: boolean;
  /** {% break %} and {% continue %}, and {% generation %}, which changes no text. */
  readonly chatTags: boolean;
}

const OPEN = /\{(?:%[-+]?\s*raw\s*-?%\}|[%#{][-+]?)/g;
const NAME = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}_]*/uy;
const NUMBER =
  /0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|[0-9](?:_?[0-9])*(?:\.[0-9](?:_?[0-9])*)?(?:[eE][-+]?[0-9](?:_?[0-9])*)?/y;
const STRING = /'((?:[^'\\]|\\[\s\S])*)'|"((?:[^"\\]|\\[\s\S])*)"/y;
const OPERATORS: readonly (readonly [string, string])[] = [
  ['**', 'ExponentiationBinaryOperator'],
  ['//', 'MultiplicativeBinaryOperator'],
  ['<=', 'ComparisonBinaryOperator'],
  ['>=', 'ComparisonBinaryOperator'],
  ['==', 'ComparisonBinaryOperator'],
  ['!=', 'ComparisonBinaryOperator'],
  ['<', 'ComparisonBinaryOperator'],
  ['>', 'ComparisonBinaryOperator'],
  ['+', 'AdditiveBinaryOperator'],
  ['-', 'AdditiveBinaryOperator'],
  ['~', 'AdditiveBinaryOperator'],
  ['*', 'MultiplicativeBinaryOperator'],
  ['/', 'MultiplicativeBinaryOperator'],
  ['%', 'MultiplicativeBinaryOperator'],
  ['=', 'Equals'],
  ['(', 'OpenParen'],
  [')', 'CloseParen'],
  ['[', 'OpenSquareBracket'],
  [']', 'CloseSquareBracket'],
  ['{', 'OpenCurlyBracket'],
  ['}', 'CloseCurlyBracket'],
  [',', 'Comma'],
  ['.', 'Dot'],
  [':', 'Colon'],
  ['|', 'Pipe'],
];

/** @throws PythonError TemplateSyntaxError */
export function lex(template: string, dialect: Dialect): readonly Token[] {
  const unix = template.replace(/\r\n|\r/g, '\n');
  const source = dialect.keepTrailingNewline ? unix : unix.replace(/\n$/, '');
  const tokens: Token[] = [];
  let at = 0;
  let stripNext = false;
  /** Only white space can stand between here and the line's beginning. */
  let lineStarts = true;

  function fail(what: string): never {
    const line = source.slice(0, at).split('\n').length;
    throw new PythonError('TemplateSyntaxError', `${what} (line ${line} of the template)`);
  }
  function pushText(text: string, mark: string): void {
    const left = stripNext ? lstrip(text) : text;
    const indented = dialect.trimBlocks && /^\{[%#](?!\+)/.test(mark);
    const both = /^\{[%#{]-/.test(mark) ? rstrip(left) : indented ? withoutIndent(left) : left;
    if (both !== '') tokens.push({ value: both, type: 'Text' });
  }
  function withoutIndent(text: string): string {
    const line = text.lastIndexOf('\n') + 1;
    return (line > 0 || lineStarts) && strip(text.slice(line)) === '' ? text.slice(0, line) : text;
  }
  /** After a tag's end: `sign` is what stood before it. */
  function endTag(sign: string | undefined, isBlock: boolean): void {
    stripNext = sign === '-';
    lineStarts = dialect.trimBlocks && isBlock && sign === '' && source[at] === '\n';
    if (lineStarts) at += 1;
  }
  function find(pattern: RegExp, what: string): RegExpExecArray {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found === null) fail(what);
    return found;
  }

  while (at < source.length) {
    OPEN.lastIndex = at;
    const open = OPEN.exec(source);
    const end = open?.index ?? source.length;
    const mark = open?.[0] ?? '';
    pushText(source.slice(at, end), mark);
    stripNext = false;
    at = end + mark.length;
    if (open === null) break;
    if (mark.endsWith('}')) {
      const close = find(/\{%([-+]?)\s*endraw\s*([-+]?)%\}/g, "'endraw' is missing");
      stripNext = mark.endsWith('-%}');
      lineStarts = false;
      pushText(source.slice(at, close.index), `{%${close[1]}`);
      at = close.index + close[0].length;
      endTag(close[2], true);
    } else if (mark.startsWith('{#')) {
      const close = find(/([-+]?)#\}/g, 'Missing end of comment tag');
      at = close.index + close[0].length;
      endTag(close[1], true);
    } else {
      const kind = mark.startsWith('{%') ? 'Statement' : 'Expression';
      tokens.push({ value: mark.slice(0, 2), type: `Open${kind}` });
      lexCode(kind);
    }
  }
  return regroup(dialect.chatTags ? withoutGeneration(tokens) : tokens);

  function lexCode(kind: 'Statement' | 'Expression'): void {
    const close = kind === 'Statement' ? '%}' : '}}';
    const balance: string[] = [];
    for (;;) {
      at = find(/[^\s]|$/g, '').index;
      if (at >= source.length) fail(`unexpected end of template, expected '${close}'`);
      if (balance.length === 0) {
        const found = /^[-+]?(?=[%}]\})/.exec(source.slice(at, at + 3));
        if (found !== null && source.startsWith(close, at + found[0].length)) {
          at += found[0].length + 2;
          endTag(found[0], kind === 'Statement');
          tokens.push({ value: close, type: `Close${kind}` });
          return;
        }
      }
      if (!lexAtom()) lexOperator(balance);
    }
  }
  function lexAtom(): boolean {
    NAME.lastIndex = at;
    const name = NAME.exec(source)?.[0];
    if (name !== undefined) {
      tokens.push({ value: name, type: 'Identifier' });
      at += name.length;
      return true;
    }
    NUMBER.lastIndex = at;
    const number = NUMBER.exec(source)?.[0];
    if (number !== undefined) {
      tokens.push({ value: decimal(number), type: 'NumericLiteral' });
      at += number.length;
      return true;
    }
    STRING.lastIndex = at;
    const text = STRING.exec(source);
    if (text === null) return false;
    tokens.push({ value: decodeEscapes(text[1] ?? text[2] ?? ''), type: 'StringLiteral' });
    at += text[0].length;
    return true;
  }
  function lexOperator(balance: string[]): void {
    const found = OPERATORS.find(([symbol]) => source.startsWith(symbol, at));
    if (found === undefined) fail(`unexpected char ${JSON.stringify(source[at])}`);
    const [value, type] = found;
    const pairs: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
    const closer = pairs[value];
    if (closer !== undefined) balance.push(closer);
    else if (value === ')' || value === ']' || value === '}') {
      if (balance.pop() !== value) fail(`unexpected '${value}'`);
    }
    tokens.push({ value, type });
    at += value.length;
  }
}

/** The parser reads digits, and a point as the mark of a float. */
function decimal(literal: string): string {
  const plain = literal.replaceAll('_', '');
  if (/^0[box]/i.test(plain)) return BigInt(plain).toString();
  if (!/[eE]/.test(plain)) return plain;
  const text = Number(plain).toString();
  return /[.]/.test(text) ? text : text.replace(/^(-?\d+)/, '$1.0');
}

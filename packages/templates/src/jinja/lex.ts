/** Splits a template into texts and the tokens of its tags, by Jinja2's own rules. */
import { PyFloat } from '@evalgraph/formats';
import { decodeEscapes } from '../python/escapes.ts';
import { narrow } from '../python/number.ts';
import { lstrip, rstrip, strip } from '../python/text.ts';
import { PythonError, type Value } from '../python/value.ts';

export type TokenKind = 'text' | 'open' | 'close' | 'name' | 'number' | 'string' | 'operator';

export interface Token {
  readonly kind: TokenKind;
  /** The token as it is written; of a text or string what it holds; `{{`, `{%`, `}}`, `%}`. */
  readonly value: string;
  /** What a number or string is worth. */
  readonly literal: Value;
  /** The offset in the template at which it begins. */
  readonly at: number;
}

/** Which Jinja2 environment is followed. */
export interface Dialect {
  readonly keepTrailingNewline: boolean;
  /** trim_blocks and lstrip_blocks: a line that holds only a tag leaves nothing. */
  readonly trimBlocks: boolean;
  /** {% break %} and {% continue %}, and {% generation %}, which marks the assistant's text and changes none. */
  readonly chatTags: boolean;
  /** Filters of its own. */
  readonly filters: ReadonlySet<string>;
}

const OPEN = /\{(?:%[-+]?\s*raw\s*-?%\}|[%#{][-+]?)/g;
const NAME = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}_]*/uy;
const FLOAT = /[0-9](?:_?[0-9])*(?:(?:\.[0-9](?:_?[0-9])*)?[eE][-+]?[0-9](?:_?[0-9])*|\.[0-9](?:_?[0-9])*)/y;
const INTEGER = /0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|[1-9](?:_?[0-9])*|0(?:_?0)*/y;
const STRING = /'((?:[^'\\]|\\[\s\S])*)'|"((?:[^"\\]|\\[\s\S])*)"/y;
/** Longer ones first. */
const OPERATORS = '** // <= >= == != < > + - ~ * / % = ( ) [ ] { } , . : |'.split(' ');
const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
/** Python reads no longer ones (sys.get_int_max_str_digits). */
const MAX_LITERAL = 4300;

export interface Lexed {
  readonly tokens: readonly Token[];
  /** The template with its line ends as Jinja2 sees them. */
  readonly source: string;
}

/** @throws PythonError TemplateSyntaxError */
export function lex(template: string, dialect: Dialect): Lexed {
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
  function push(kind: TokenKind, value: string, literal: Value = null): void {
    tokens.push({ kind, value, literal, at });
  }
  function pushText(text: string, mark: string): void {
    const left = stripNext ? lstrip(text) : text;
    const indented = dialect.trimBlocks && /^\{[%#](?!\+)/.test(mark);
    const both = /^\{[%#{]-/.test(mark) ? rstrip(left) : indented ? withoutIndent(left) : left;
    if (both !== '') push('text', both);
  }
  function withoutIndent(text: string): string {
    const line = text.lastIndexOf('\n') + 1;
    return (line > 0 || lineStarts) && strip(text.slice(line)) === '' ? text.slice(0, line) : text;
  }
  /** Goes on behind the end of a tag; `sign` is what stood before that end. */
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
      push('open', mark.slice(0, 2));
      lexCode(mark.startsWith('{%') ? '%}' : '}}');
    }
  }
  return { tokens, source };

  function lexCode(close: '%}' | '}}'): void {
    const balance: string[] = [];
    for (;;) {
      at = find(/[^\s]|$/g, '').index;
      if (at >= source.length) fail(`unexpected end of template, expected '${close}'`);
      if (balance.length === 0) {
        const found = (close === '%}' ? /^[-+]?(?=%\})/ : /^-?(?=\}\})/).exec(source.slice(at, at + 3));
        if (found !== null && source.startsWith(close, at + found[0].length)) {
          at += found[0].length + 2;
          push('close', close);
          endTag(found[0], close === '%}');
          return;
        }
      }
      if (!lexAtom()) lexOperator(balance);
    }
  }
  function matched(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at;
    return pattern.exec(source);
  }
  function lexAtom(): boolean {
    const float = source[at - 1] === '.' ? null : matched(FLOAT);
    const integer = float === null ? matched(INTEGER) : null;
    const number = float ?? integer;
    if (number !== null) {
      const plain = number[0].replaceAll('_', '');
      if (integer !== null && plain.length > MAX_LITERAL) {
        fail(`a number of more than ${MAX_LITERAL} digits`);
      }
      push('number', number[0], integer === null ? new PyFloat(Number(plain)) : narrow(BigInt(plain)));
      at += number[0].length;
      return true;
    }
    const name = matched(NAME);
    if (name !== null) {
      push('name', name[0].normalize('NFKC'));
      at += name[0].length;
      return true;
    }
    const text = matched(STRING);
    if (text === null) return false;
    const held = decodeEscapes(text[1] ?? text[2] ?? '');
    push('string', held, held);
    at += text[0].length;
    return true;
  }
  function lexOperator(balance: string[]): void {
    const value = OPERATORS.find((symbol) => source.startsWith(symbol, at));
    if (value === undefined) fail(`unexpected char ${JSON.stringify(source[at])}`);
    const closer = CLOSERS[value];
    if (closer !== undefined) balance.push(closer);
    else if (value === ')' || value === ']' || value === '}') {
      if (balance.pop() !== value) fail(`unexpected '${value}'`);
    }
    push('operator', value);
    at += value.length;
  }
}

/** The tokens of a template one after the other, as its parsers take them. */
import { PythonError } from '../python/value.ts';
import type { Token } from './lex.ts';

/** Tags and parentheses inside each other: Python's own compiler gives up at about as many. */
const MAX_DEPTH = 100;

export interface TokenStream {
  current(): Token | null;
  /** The one after the current. */
  after(): Token | null;
  next(): Token;
  position(): number;
  /** The names that stand between an earlier position and this one. */
  namesSince(position: number): ReadonlySet<string>;
  isName(name: string): boolean;
  isOperator(symbol: string): boolean;
  isClose(): boolean;
  skipName(name: string): boolean;
  skipOperator(symbol: string): boolean;
  expectOperator(symbol: string): void;
  expectClose(symbol: '}}' | '%}'): void;
  /** Takes a name. */
  name(): string;
  deeper<T>(read: () => T): T;
  /** @throws PythonError TemplateSyntaxError */
  fail(what: string): never;
}

export function tokenStream(tokens: readonly Token[], source: string): TokenStream {
  let at = 0;
  let depth = 0;

  const current = (): Token | null => tokens[at] ?? null;
  function fail(what: string): never {
    const line = source.slice(0, current()?.at ?? source.length).split('\n').length;
    throw new PythonError('TemplateSyntaxError', `${what} (line ${line} of the template)`);
  }
  const found = (): string => {
    const token = current();
    return token === null ? 'the end of the template' : `'${token.value}'`;
  };
  const is = (kind: Token['kind'], value: string): boolean => {
    const token = current();
    return token !== null && token.kind === kind && token.value === value;
  };
  function next(): Token {
    const token = current() ?? fail('unexpected end of template');
    at += 1;
    return token;
  }
  function skip(kind: Token['kind'], value: string): boolean {
    if (!is(kind, value)) return false;
    at += 1;
    return true;
  }
  return {
    current,
    after: () => tokens[at + 1] ?? null,
    next,
    position: () => at,
    namesSince: (position) =>
      new Set(tokens.slice(position, at).flatMap(({ kind, value }) => (kind === 'name' ? [value] : []))),
    isName: (name) => is('name', name),
    isOperator: (symbol) => is('operator', symbol),
    isClose: () => current()?.kind === 'close',
    skipName: (name) => skip('name', name),
    skipOperator: (symbol) => skip('operator', symbol),
    expectOperator: (symbol) => {
      if (!skip('operator', symbol)) fail(`expected '${symbol}', got ${found()}`);
    },
    expectClose: (symbol) => {
      if (!skip('close', symbol)) fail(`expected '${symbol}', got ${found()}`);
    },
    name: () => {
      if (current()?.kind !== 'name') fail(`expected a name, got ${found()}`);
      return next().value;
    },
    deeper: (read) => {
      depth += 1;
      if (depth > MAX_DEPTH) fail(`tags or parentheses inside each other more than ${MAX_DEPTH} levels deep`);
      try {
        return read();
      } finally {
        depth -= 1;
      }
    },
    fail,
  };
}

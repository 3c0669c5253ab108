/**
 * What the parser library cannot say, said with filters that no template can name: parentheses around a comparison
 * (it keeps none, and (a == b) != c is no chain a == b != c), and tests with arguments (x is divisibleby(2)).
 */
import type { Token } from './lex.ts';

export const GROUP = '(group)';
export const TEST = '(test)';
export const NEGATED_TEST = '(not test)';

const KEYWORDS = new Set(['if', 'elif', 'else', 'and', 'or', 'not', 'in', 'is']);
const AFTER_A_VALUE = new Set(['CloseParen', 'CloseSquareBracket', 'StringLiteral']);
const BINDS_TIGHTER = new Set(['Dot', 'OpenParen', 'OpenSquareBracket']);
const OPENS = /^Open(?:Paren|SquareBracket|CurlyBracket)$/;
const CLOSES = /^Close(?:Paren|SquareBracket|CurlyBracket)$/;

export function regroup(tokens: readonly Token[]): readonly Token[] {
  return withTestArguments(withGroups(tokens));
}

/** {% generation %} marks the assistant's text for training: the text is the same without the mark. */
export function withoutGeneration(tokens: readonly Token[]): readonly Token[] {
  const isMark = (at: number): boolean =>
    tokens[at]?.type === 'OpenStatement' &&
    /^(?:end)?generation$/.test(tokens[at + 1]?.value ?? '') &&
    tokens[at + 2]?.type === 'CloseStatement';
  return tokens.filter((_, index) => !(isMark(index) || isMark(index - 1) || isMark(index - 2)));
}

/** Puts the filter GROUP after each parenthesis around a comparison. */
function withGroups(tokens: readonly Token[]): readonly Token[] {
  const out: Token[] = [];
  const open: { isGroup: boolean; compares: boolean }[] = [];
  for (const [index, token] of tokens.entries()) {
    out.push(token);
    if (OPENS.test(token.type)) {
      const before = tokens[index - 1];
      const isCall =
        before?.type === 'Identifier' ? !KEYWORDS.has(before.value) : AFTER_A_VALUE.has(before?.type ?? '');
      open.push({ isGroup: token.type === 'OpenParen' && !isCall, compares: false });
    } else if (token.type === 'ComparisonBinaryOperator' || isName(token, 'in')) {
      const inner = open.at(-1);
      if (inner !== undefined) inner.compares = true;
    } else if (CLOSES.test(token.type)) {
      const closed = open.pop();
      if (closed?.isGroup && closed.compares && !BINDS_TIGHTER.has(tokens[index + 1]?.type ?? '')) {
        out.push({ value: '|', type: 'Pipe' }, { value: GROUP, type: 'Identifier' });
      }
    }
  }
  return out;
}

/** `x is f(a)`, `x is not f a` -> `x | TEST("f", a)`. A test without arguments is the parser's. */
function withTestArguments(tokens: readonly Token[]): readonly Token[] {
  const before = new Map<number, readonly Token[]>();
  const after = new Map<number, number>();
  const dropped = new Set<number>();
  for (const [index, token] of tokens.entries()) {
    if (!isName(token, 'is') || tokens[index - 1]?.type === 'Dot') continue;
    const negated = isName(tokens[index + 1], 'not');
    const nameAt = index + (negated ? 2 : 1);
    const name = tokens[nameAt];
    const end = name?.type === 'Identifier' ? argumentEnd(tokens, nameAt + 1) : null;
    if (name === undefined || end === null) continue;
    const inParens = tokens[nameAt + 1]?.type === 'OpenParen';
    for (let at = index; at <= nameAt + (inParens ? 1 : 0); at += 1) dropped.add(at);
    const isEmpty = inParens && end === nameAt + 2;
    before.set(nameAt, [
      { value: '|', type: 'Pipe' },
      { value: negated ? NEGATED_TEST : TEST, type: 'Identifier' },
      { value: '(', type: 'OpenParen' },
      { value: name.value, type: 'StringLiteral' },
      ...(isEmpty ? [] : [{ value: ',', type: 'Comma' }]),
    ]);
    if (!inParens) after.set(end, (after.get(end) ?? 0) + 1);
  }
  return tokens.flatMap((token, index) => [
    ...(before.get(index) ?? []),
    ...(dropped.has(index) ? [] : [token]),
    ...Array.from({ length: after.get(index) ?? 0 }, () => ({ value: ')', type: 'CloseParen' })),
  ]);
}

/** The last token of a test's arguments that begin at `start`; null where there are none. */
function argumentEnd(tokens: readonly Token[], start: number): number | null {
  const first = tokens[start];
  if (first === undefined) return null;
  if (first.type === 'OpenParen') return closing(tokens, start);
  const isLiteral = first.type === 'StringLiteral' || first.type === 'NumericLiteral';
  const isBracket = first.type === 'OpenSquareBracket' || first.type === 'OpenCurlyBracket';
  if (!isLiteral && !isBracket && !(first.type === 'Identifier' && !KEYWORDS.has(first.value))) return null;
  let end = isBracket ? closing(tokens, start) : start;
  for (;;) {
    const next = tokens[end + 1];
    if (next?.type === 'Dot') end += 2;
    else if (next?.type === 'OpenParen' || next?.type === 'OpenSquareBracket') end = closing(tokens, end + 1);
    else return end;
  }
}

/** The bracket that closes the one at `start`; the lexer has checked that they pair. */
function closing(tokens: readonly Token[], start: number): number {
  let depth = 0;
  for (let at = start; at < tokens.length; at += 1) {
    const type = tokens[at]?.type ?? '';
    if (OPENS.test(type)) depth += 1;
    else if (CLOSES.test(type)) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return tokens.length - 1;
}

function isName(token: Token | undefined, name: string): boolean {
  return token?.type === 'Identifier' && token.value === name;
}

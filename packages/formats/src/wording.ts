/** How messages and views word lists, counts, values and guesses. */
import { nearest, suggest } from './suggest.ts';

const SHOWN_CHARACTERS = 60;
const MOST_NAMED = 10;

/** `1,234`. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) throw new RangeError(`${count} is no count`);
  return count.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 checkpoint`, `1,234 checkpoints`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** `a, b and 7 more`: the first `most` items of a list, and how many follow. */
export function firstOf(items: readonly (string | number)[], most = MOST_NAMED): string {
  const rest = items.length - most;
  return `${items.slice(0, most).join(', ')}${rest > 0 ? ` and ${formatCount(rest)} more` : ''}`;
}

/** The same with a line for each item. */
export function linesOf(items: readonly string[], most: number = items.length): string {
  const rest = items.length - most;
  const lines = items.slice(0, most).map((item) => `  ${item}`);
  return [...lines, ...(rest > 0 ? [`  … and ${formatCount(rest)} more`] : [])].join('\n');
}

/** `a, b or c`. */
export function alternatives(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} or ${last}`;
}

/** The end of a sentence that names something unknown: a full stop, or the legal name that was probably meant. */
export function orMeant(name: string, legal: Iterable<string>): string {
  const guess = suggest(name, legal);
  return guess === null ? '.' : `; did you mean '${guess}'?`;
}

/** A question to put before another sentence: the legal names that are near to `name`; empty where none is. */
export function didYouMean(name: string, legal: Iterable<string>, most = 1): string {
  const near = nearest(name, legal, most).map((guess) => `'${guess}'`);
  return near.length === 0 ? '' : `Did you mean ${alternatives(near)}? `;
}

/** A value as JSON in one line, cut where it is long; `missing` where there is none. */
export function shown(value: unknown, mostCharacters = SHOWN_CHARACTERS): string {
  return cut(JSON.stringify(value) ?? 'missing', mostCharacters);
}

/** A text of at most so many characters (UTF-16 units), the last being `…` where it was longer. */
export function cut(text: string, mostCharacters: number): string {
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters - 1).toWellFormed()}…`;
}

/** Enough of a digest to tell it from others. */
export function shortDigest(sha256: string): string {
  return sha256.slice(0, 12);
}

/**
 * Hashes of a text's n-grams of words, each in constant time: prefix polynomials modulo 2^32. Words are runs of
 * letters and digits, lower-cased; punctuation and white space between them do not matter.
 */
import { WORD } from './character-class.ts';
import { mix32 } from './hash.ts';
import { scanWords } from './words.ts';

export type GramUnit = 'words' | 'characters';

const BASE = 0x01000193;
const OTHER_BASE = 0x9e3779b1 | 0;

let grams = new Int32Array(0);

/**
 * The n-grams' hashes in order, 32 bits each, well mixed; a text with fewer than n units has one, of all of them; one
 * without any has none. The array is overwritten by the next call.
 */
export function shingles(text: string, n: number, unit: GramUnit): Int32Array {
  const { count, hashes } = scanWords(text.toLowerCase(), WORD, unit === 'characters');
  const size = Math.min(n, count);
  const total = size === 0 ? 0 : count - size + 1;
  if (grams.length < total) grams = new Int32Array(2 ** Math.ceil(Math.log2(total)));
  const drop = power(BASE, size);
  let hash = 0;
  for (let at = 0; at < count; at += 1) {
    hash = (Math.imul(hash, BASE) + mix32(hashes[at] ?? 0)) | 0;
    if (at >= size) hash = (hash - Math.imul(drop, mix32(hashes[at - size] ?? 0))) | 0;
    if (at >= size - 1) grams[at - size + 1] = mix32(hash);
  }
  return grams.subarray(0, total);
}

export interface GramHashes {
  readonly words: number;
  /** The n-gram from word `at` on, 64 bits in two words. */
  readonly high: (at: number, n: number) => number;
  readonly low: (at: number, n: number) => number;
}

let one = new Int32Array(1);
let other = new Int32Array(1);

/** Any n-gram of a text, of any length. Valid until the next call. */
export function gramHashes(text: string): GramHashes {
  const { count, hashes } = scanWords(text.toLowerCase(), WORD);
  if (one.length <= count) {
    one = new Int32Array(2 ** Math.ceil(Math.log2(count + 2)));
    other = new Int32Array(one.length);
  }
  for (let at = 0; at < count; at += 1) {
    const hash = mix32(hashes[at] ?? 0);
    one[at + 1] = (Math.imul(one[at] ?? 0, BASE) + hash) | 0;
    other[at + 1] = (Math.imul(other[at] ?? 0, OTHER_BASE) + Math.imul(hash, 0x85ebca6b)) | 0;
  }
  const part = (prefix: Int32Array, powers: Int32Array, at: number, n: number): number =>
    mix32(((prefix[at + n] ?? 0) - Math.imul(prefix[at] ?? 0, powers[n] ?? 0)) | 0);
  return {
    words: count,
    high: (at, n) => part(one, POWERS, at, n),
    low: (at, n) => part(other, OTHER_POWERS, at, n),
  };
}

export const MAX_GRAM = 64;
const POWERS = Int32Array.from({ length: MAX_GRAM + 1 }, (_, n) => power(BASE, n));
const OTHER_POWERS = Int32Array.from({ length: MAX_GRAM + 1 }, (_, n) => power(OTHER_BASE, n));

function power(base: number, exponent: number): number {
  let result = 1;
  for (let at = 0; at < exponent; at += 1) result = Math.imul(result, base);
  return result;
}

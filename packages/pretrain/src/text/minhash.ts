/**
 * MinHash (Broder 1997) of a text's shingles, and the bands by which locality-sensitive hashing finds candidates. A
 * permutation is x -> a x + b modulo 2^32, a odd: a bijection of the well-mixed 32-bit shingles. With b bands of r rows a pair of
 * similarity s meets in a band with probability 1 - (1 - s^r)^b.
 */

import { type GramUnit, shingles } from './grams.ts';
import { mix32, seeded32 } from './hash.ts';

export interface MinhashSettings {
  /** Units of a shingle. */
  readonly n: number;
  readonly unit: GramUnit;
  readonly bands: number;
  /** Permutations of a band; bands times rows is the length of a signature. */
  readonly rows: number;
  readonly seed: number;
}

/** Signature of a text: one minimum for each permutation; null for a text without a word. */
export type Minhash = (text: string) => Int32Array | null;

export function createMinhash({ n, unit, bands, rows, seed }: MinhashSettings): Minhash {
  const permutations = bands * rows;
  const next = seeded32(seed);
  const factors = Int32Array.from({ length: permutations }, () => next() | 1);
  const offsets = Int32Array.from({ length: permutations }, () => next());
  return (text) => {
    const grams = shingles(text, n, unit);
    const total = grams.length;
    if (total === 0) return null;
    const signature = new Int32Array(permutations);
    for (let at = 0; at < permutations; at += 1) {
      const factor = factors[at] ?? 0;
      const offset = offsets[at] ?? 0;
      let least = 0x7fffffff;
      for (let gram = 0; gram < total; gram += 1) {
        const value = (Math.imul(factor, grams[gram] ?? 0) + offset) | 0;
        if (value < least) least = value;
      }
      signature[at] = least;
    }
    return signature;
  };
}

/** Two 32-bit words that name a band's rows: equal rows, equal words. Rows start at `at` of the array. */
export function bandHash(words: Int32Array, at: number, rows: number): readonly [number, number] {
  let one = 0x2545f491;
  let other = 0x4f6cdd1d;
  for (let row = 0; row < rows; row += 1) {
    const value = words[at + row] ?? 0;
    one = mix32(one ^ value);
    other = mix32(Math.imul(other, 0x9e3779b1) + value);
  }
  return [one, other];
}

/** The estimated Jaccard similarity: the share of permutations with equal minima. */
export function estimateSimilarity(one: Int32Array, other: Int32Array): number {
  if (one.length === 0 || one.length !== other.length)
    throw new RangeError(`signatures of ${one.length} and ${other.length} permutations`);
  let equal = 0;
  for (let at = 0; at < one.length; at += 1) if (one[at] === other[at]) equal += 1;
  return equal / one.length;
}

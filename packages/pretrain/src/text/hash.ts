/** Small hashes and a seeded generator: nothing here is for secrets. */
import { hash } from 'node:crypto';

/** Murmur3's finaliser: every bit of the input moves every bit of the result. */
export function mix32(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}

/** Uniform signed 32-bit integers from a seed (splitmix32). */
export function seeded32(seed: number): () => number {
  let state = mix32(seed | 0);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return mix32(state);
  };
}

/** The first 128 bits of the SHA-256 of the text's UTF-8, as four words. */
export function textDigest(text: string): Uint32Array {
  const bytes = hash('sha256', text, 'buffer');
  return Uint32Array.from({ length: 4 }, (_, word) => bytes.readUInt32LE(word * 4));
}

/**
 * A document's place in a seeded order: by it samples are drawn and output is shuffled. Two words, high and low;
 * 53 bits of them are used. It depends on seed, source and id alone, so on no worker and on no neighbour.
 */
export function orderWords(seed: number, source: string, id: string): readonly [number, number] {
  const bytes = hash('sha256', `${seed}\n${source}\n${id}`, 'buffer');
  return [bytes.readUInt32LE(0) & 0x1fffff, bytes.readUInt32LE(4)];
}

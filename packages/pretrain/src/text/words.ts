/**
 * The words of a text as numbers: where each begins and ends, and a hash of it. One pass, no strings made: this is
 * what shingles, n-grams and repetitions are counted on. Knows no thresholds.
 */
import { CHARACTER_CLASS } from './character-class.ts';

export interface Words {
  /** How many of the arrays' entries are filled. */
  readonly count: number;
  /** FNV-1a of the UTF-16 units. */
  readonly hashes: Int32Array;
  /** UTF-16 positions; `ends` is exclusive. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

let hashes = new Int32Array(1 << 12);
let starts = new Int32Array(1 << 12);
let ends = new Int32Array(1 << 12);

/**
 * Maximal runs of characters of a class, or (`isEach`) each such character on its own: for scripts without spaces.
 * The arrays are overwritten by the next call.
 * @param mask of character-class.ts: NOT_SPACE for what white space separates, WORD for letters and digits
 */
export function scanWords(text: string, mask: number, isEach = false): Words {
  const { length } = text;
  let count = 0;
  let hash = 0;
  let start = -1;
  for (let at = 0; at < length; at += 1) {
    const code = text.charCodeAt(at);
    if (((CHARACTER_CLASS[code] ?? 0) & mask) !== 0) {
      if (start < 0) {
        start = at;
        hash = 0x811c9dc5 | 0;
      }
      hash = Math.imul(hash ^ code, 0x01000193);
      if (!isEach) continue;
    }
    if (start >= 0) {
      if (count === hashes.length) grow();
      hashes[count] = hash;
      starts[count] = start;
      ends[count] = isEach ? start + 1 : at;
      count += 1;
      start = -1;
    }
  }
  if (start >= 0) {
    if (count === hashes.length) grow();
    hashes[count] = hash;
    starts[count] = start;
    ends[count] = length;
    count += 1;
  }
  return { count, hashes, starts, ends };
}

function grow(): void {
  const larger = (old: Int32Array): Int32Array<ArrayBuffer> => {
    const array = new Int32Array(old.length * 2);
    array.set(old);
    return array;
  };
  hashes = larger(hashes);
  starts = larger(starts);
  ends = larger(ends);
}

/** Words that white space separates, as Python's str.split() counts them. */
export function countWords(text: string, mask: number): number {
  let count = 0;
  let isInside = false;
  for (let at = 0; at < text.length; at += 1) {
    const is = ((CHARACTER_CLASS[text.charCodeAt(at)] ?? 0) & mask) !== 0;
    if (is && !isInside) count += 1;
    isInside = is;
  }
  return count;
}

/**
 * CPython's random.Random with an integer seed: the Mersenne Twister, and the draws that few-shot sampling and the
 * bootstrap use. Other distributions and other seeds are not here.
 */
import { mersenneTwister } from './mersenne-twister.ts';

export interface PythonRandom {
  /** Uniform in [0, 1), 53 bits. */
  random(): number;
  /** `bits` random bits, 1 to 32. */
  getrandbits(bits: number): number;
  /** Uniform in [0, n), by rejection. */
  randbelow(n: number): number;
  /** `count` items without replacement. Throws RangeError where there are fewer. */
  sample<T>(items: readonly T[], count: number): T[];
  /** A shuffled copy (CPython's shuffles in place). */
  shuffle<T>(items: readonly T[]): T[];
}

/** random.Random(seed) for an integer 0 <= seed < 2^53. */
export function pythonRandom(seed: number): PythonRandom {
  const next = mersenneTwister(seedKey(seed));
  function random(): number {
    const high = next() >>> 5;
    return (high * 0x4000000 + (next() >>> 6)) / 2 ** 53;
  }
  function getrandbits(bits: number): number {
    if (!Number.isInteger(bits) || bits < 1 || bits > 32) throw new RangeError(`getrandbits(${bits})`);
    return next() >>> (32 - bits);
  }
  function randbelow(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n >= 2 ** 32) throw new RangeError(`randbelow(${n})`);
    const bits = 32 - Math.clz32(n);
    let value = getrandbits(bits);
    while (value >= n) value = getrandbits(bits);
    return value;
  }
  function sample<T>(items: readonly T[], count: number): T[] {
    const n = items.length;
    if (count < 0 || count > n) throw new RangeError('Sample larger than population or is negative');
    const result: T[] = [];
    if (n <= sampleSetSize(count)) {
      const pool = [...items];
      for (let i = 0; i < count; i += 1) {
        const j = randbelow(n - i);
        result.push(pool[j] as T);
        pool[j] = pool[n - i - 1] as T;
      }
      return result;
    }
    const selected = new Set<number>();
    while (result.length < count) {
      const j = randbelow(n);
      if (selected.has(j)) continue;
      selected.add(j);
      result.push(items[j] as T);
    }
    return result;
  }
  function shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i -= 1) {
      const j = randbelow(i + 1);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }
  return { random, getrandbits, randbelow, sample, shuffle };
}

/** Below this population CPython copies the list, above it draws with rejection: the two consume differently. */
function sampleSetSize(count: number): number {
  if (count <= 5) return 21;
  let power = 1;
  while (power < count * 3) power *= 4;
  return 21 + power;
}

function seedKey(seed: number): readonly number[] {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed ${seed} is no safe integer`);
  const magnitude = Math.abs(seed);
  return magnitude < 2 ** 32 ? [magnitude] : [magnitude % 2 ** 32, Math.floor(magnitude / 2 ** 32)];
}

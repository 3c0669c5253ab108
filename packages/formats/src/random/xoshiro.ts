/**
 * A seeded source of random numbers: xoshiro128** 1.1 (Blackman, Vigna 2018, "Scrambled Linear Pseudorandom Number
 * Generators"), its state filled by splitmix32. The same on every machine; a seed belongs into every record.
 */
export interface Random {
  /** A whole number from 0 to 2^32 - 1. */
  next(): number;
  /** A whole number from 0 to `bound` - 1, without bias. @throws RangeError bound not in 1 to 2^32 */
  below(bound: number): number;
}

/** @throws RangeError for a seed that is no whole number from 0 to 2^32 - 1 */
export function seededRandom(seed: number): Random {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) throw new RangeError(`seed ${seed}`);
  let at = seed;
  const fill = (): number => {
    at = (at + 0x9e3779b9) | 0;
    let mixed = at ^ (at >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
  return xoshiro128(fill(), fill(), fill(), fill());
}

/** The generator from a given state of four 32-bit words, not all zero. */
export function xoshiro128(s0: number, s1: number, s2: number, s3: number): Random {
  let a = s0 | 0;
  let b = s1 | 0;
  let c = s2 | 0;
  let d = s3 | 0;
  const next = (): number => {
    const scrambled = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotated(d, 11);
    return scrambled;
  };
  const below = (bound: number): number => {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) throw new RangeError(`bound ${bound}`);
    // Numbers beyond the last whole multiple of the bound would favour the small ones.
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let value = next();
    while (value >= limit) value = next();
    return value % bound;
  };
  return { next, below };
}

function rotated(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

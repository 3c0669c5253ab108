/**
 * Seeded normal numbers for initial weights, the same on every machine: MT19937 (Matsumoto, Nishimura 1998; seeded by
 * an array, as NumPy's RandomState) through the inverse of the normal distribution (Wichura 1988, algorithm AS 241,
 * as Python's statistics.NormalDist.inv_cdf). One draw a number, so a tensor can be made in pieces of any size.
 */
import { createHash } from 'node:crypto';

const N = 624;
const M = 397;

/** Unsigned numbers of 32 bits. */
export type Draw = () => number;

/** Draws for one tensor: by its name, so that neither order nor shards nor other tensors change its values. */
export function tensorDraws(seed: number, name: string): Draw {
  const digest = createHash('sha256').update(`${seed}:${name}`).digest();
  return mersenneTwister(Array.from({ length: 8 }, (_, word) => digest.readUInt32LE(word * 4)));
}

/** @param key unsigned numbers of 32 bits, at least one. */
export function mersenneTwister(key: readonly number[]): Draw {
  const state = seedByArray(key);
  let at = N;
  return () => {
    if (at === N) {
      regenerate(state);
      at = 0;
    }
    let y = state[at] ?? 0;
    at += 1;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  };
}

function seedByArray(key: readonly number[]): Uint32Array {
  const state = new Uint32Array(N);
  state[0] = 19650218;
  for (let i = 1; i < N; i += 1) state[i] = Math.imul(1812433253, folded(state[i - 1])) + i;
  let i = 1;
  let j = 0;
  const advance = (): void => {
    i += 1;
    if (i < N) return;
    state[0] = state[N - 1] ?? 0;
    i = 1;
  };
  for (let k = Math.max(N, key.length); k > 0; k -= 1) {
    state[i] = ((state[i] ?? 0) ^ Math.imul(folded(state[i - 1]), 1664525)) + (key[j] ?? 0) + j;
    advance();
    j = (j + 1) % key.length;
  }
  for (let k = N - 1; k > 0; k -= 1) {
    state[i] = ((state[i] ?? 0) ^ Math.imul(folded(state[i - 1]), 1566083941)) - i;
    advance();
  }
  state[0] = 0x80000000;
  return state;
}

function folded(word: number | undefined): number {
  const value = word ?? 0;
  return value ^ (value >>> 30);
}

function regenerate(state: Uint32Array): void {
  for (let i = 0; i < N; i += 1) {
    const y = ((state[i] ?? 0) & 0x80000000) | ((state[(i + 1) % N] ?? 0) & 0x7fffffff);
    state[i] = (state[(i + M) % N] ?? 0) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
}

/** A standard normal number out of one draw: the quantile of the middle of the draw's cell of 2^-32. */
export function normalOf(draw: number): number {
  return normalQuantile((draw + 0.5) / 2 ** 32);
}

/** Inverse of the standard normal distribution, for 0 < p < 1; relative error about 1e-16. */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(0.180625 - q * q, CENTRE_A, CENTRE_B);
  const r = Math.sqrt(-Math.log(q <= 0 ? p : 1 - p));
  const x = r <= 5 ? ratio(r - 1.6, MIDDLE_A, MIDDLE_B) : ratio(r - 5, TAIL_A, TAIL_B);
  return q < 0 ? -x : x;
}

/** Two polynomials, highest power first. */
function ratio(x: number, a: Float64Array, b: Float64Array): number {
  let above = 0;
  let below = 0;
  for (let i = 0; i < 8; i += 1) {
    above = above * x + (a[i] ?? 0);
    below = below * x + (b[i] ?? 0);
  }
  return above / below;
}

// The coefficients of AS 241 (PPND16).
const CENTRE_A = Float64Array.of(
  2509.0809287301227,
  33430.57558358813,
  67265.7709270087,
  45921.95393154987,
  13731.69376550946,
  1971.5909503065513,
  133.14166789178438,
  3.3871328727963665,
);
const CENTRE_B = Float64Array.of(
  5226.495278852854,
  28729.085735721943,
  39307.89580009271,
  21213.794301586597,
  5394.196021424751,
  687.1870074920579,
  42.31333070160091,
  1,
);
const MIDDLE_A = Float64Array.of(
  0.0007745450142783414,
  0.022723844989269184,
  0.2417807251774506,
  1.2704582524523684,
  3.6478483247632045,
  5.769497221460691,
  4.630337846156546,
  1.4234371107496835,
);
const MIDDLE_B = Float64Array.of(
  1.0507500716444169e-9,
  0.0005475938084995345,
  0.015198666563616457,
  0.14810397642748008,
  0.6897673349851,
  1.6763848301838038,
  2.053191626637759,
  1,
);
const TAIL_A = Float64Array.of(
  2.0103343992922881e-7,
  2.7115555687434876e-5,
  0.0012426609473880784,
  0.026532189526576124,
  0.29656057182850487,
  1.7848265399172913,
  5.463784911164114,
  6.657904643501103,
);
const TAIL_B = Float64Array.of(
  2.0442631033899397e-15,
  1.421511758316446e-7,
  1.8463183175100548e-5,
  0.0007868691311456133,
  0.014875361290850615,
  0.1369298809227358,
  0.599832206555888,
  1,
);

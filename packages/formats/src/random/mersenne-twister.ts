/**
 * The Mersenne Twister MT19937 (Matsumoto, Nishimura 1998), seeded by an array, as CPython's random and NumPy's RandomState
 * seed it. It gives the same numbers on every machine.
 */

const N = 624;
const M = 397;

/** Gives the next unsigned number of 32 bits. */
export type Draw = () => number;

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

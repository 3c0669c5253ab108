/**
 * Draws a token from a distribution: temperature, then the k most likely, then the nucleus (top-p; Holtzman, Buys,
 * Du, Forbes, Choi 2020, "The Curious Case of Neural Text Degeneration"), in the order of transformers' samplers.
 * Random numbers are a function of seed and step alone, so neither batches nor a resumed run change a text.
 */
import type { Sampling } from './requests.ts';

/** @param logProbs nats, of every token of the vocabulary. @param step tokens drawn before this one. */
export function sampleToken(logProbs: Float32Array, sampling: Sampling, step: number): number {
  const { tokens, probabilities } = samplingDistribution(logProbs, sampling);
  let left = uniform(sampling.seed, step);
  for (const [at, probability] of probabilities.entries()) {
    left -= probability;
    if (left < 0) return tokens[at] ?? 0;
  }
  // Rounding can leave a last sliver.
  return tokens.at(-1) ?? 0;
}

/** What is drawn from: tokens, most likely first (the smaller one among equals), and probabilities that sum to 1. */
export function samplingDistribution(
  logProbs: Float32Array,
  { temperature, topK, topP }: Omit<Sampling, 'seed'>,
): { readonly tokens: readonly number[]; readonly probabilities: readonly number[] } {
  const at = (token: number): number => logProbs[token] ?? Number.NaN;
  const order = Array.from(logProbs.keys()).sort((a, b) => at(b) - at(a) || a - b);
  const likely = topK === 0 ? order : order.slice(0, topK);
  const most = at(likely[0] ?? 0);
  const shares = normalised(likely.map((token) => Math.exp((at(token) - most) / temperature)));
  const nucleus = nucleusSize(shares, topP);
  return { tokens: likely.slice(0, nucleus), probabilities: normalised(shares.slice(0, nucleus)) };
}

function normalised(weights: readonly number[]): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** How many shares, descending, it takes to reach topP; at least one. */
function nucleusSize(shares: readonly number[], topP: number): number {
  if (topP >= 1) return shares.length;
  let sum = 0;
  const last = shares.findIndex((share) => {
    sum += share;
    return sum >= topP;
  });
  return last < 0 ? shares.length : last + 1;
}

/** A number in [0, 1) of 32 bits: the finaliser of MurmurHash3 over seed and step. */
export function uniform(seed: number, step: number): number {
  return mix(mix(seed ^ 0x9e3779b9) + Math.imul(step + 1, 0x9e3779b9)) / 2 ** 32;
}

function mix(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** McNemar's exact test for two models that answered the same documents right or wrong. */
import type { PairedTask } from '@evalgraph/formats';
import { sum } from './mean.ts';

/**
 * Two-sided exact p: under the null hypothesis each of the n = b + c discordant documents falls on either side
 * with probability 1/2, so p = min(1, 2 P(X <= min(b, c))) with X binomial (n, 1/2). No discordant document: 1.
 * (McNemar 1947 in its exact form; the same as statsmodels' `mcnemar(table, exact=True)`.)
 *
 * @param rightToWrong documents that the first model answers right and the second wrong
 * @param wrongToRight the reverse
 * @returns p in [0, 1]; relative error below 1e-10 for n up to 1e5; below the smallest double it is 0.
 */
export function mcnemarExactP(rightToWrong: number, wrongToRight: number): number {
  const n = countOf(rightToWrong) + countOf(wrongToRight);
  const smaller = Math.min(rightToWrong, wrongToRight);
  if (2 * smaller >= n - 1) return 1; // both tails together are everything (n = 0 and n = 2 smaller + 1 included)
  // The tail in units of its largest term, C(n, smaller): each lower term is k / (n - k + 1) of the one above it.
  let tail = 1;
  let term = 1;
  for (let k = smaller; k > 0 && term > Number.EPSILON * 1e-3; k--) {
    term *= k / (n - k + 1);
    tail += term;
  }
  return Math.min(1, 2 * Math.exp(logBinomial(n, smaller) - n * Math.LN2) * tail);
}

/** The test's counts and p of paired scores; null where a score is neither 0 nor 1. */
export function mcnemar(dense: readonly number[], pruned: readonly number[]): PairedTask['mcnemar'] {
  let rightToWrong = 0;
  let wrongToRight = 0;
  for (const [index, first] of dense.entries()) {
    const second = pruned[index];
    if ((first !== 0 && first !== 1) || (second !== 0 && second !== 1)) return null;
    if (first > second) rightToWrong++;
    if (second > first) wrongToRight++;
  }
  return { rightToWrong, wrongToRight, p: mcnemarExactP(rightToWrong, wrongToRight) };
}

/** ln C(n, k) as a compensated sum of logarithms: factorials overflow at 171. */
function logBinomial(n: number, k: number): number {
  const logs: number[] = [];
  for (let i = 1; i <= k; i++) logs.push(Math.log((n - k + i) / i));
  return sum(logs);
}

function countOf(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no count of documents`);
  return value;
}

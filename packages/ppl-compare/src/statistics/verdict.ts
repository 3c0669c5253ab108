/** What may be said of a difference: significant, not significant, or that the test could not have told. */
import { type AnalysisOptions, normalQuantile, type Verdict } from '@evalgraph/formats';

export type VerdictRules = Pick<AnalysisOptions, 'alpha' | 'power' | 'relevantDifference'>;

/**
 * The difference that a two-sided test at `alpha` finds with probability `power`, given this standard error:
 * (z_{1 - alpha/2} + z_power) x stderr (Cohen 1988; statsmodels' NormalIndPower solves the same).
 */
export function minimumDetectable(
  stderr: number,
  { alpha, power }: Pick<VerdictRules, 'alpha' | 'power'>,
): number {
  return (normalQuantile(1 - alpha / 2) + normalQuantile(power)) * stderr;
}

/**
 * What no standard error tells, least of all where no document differs and it is 0: an exact test of signs needs `k`
 * documents that differ, all to one side, before p falls below alpha (2 x 0.5^k). The smallest share of such documents
 * of which n draws hold k with probability `power`: P(Binomial(n, share) >= k) = power.
 * @param draws documents, or groups of documents that share a context
 * @returns null where n draws can never be enough
 */
export function minimumShare(
  draws: number,
  { alpha, power }: Pick<VerdictRules, 'alpha' | 'power'>,
): number | null {
  const needed = Math.floor(Math.log2(2 / alpha)) + 1;
  if (draws < needed) return null;
  let [low, high] = [0, 1];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (1 - below(needed, draws, middle) < power) low = middle;
    else high = middle;
  }
  return high;
}

/** P(Binomial(n, share) < k), for a share between 0 and 1. */
function below(k: number, n: number, share: number): number {
  if (share >= 1) return n < k ? 1 : 0;
  let logTerm = n * Math.log1p(-share);
  let sum = Math.exp(logTerm);
  for (let i = 1; i < k; i += 1) {
    logTerm += Math.log((n - i + 1) / i) + Math.log(share) - Math.log1p(-share);
    sum += Math.exp(logTerm);
  }
  return sum;
}

/** @param minimumDetectable null: no standard error is known, so nothing can be excluded */
export function verdictOf(adjustedP: number, minimumDetectable: number | null, rules: VerdictRules): Verdict {
  if (adjustedP < rules.alpha) return 'significant';
  return minimumDetectable === null || minimumDetectable > rules.relevantDifference
    ? 'underpowered'
    : 'not significant';
}

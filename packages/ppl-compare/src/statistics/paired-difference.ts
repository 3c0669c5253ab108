/** The difference of two models' mean scores over the same documents, and how sure it is. */
import { mean, standardError, sum } from './mean.ts';

/** Two-sided 95 % quantile of the normal distribution, as the usual tables round it. */
const NORMAL_95 = 1.96;

/** Scores of the same documents in the same order. `weight`: this stratum's share of the whole (they sum to 1). */
export interface Stratum {
  readonly weight: number;
  readonly dense: readonly number[];
  readonly pruned: readonly number[];
}

export interface PairedDifference {
  /** pruned - dense. */
  readonly difference: number;
  /** Standard error of the difference; null where a stratum has fewer than two documents. */
  readonly stderr: number | null;
  /** difference -+ 1.96 stderr. */
  readonly interval95: readonly [number, number] | null;
}

/**
 * Difference of weighted means: sum over strata of w_i mean(d_i), with d the documents' pruned - dense, and
 * standard error sqrt(sum w_i^2 se_i^2). One stratum of weight 1 is the ordinary paired comparison
 * (scipy.stats.ttest_rel's mean and standard error); a group of tasks has a stratum for each task.
 * Pairing takes out what both models find hard, so the interval is narrower than an unpaired one.
 */
export function pairedDifference(strata: readonly Stratum[]): PairedDifference {
  const parts = strata.map(({ weight, dense, pruned }) => {
    const differences = dense.map((score, index) => minus(pruned[index], score));
    const stderr = standardError(differences);
    return {
      difference: weight * mean(differences),
      variance: stderr === null ? null : (weight * stderr) ** 2,
    };
  });
  const difference = sum(parts.map((part) => part.difference));
  const variances = parts.flatMap((part) => (part.variance === null ? [] : [part.variance]));
  const stderr = variances.length < parts.length ? null : Math.sqrt(sum(variances));
  const interval95 =
    stderr === null ? null : ([difference - NORMAL_95 * stderr, difference + NORMAL_95 * stderr] as const);
  return { difference, stderr, interval95 };
}

function minus(pruned: number | undefined, dense: number): number {
  if (pruned === undefined) throw new RangeError('paired scores of different lengths');
  return pruned - dense;
}

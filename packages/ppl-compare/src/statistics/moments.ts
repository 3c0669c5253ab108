/**
 * Means of two models over the same documents, with the covariance matrix of the two means. Difference and recovery
 * both come of it, so that they tell one story.
 */
import { mean, sum } from './mean.ts';

/**
 * Scores of the same documents in the same order. `weight`: this stratum's share of the whole (they sum to 1).
 * `clusters`: a name for each document, the same where documents share a context (SQuAD's paragraph) and so are no
 * independent draws; null: every document is its own.
 */
export interface PairedStratum {
  readonly weight: number;
  readonly dense: readonly number[];
  readonly pruned: readonly number[];
  readonly clusters: readonly string[] | null;
}

export interface PairedMoments {
  readonly dense: number;
  readonly pruned: number;
  readonly documents: number;
  readonly clusters: number;
  /** Covariance of the two means; null where a stratum has fewer than two clusters. */
  readonly covariance: { readonly dense: number; readonly pruned: number; readonly both: number } | null;
}

/** A cluster's documents, added up. */
export interface ClusterSum {
  readonly documents: number;
  readonly dense: number;
  readonly pruned: number;
}

/**
 * Means m = sum_s w_s mean_s, covariance sum_s w_s^2 V_s with the cluster-robust
 *
 *     V_s = G/(G-1) sum_g (sum_{i in g} e_i)(sum_{i in g} e_i)' / n^2,   e_i = (dense_i, pruned_i) - means
 *
 * (Liang, Zeger 1986, "Longitudinal data analysis using generalized linear models", with the factor G/(G-1): what
 * statsmodels' OLS on a constant gives with cov_type='cluster'). Without clusters G = n, and V is the ordinary
 * covariance of means, s^2/n.
 */
export function pairedMoments(strata: readonly PairedStratum[]): PairedMoments {
  const parts = strata.map((stratum) => {
    const groups = clusterSums(stratum);
    const n = sum(groups.map(({ documents }) => documents));
    const dense = mean(stratum.dense);
    const pruned = mean(stratum.pruned);
    const residuals = groups.map((group) => ({
      dense: group.dense - group.documents * dense,
      pruned: group.pruned - group.documents * pruned,
    }));
    const scale =
      groups.length < 2 ? null : (stratum.weight ** 2 * groups.length) / (groups.length - 1) / n ** 2;
    const moment = (of: (residual: { dense: number; pruned: number }) => number): number =>
      (scale ?? Number.NaN) * sum(residuals.map(of));
    return {
      dense: stratum.weight * dense,
      pruned: stratum.weight * pruned,
      documents: n,
      clusters: groups.length,
      covariance:
        scale === null
          ? null
          : {
              dense: moment((residual) => residual.dense ** 2),
              pruned: moment((residual) => residual.pruned ** 2),
              both: moment((residual) => residual.dense * residual.pruned),
            },
    };
  });
  const known = parts.flatMap(({ covariance }) => (covariance === null ? [] : [covariance]));
  return {
    dense: sum(parts.map((part) => part.dense)),
    pruned: sum(parts.map((part) => part.pruned)),
    documents: sum(parts.map((part) => part.documents)),
    clusters: sum(parts.map((part) => part.clusters)),
    covariance:
      known.length < parts.length
        ? null
        : {
            dense: sum(known.map((part) => part.dense)),
            pruned: sum(known.map((part) => part.pruned)),
            both: sum(known.map((part) => part.both)),
          },
  };
}

/** Clusters stand in the order of their first appearance. @throws RangeError for lists of different lengths */
export function clusterSums({ dense, pruned, clusters }: PairedStratum): readonly ClusterSum[] {
  if (dense.length !== pruned.length || (clusters !== null && clusters.length !== dense.length)) {
    throw new RangeError('paired scores of different lengths');
  }
  const groups = new Map<string | number, { documents: number; dense: number; pruned: number }>();
  for (const [index, score] of dense.entries()) {
    const key = clusters === null ? index : (clusters[index] ?? index);
    const group = groups.get(key) ?? { documents: 0, dense: 0, pruned: 0 };
    groups.set(key, group);
    group.documents++;
    group.dense += score;
    group.pruned += pruned[index] ?? Number.NaN;
  }
  return [...groups.values()];
}

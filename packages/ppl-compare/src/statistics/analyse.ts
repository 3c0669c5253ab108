/** Everything that is said of one paired score: difference, intervals, test, recovery, power. */
import { type AnalysisOptions, normalQuantile, type PairedAnalysis } from '@evalgraph/formats';
import { pairedBootstrap } from './bootstrap.ts';
import { mcnemar } from './mcnemar.ts';
import { type PairedStratum, pairedMoments } from './moments.ts';
import { permutationTest } from './permutation.ts';
import { recoveryOf } from './recovery.ts';
import { minimumDetectable, minimumShare } from './verdict.ts';

/** What a comparison takes unless told otherwise; all of it belongs into the record. */
export const ANALYSIS_DEFAULTS: AnalysisOptions = {
  seed: 0,
  resamples: 2000,
  alpha: 0.05,
  power: 0.8,
  relevantDifference: 0.01,
};

/**
 * Test: McNemar's, where every score is right or wrong, documents share no context and count alike; else the
 * permutation test, which needs none of the three.
 */
export function analysePaired(strata: readonly PairedStratum[], options: AnalysisOptions): PairedAnalysis {
  const moments = pairedMoments(strata);
  const difference = moments.pruned - moments.dense;
  const { covariance } = moments;
  const stderr =
    covariance === null
      ? null
      : // Exact differences of equal scores leave a rounding error of either sign.
        Math.sqrt(Math.max(0, covariance.dense + covariance.pruned - 2 * covariance.both));
  const reach = stderr === null ? null : normalQuantile(0.975) * stderr;
  const { test, p } = tested(strata, moments.documents, moments.clusters, options);
  return {
    documents: moments.documents,
    clusters: moments.clusters,
    difference,
    stderr,
    normal95: reach === null ? null : [difference - reach, difference + reach],
    bootstrap95: pairedBootstrap(strata, options)?.difference95 ?? null,
    test,
    p,
    recovery: recoveryOf(moments),
    minimumDetectable: stderr === null ? null : detectable(stderr, test, moments.clusters, options),
  };
}

/** The normal approximation, but never less than an exact test can find; its own error of 0 says nothing. */
function detectable(
  stderr: number,
  test: PairedAnalysis['test'],
  draws: number,
  options: AnalysisOptions,
): number | null {
  const found = minimumDetectable(stderr, options);
  if (test === 'permutation' && stderr > 0) return found;
  const share = minimumShare(draws, options);
  return share === null ? null : Math.max(found, share);
}

function tested(
  strata: readonly PairedStratum[],
  documents: number,
  clusters: number,
  options: AnalysisOptions,
): { readonly test: PairedAnalysis['test']; readonly p: number } {
  const alike = strata.every(
    ({ weight, dense }) => Math.abs(weight - dense.length / documents) < 1e-12 * documents,
  );
  const exact =
    alike && clusters === documents
      ? mcnemar(
          strata.flatMap(({ dense }) => dense),
          strata.flatMap(({ pruned }) => pruned),
        )
      : null;
  return exact === null
    ? { test: 'permutation', p: permutationTest(strata, options).p }
    : { test: 'mcnemar', p: exact.p };
}

/**
 * Seeded bootstrap over paired documents: within each stratum as many documents (or clusters) as there are, drawn with
 * replacement, both models' scores together. Percentile intervals (Efron, Tibshirani 1993, chapter 13).
 */
import { type AnalysisOptions, seededRandom } from '@evalgraph/formats';
import { clusterSums, type PairedStratum } from './moments.ts';
import { percentileInterval } from './quantile.ts';

export type BootstrapOptions = Pick<AnalysisOptions, 'seed' | 'resamples'>;

export interface PairedBootstrap {
  /** The interval of pruned - dense. */
  readonly difference95: readonly [number, number];
  /** The interval of pruned / dense; null where a resample's dense mean is 0, so that a ratio is not defined. */
  readonly ratio95: readonly [number, number] | null;
}

/** @returns null where a stratum has fewer than two clusters: there is nothing to draw from */
export function pairedBootstrap(
  strata: readonly PairedStratum[],
  { seed, resamples }: BootstrapOptions,
): PairedBootstrap | null {
  const groups = strata.map((stratum) => {
    const sums = clusterSums(stratum);
    return {
      weight: stratum.weight,
      count: sums.length,
      documents: Float64Array.from(sums, ({ documents }) => documents),
      dense: Float64Array.from(sums, ({ dense }) => dense),
      pruned: Float64Array.from(sums, ({ pruned }) => pruned),
    };
  });
  if (groups.length === 0 || groups.some(({ count }) => count < 2)) return null;
  const random = seededRandom(seed);
  const differences = new Float64Array(resamples);
  const ratios = new Float64Array(resamples);
  for (let draw = 0; draw < resamples; draw++) {
    let dense = 0;
    let pruned = 0;
    for (const group of groups) {
      let documents = 0;
      let denseSum = 0;
      let prunedSum = 0;
      for (let i = 0; i < group.count; i++) {
        const at = random.below(group.count);
        documents += group.documents[at] ?? 0;
        denseSum += group.dense[at] ?? 0;
        prunedSum += group.pruned[at] ?? 0;
      }
      dense += (group.weight * denseSum) / documents;
      pruned += (group.weight * prunedSum) / documents;
    }
    differences[draw] = pruned - dense;
    ratios[draw] = pruned / dense;
  }
  return {
    difference95: percentileInterval(differences),
    ratio95: ratios.every(Number.isFinite) ? percentileInterval(ratios) : null,
  };
}

/** Sign-flip permutation test of paired scores: for F1 and other scores that are not right or wrong. */
import { FLOAT_NOISE, seededRandom } from '@evalgraph/formats';
import { clusterSums, type PairedStratum } from './moments.ts';

export interface PermutationResult {
  /** Two-sided. */
  readonly p: number;
  /** Every assignment was tried; else a seededRandom sample of them. */
  readonly exact: boolean;
  readonly assignments: number;
}

/** 65,536 assignments take milliseconds. */
const EXACT_UNITS = 16;
/** Sums that another processor's last digits would put in another order are tied; a tie counts as extreme. */
const SAME = 10 * FLOAT_NOISE;

/**
 * Under the null hypothesis the two models' scores of a document (of a cluster: of all its documents together) might
 * as well be exchanged. Statistic: |weighted mean difference|; p = the share of assignments at least as extreme, all
 * 2^k for k <= 16 units that differ at all, else (hits + 1) / (resamples + 1) over seededRandom ones (Phipson, Smyth 2010,
 * "Permutation p-values should never be zero"). The same as scipy.stats.permutation_test with
 * permutation_type='samples'.
 */
export function permutationTest(
  strata: readonly PairedStratum[],
  { seed, resamples }: { readonly seed: number; readonly resamples: number },
): PermutationResult {
  const units = strata
    .flatMap((stratum) => {
      const scale = stratum.weight / stratum.dense.length;
      return clusterSums(stratum).map(({ dense, pruned }) => (pruned - dense) * scale);
    })
    .filter((unit) => unit !== 0);
  const total = units.reduce((sum, unit) => sum + unit, 0);
  const size = units.reduce((sum, unit) => sum + Math.abs(unit), 0);
  const extreme = Math.abs(total) - SAME * size;
  if (units.length <= EXACT_UNITS) return exactTest(units, extreme);
  const random = seededRandom(seed);
  let hits = 0;
  for (let draw = 0; draw < resamples; draw++) {
    let sum = 0;
    let bits = 0;
    for (let i = 0; i < units.length; i++) {
      if (i % 32 === 0) bits = random.next();
      const unit = units[i] ?? 0;
      sum += (bits & 1) === 1 ? unit : -unit;
      bits >>>= 1;
    }
    if (Math.abs(sum) >= extreme) hits++;
  }
  return { p: (hits + 1) / (resamples + 1), exact: false, assignments: resamples };
}

function exactTest(units: readonly number[], extreme: number): PermutationResult {
  const assignments = 2 ** units.length;
  let hits = 0;
  for (let signs = 0; signs < assignments; signs++) {
    let sum = 0;
    for (let i = 0; i < units.length; i++) {
      const unit = units[i] ?? 0;
      sum += (signs >> i) & 1 ? unit : -unit;
    }
    if (Math.abs(sum) >= extreme) hits++;
  }
  return { p: hits / assignments, exact: true, assignments };
}

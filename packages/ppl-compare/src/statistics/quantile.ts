/** Quantiles of values at hand, by linear interpolation between order statistics (Hyndman and Fan's type 7). */

/**
 * The default of numpy.quantile, torch.quantile and R: the value at position (n - 1) q of the sorted values.
 * @param sorted ascending, not empty
 */
export function quantileSorted(sorted: ArrayLike<number>, q: number): number {
  const n = sorted.length;
  if (n === 0) throw new RangeError('a quantile of no values');
  const at = (n - 1) * q;
  const below = Math.floor(at);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, n - 1)] ?? Number.NaN;
  return low + (high - low) * (at - below);
}

/** The middle 95 % of bootstrap replicates (the percentile interval). */
export function percentileInterval(replicates: Float64Array): readonly [number, number] {
  const sorted = replicates.slice().sort();
  return [quantileSorted(sorted, 0.025), quantileSorted(sorted, 0.975)];
}

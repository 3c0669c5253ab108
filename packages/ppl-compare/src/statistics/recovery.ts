/** Recovery: what part of the dense model's score the pruned one keeps. */
import { type Estimate, normalQuantile } from '@evalgraph/formats';
import type { PairedMoments } from './moments.ts';

/**
 * Fieller's interval for the ratio of two correlated means (Fieller 1954, "Some Problems in Interval Estimation"): all
 * r with (b - r a)^2 <= z^2 (V_b - 2 r C + r^2 V_a). It is bounded where a^2 > z^2 V_a. Chosen over a bootstrap because
 * it needs no draws and says when no bounded interval exists.
 *
 * @returns null where the dense mean is 0: nothing can be recovered
 */
export function recoveryOf({ dense, pruned, covariance }: PairedMoments): Estimate | null {
  if (dense === 0) return null;
  const value = pruned / dense;
  if (covariance === null) return { value, interval95: null };
  const z = normalQuantile(0.975) ** 2;
  const a = dense ** 2 - z * covariance.dense;
  if (a <= 0) return { value, interval95: null };
  const b = dense * pruned - z * covariance.both;
  const c = pruned ** 2 - z * covariance.pruned;
  // Never negative where a > 0, but for rounding.
  const root = Math.sqrt(Math.max(0, b * b - a * c));
  return { value, interval95: [(b - root) / a, (b + root) / a] };
}

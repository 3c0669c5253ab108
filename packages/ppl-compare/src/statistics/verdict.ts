/** What may be said of a difference: significant, not significant, or that the test could not have told. */
import { normalQuantile } from './normal.ts';

/** `underpowered`: not significant, and a difference that matters would likely have been missed too. */
export type Verdict = 'significant' | 'not significant' | 'underpowered';

export interface VerdictRules {
  /** Of the whole family of tests, by Holm. */
  readonly alpha: number;
  /** Probability with which a difference of the minimum detectable size is found. */
  readonly power: number;
  /** The smallest difference that matters, as a fraction (0.01: one point). */
  readonly relevantDifference: number;
}

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

/** @param minimumDetectable null: no standard error is known, so nothing can be excluded */
export function verdictOf(adjustedP: number, minimumDetectable: number | null, rules: VerdictRules): Verdict {
  if (adjustedP < rules.alpha) return 'significant';
  return minimumDetectable === null || minimumDetectable > rules.relevantDifference
    ? 'underpowered'
    : 'not significant';
}

/**
 * When two computations of one figure count as the same: the one place that says so. `verify` passes what agrees,
 * `diff` calls it unmoved, and the report writes it as it was committed.
 */

/** Relative to the larger of 1 and the figure. Processors sum floats in other orders: measured, up to 2e-7. */
export const FLOAT_NOISE = 1e-6;
/** Engines other than the embedded one batch as they please: an answer that is nearly a tie may change. */
const FOREIGN_NOISE = 5e-3;
/** The difference of two figures that lie just within the noise is itself rounded. */
const HAIR = 1 + 1e-6;

/** What two runs of one key may differ by, under this engine. */
export function engineNoise(engine: string): number {
  return engine === 'embedded' ? FLOAT_NOISE : FOREIGN_NOISE;
}

/** |found - committed|, relative to the larger of 1 and |committed|. NaN where either is. */
export function relativeDifference(found: number, committed: number): number {
  return Math.abs(found - committed) / Math.max(1, Math.abs(committed));
}

/** False where either is NaN: a figure that is gone agrees with nothing. */
export function agrees(found: number, committed: number, noise: number): boolean {
  return found === committed || relativeDifference(found, committed) <= noise * HAIR;
}

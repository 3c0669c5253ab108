/**
 * The standard error of an aggregation without a formula, as lm-eval draws it: resamples by CPython's random.choices,
 * 1000 from each of the seeds 0, 1, 2, ..., and the standard deviation of what the aggregation gives for them. The
 * same numbers, not merely the same distribution.
 */
import { pythonRandom } from '@evalgraph/formats';

/** lm-eval's default of bootstrap_iters. */
export const BOOTSTRAP_ITERATIONS = 100_000;
const PER_SEED = 1000;

/** One value of the statistic over items that `pick` draws: an index from 0, to be asked `count` times. */
export type Replicate = (pick: () => number, count: number) => number;

/** `count` items, at least one; `iterations` at least 2. Takes about 10 ns a draw. */
export function bootstrapError(replicate: Replicate, count: number, iterations: number): number {
  const perSeed = Math.min(PER_SEED, iterations);
  const values: number[] = [];
  for (let seed = 0; seed < Math.floor(iterations / perSeed); seed += 1) {
    const random = pythonRandom(seed);
    const pick = (): number => Math.floor(random.random() * count);
    for (let index = 0; index < perSeed; index += 1) values.push(replicate(pick, count));
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return Math.sqrt(squares / (values.length - 1));
}

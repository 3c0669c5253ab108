/**
 * What is kept of each position -> a divergence with intervals. Intervals: percentile bootstrap over windows (windows
 * are drawn with replacement, each with all its positions), because the positions of a window share their context and
 * are no independent draws. The maximum has none: no resampling method gives a valid one.
 */
import { type DivergenceSummary, type Estimate, seededRandom, UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';
import type { BootstrapOptions } from '../statistics/bootstrap.ts';
import { percentileInterval } from '../statistics/quantile.ts';
import type { DivergencePositions } from './accumulate.ts';

const QUANTILES = [0.5, 0.9, 0.95, 0.99, 0.999] as const;
const MEANS = ['kl', 'same', 'square', 'delta', 'nll'] as const;
type MeanName = (typeof MEANS)[number];

/** @throws UserError no-positions */
export function summariseDivergence(
  kept: DivergencePositions,
  { seed, resamples }: BootstrapOptions,
): DivergenceSummary {
  if (kept.count === 0) throw new UserError(messages.noPositions());
  const windows = windowSums(kept);
  const sorted = sortByKl(kept, windows.indexOf);
  const whole = new Uint32Array(windows.count).fill(1);
  const means = meansOf(windows, whole);
  const quantiles = quantilesOf(sorted, windows.sizes, whole);
  const draws = windows.count < 2 ? 0 : resamples;
  const replicates = replicate(windows, sorted, seed, draws);
  const interval = (values: Float64Array | undefined): Estimate['interval95'] =>
    draws === 0 || values === undefined ? null : percentileInterval(values);
  const byMean = (name: MeanName, map: (value: number) => number = (value) => value): Estimate => ({
    value: map(means[MEANS.indexOf(name)] ?? Number.NaN),
    interval95: interval(replicates.means[MEANS.indexOf(name)]?.map(map)),
  });
  const byQuantile = (index: number): Estimate => ({
    value: quantiles[index] ?? Number.NaN,
    interval95: interval(replicates.quantiles[index]),
  });
  return {
    format: 1,
    vocabulary: kept.vocabulary,
    positions: kept.count,
    windows: windows.count,
    klNats: {
      mean: byMean('kl'),
      median: byQuantile(0),
      p90: byQuantile(1),
      p95: byQuantile(2),
      p99: byQuantile(3),
      p999: byQuantile(4),
      max: { value: sorted.values[kept.count - 1] ?? Number.NaN, interval95: null },
    },
    sameTop: byMean('same'),
    rmsDeltaP: byMean('square', Math.sqrt),
    meanDeltaP: byMean('delta'),
    perplexityRatio: byMean('nll', Math.exp),
    interval: { method: 'percentile bootstrap over windows', seed, resamples },
  };
}

interface WindowSums {
  readonly count: number;
  readonly sizes: Float64Array;
  /** One array for each of MEANS. */
  readonly sums: readonly Float64Array[];
  readonly indexOf: Uint32Array;
}

function windowSums(kept: DivergencePositions): WindowSums {
  const index = new Map<number, number>();
  const indexOf = kept.window.map((window) => {
    const at = index.get(window) ?? index.size;
    index.set(window, at);
    return at;
  });
  const sizes = new Float64Array(index.size);
  const sums = MEANS.map(() => new Float64Array(index.size));
  for (let i = 0; i < kept.count; i++) {
    const window = indexOf[i] ?? 0;
    const delta = kept.deltaP[i] ?? Number.NaN;
    const values = [
      kept.klNats[i] ?? Number.NaN,
      kept.denseTop[i] === kept.prunedTop[i] ? 1 : 0,
      delta * delta,
      delta,
      (kept.prunedNllNats[i] ?? Number.NaN) - (kept.denseNllNats[i] ?? Number.NaN),
    ];
    sizes[window] = (sizes[window] ?? 0) + 1;
    for (const [which, value] of values.entries()) {
      const list = sums[which];
      if (list !== undefined) list[window] = (list[window] ?? 0) + value;
    }
  }
  return { count: index.size, sizes, sums, indexOf };
}

interface Sorted {
  readonly values: Float64Array;
  readonly windows: Uint32Array;
}

function sortByKl(kept: DivergencePositions, indexOf: Uint32Array): Sorted {
  const order = new Uint32Array(kept.count).map((_, index) => index);
  order.sort((a, b) => (kept.klNats[a] ?? 0) - (kept.klNats[b] ?? 0));
  return {
    values: Float64Array.from(order, (at) => kept.klNats[at] ?? Number.NaN),
    windows: Uint32Array.from(order, (at) => indexOf[at] ?? 0),
  };
}

/** @param times how often each window counts */
function meansOf({ sizes, sums }: WindowSums, times: Uint32Array): readonly number[] {
  const positions = dot(sizes, times);
  return sums.map((list) => dot(list, times) / positions);
}

/** Type 7 quantiles of the values, each as often as its window counts; the values are walked once. */
function quantilesOf(sorted: Sorted, sizes: Float64Array, times: Uint32Array): readonly number[] {
  const total = dot(sizes, times);
  const wanted = QUANTILES.map((q) => (total - 1) * q);
  const found: number[] = [];
  let seen = 0;
  let previous = 0;
  for (let i = 0; i < sorted.values.length && found.length < wanted.length; i++) {
    const count = times[sorted.windows[i] ?? 0] ?? 0;
    if (count === 0) continue;
    const value = sorted.values[i] ?? Number.NaN;
    // This value stands at ranks seen to seen + count - 1, `previous` at rank seen - 1.
    for (
      let at = wanted[found.length];
      at !== undefined && at <= seen + count - 1;
      at = wanted[found.length]
    ) {
      found.push(at >= seen ? value : previous + (value - previous) * (at - (seen - 1)));
    }
    seen += count;
    previous = value;
  }
  return found;
}

function replicate(
  windows: WindowSums,
  sorted: Sorted,
  seed: number,
  draws: number,
): { readonly means: readonly Float64Array[]; readonly quantiles: readonly Float64Array[] } {
  const random = seededRandom(seed);
  const means = MEANS.map(() => new Float64Array(draws));
  const quantiles = QUANTILES.map(() => new Float64Array(draws));
  const times = new Uint32Array(windows.count);
  for (let draw = 0; draw < draws; draw++) {
    times.fill(0);
    for (let i = 0; i < windows.count; i++) {
      const window = random.below(windows.count);
      times[window] = (times[window] ?? 0) + 1;
    }
    put(means, draw, meansOf(windows, times));
    put(quantiles, draw, quantilesOf(sorted, windows.sizes, times));
  }
  return { means, quantiles };
}

function put(lists: readonly Float64Array[], at: number, values: readonly number[]): void {
  for (const [index, list] of lists.entries()) list[at] = values[index] ?? Number.NaN;
}

function dot(values: Float64Array, times: Uint32Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += (values[i] ?? 0) * (times[i] ?? 0);
  return total;
}

/** A position where the models part. */
export interface DivergentPosition {
  /** Its number in the order in which positions were added. */
  readonly position: number;
  readonly window: number;
  readonly target: number;
  readonly denseTop: number;
  readonly prunedTop: number;
  readonly klNats: number;
  readonly denseP: number;
  readonly prunedP: number;
}

export function mostDivergent(kept: DivergencePositions, limit: number): readonly DivergentPosition[] {
  const order = Array.from({ length: kept.count }, (_, index) => index);
  order.sort((a, b) => (kept.klNats[b] ?? 0) - (kept.klNats[a] ?? 0) || a - b);
  return order.slice(0, limit).map((position) => divergentAt(kept, position));
}

/** One position, for a view of the text around it. */
export function divergentAt(kept: DivergencePositions, position: number): DivergentPosition {
  if (!Number.isInteger(position) || position < 0 || position >= kept.count) {
    throw new RangeError(`position ${position} of ${kept.count}`);
  }
  const of = (list: Float64Array | Uint32Array): number => list[position] ?? Number.NaN;
  return {
    position,
    window: of(kept.window),
    target: of(kept.target),
    denseTop: of(kept.denseTop),
    prunedTop: of(kept.prunedTop),
    klNats: of(kept.klNats),
    denseP: Math.exp(-of(kept.denseNllNats)),
    prunedP: Math.exp(-of(kept.prunedNllNats)),
  };
}

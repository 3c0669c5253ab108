/** The axis of training steps: linear, or logarithmic where the steps spread over more than two decades. */
import type { JsonObject } from '../chart.ts';

const DECADES = 2;

export interface StepAxis {
  readonly scale: JsonObject;
  readonly axis: JsonObject;
}

/** @param steps of every shown checkpoint, in any order */
export function stepAxis(steps: readonly number[], tickCount: number): StepAxis {
  const positive = steps.filter((step) => step > 0);
  const smallest = Math.min(...positive);
  const largest = Math.max(...positive);
  const labels = { format: ',d', labelOverlap: 'greedy', labelSeparation: 10, labelFlush: true };
  if (positive.length === 0 || largest / smallest <= 10 ** DECADES) {
    return { scale: { type: 'linear', zero: false, nice: false }, axis: { ...labels, tickCount } };
  }
  // A logarithm has no place for step 0 (an untrained model): symlog is linear below `constant`.
  const hasZero = steps.some((step) => step <= 0);
  const powers = powersBetween(smallest, largest);
  return {
    scale: hasZero ? { type: 'symlog', constant: smallest, nice: false } : { type: 'log', nice: false },
    axis: { ...labels, values: hasZero ? [0, ...powers] : powers },
  };
}

/** A series was meant to be regular where this share of the distances between neighbours is the smallest one. */
const REGULAR_SHARE = 0.6;

/**
 * Steps that a regular series lacks: 2000, 4000, 8000, 10000, 12000 lacks 6000. Where the distances are no multiples of
 * the smallest, or most are larger, checkpoints were chosen so, and nothing is lacking.
 * @param steps ascending, each once
 */
export function lackingSteps(steps: readonly number[]): readonly number[] {
  const distances = steps.slice(1).map((step, index) => step - (steps[index] ?? step));
  const every = Math.min(...distances);
  const regular = distances.filter((distance) => distance === every).length;
  if (distances.length < 3 || every <= 0 || regular < REGULAR_SHARE * distances.length) return [];
  if (distances.some((distance) => distance % every !== 0)) return [];
  return distances.flatMap((distance, index) =>
    // One is enough to break a line; a far jump would be thousands.
    distance === every ? [] : [(steps[index] ?? 0) + every],
  );
}

function powersBetween(smallest: number, largest: number): readonly number[] {
  const powers: number[] = [];
  for (let power = Math.ceil(Math.log10(smallest)); 10 ** power <= largest; power++) powers.push(10 ** power);
  return powers;
}

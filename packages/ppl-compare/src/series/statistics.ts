/**
 * What a task's scores over training steps say: formulas and sources stand here and in docs/series-statistics.md.
 * Scores come in the order of steps; a missing checkpoint is left out by the caller, and differences are between
 * neighbours that are there. null means: not defined for so few or such points; never 0.
 */

import { holm } from '../statistics/holm.ts';
import { mean, sum } from '../statistics/mean.ts';
import { kendall, spearman } from './rank.ts';

export interface ScorePoint {
  /** Steps ascend, and each comes once. */
  readonly step: number;
  readonly score: number;
  /** Standard error of the score; null where none is defined. */
  readonly stderr: number | null;
}

export interface SeriesOptions {
  readonly higherIsBetter: boolean;
  /** Expected score of guessing; null where none is defined. */
  readonly chance: number | null;
  /** Checkpoints at the end whose spread is called noise. */
  readonly lastCheckpoints: number;
  /** Level of the one-sided tests against chance, over all steps together. */
  readonly alpha: number;
}

export const SERIES_DEFAULTS = { lastCheckpoints: 5, alpha: 0.05 } as const;

export interface SeriesStatistics {
  readonly checkpoints: number;
  readonly gain: number;
  readonly spearman: number | null;
  readonly kendall: number | null;
  readonly noise: number | null;
  readonly signalToNoise: number | null;
  readonly autocorrelation: number | null;
  readonly signalQuality: number | null;
  readonly aboveChanceFrom: number | null;
  readonly plateauFrom: number | null;
  readonly totalVariation: number;
}

/** @throws RangeError for no points, steps that do not ascend, or scores that are not finite */
export function seriesStatistics(points: readonly ScorePoint[], options: SeriesOptions): SeriesStatistics {
  checked(points);
  const scores = points.map(({ score }) => score);
  const steps = points.map(({ step }) => step);
  // Towards better, so that every statistic reads the same for accuracy and perplexity.
  const better = options.higherIsBetter ? scores : scores.map((score) => 0 - score);
  const rho = spearman(steps, better);
  const autocorrelation = lagOne(better);
  const last = scores.slice(-options.lastCheckpoints);
  return {
    checkpoints: points.length,
    gain: gain(scores),
    spearman: rho,
    kendall: kendall(steps, better),
    noise: noise(last),
    signalToNoise: last.length < 2 ? null : signalToNoise(scores, last),
    autocorrelation,
    signalQuality: signalQuality(rho, autocorrelation),
    aboveChanceFrom: aboveChanceFrom(points, options),
    plateauFrom: plateauFrom(points),
    totalVariation: totalVariation(scores),
  };
}

/** Last score - first score. */
export function gain(scores: readonly number[]): number {
  return at(scores, scores.length - 1) - at(scores, 0);
}

/**
 * sigma / mean of the scores, with the population's sigma (divided by n): signal-and-noise's "noise" of the last n
 * checkpoints (Heineman et al. 2025, "Signal and Noise: A Framework for Reducing Uncertainty in Language Model
 * Evaluation").
 * @returns null for fewer than two scores, or a mean of 0
 */
export function noise(scores: readonly number[]): number | null {
  if (scores.length < 2) return null;
  const centre = mean(scores);
  const sigma = Math.sqrt(mean(scores.map((score) => (score - centre) ** 2)));
  return centre === 0 ? null : sigma / centre;
}

/**
 * signal / noise, with signal = max_{j,k} |m_j - m_k| / mean(m) over `signal` and noise as above over `last` (the
 * same paper; allenai/signal-and-noise, `signal_to_noise_ratio`). The paper's `signal` are final scores of many
 * models; of one series alone its own checkpoints are taken, which says whether training moves the score beyond
 * its jitter.
 * @returns null where noise is 0 or not defined, or the mean of `signal` is 0
 */
export function signalToNoise(signal: readonly number[], last: readonly number[]): number | null {
  const jitter = noise(last);
  if (jitter === null || jitter === 0 || signal.length < 2) return null;
  const centre = mean(signal);
  return centre === 0 ? null : (Math.max(...signal) - Math.min(...signal)) / centre / jitter;
}

/**
 * Autocorrelation at lag 1: sum (x_t - mean)(x_{t-1} - mean) / sum (x_t - mean)^2 (Box, Jenkins; statsmodels' `acf`).
 * @returns null for fewer than three scores, or constant ones
 */
export function lagOne(scores: readonly number[]): number | null {
  if (scores.length < 3) return null;
  const centre = mean(scores);
  const centred = scores.map((score) => score - centre);
  const whole = sum(centred.map((value) => value * value));
  return whole === 0 ? null : sum(centred.slice(1).map((value, index) => value * at(centred, index))) / whole;
}

/**
 * (max(rho, 0) + AC) / 2: the signal quality of the E2LM competition (Yagoubi et al. 2025, "NeurIPS 2025 E2LM
 * Competition: Early Training Evaluation of Language Models"), with rho Spearman's correlation of score and step and
 * AC the autocorrelation, here at lag 1.
 */
export function signalQuality(rho: number | null, autocorrelation: number | null): number | null {
  return rho === null || autocorrelation === null ? null : (Math.max(rho, 0) + autocorrelation) / 2;
}

/**
 * The first step from which every later score is above chance, one-sided at `alpha`, each by z = (score - chance) /
 * stderr and Holm's correction over all steps: one lucky checkpoint is no start.
 * @returns null where chance or a standard error is not known, or the last score is not above chance
 */
export function aboveChanceFrom(points: readonly ScorePoint[], options: SeriesOptions): number | null {
  const { chance, alpha, higherIsBetter } = options;
  if (chance === null || points.some(({ stderr }) => stderr === null)) return null;
  const p = points.map(({ score, stderr }) =>
    upperTail(higherIsBetter ? score - chance : chance - score, stderr ?? 0),
  );
  const significant = holm(p).map((value) => value < alpha);
  const lastBelow = significant.lastIndexOf(false);
  return points[lastBelow + 1]?.step ?? null;
}

/**
 * The first step from which no score differs from the last one by more than both errors explain: |score - last| <=
 * 1.96 sqrt(stderr^2 + last stderr^2), from there to the end. The errors are taken as independent, though all
 * checkpoints answered the same documents; the true plateau may begin later, not earlier.
 * @returns null where a standard error is not known, or only the last checkpoint would be the plateau
 */
export function plateauFrom(points: readonly ScorePoint[]): number | null {
  const last = points.at(-1);
  if (last === undefined || points.some(({ stderr }) => stderr === null)) return null;
  const flat = points.map(
    ({ score, stderr }) => Math.abs(score - last.score) <= 1.96 * Math.hypot(stderr ?? 0, last.stderr ?? 0),
  );
  const start = flat.lastIndexOf(false) + 1;
  return start === points.length - 1 ? null : (points[start]?.step ?? null);
}

/** Sum of |differences of neighbours|; equal to |gain| exactly where the series is monotone. */
export function totalVariation(scores: readonly number[]): number {
  return sum(scores.slice(1).map((score, index) => Math.abs(score - at(scores, index))));
}

/** P(Z > value / stderr); without any error only the sign counts. */
function upperTail(value: number, stderr: number): number {
  if (stderr === 0) return value > 0 ? 0 : 1;
  return normalUpperTail(value / stderr);
}

/**
 * 1 - Phi(z) by the continued fraction of Mills' ratio in the tail and by the series of Phi near 0 (Abramowitz, Stegun
 * 26.2.10 and 26.2.14); about 14 digits.
 */
export function normalUpperTail(z: number): number {
  if (z < 0) return 1 - normalUpperTail(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < 3) {
    let term = z;
    let total = z;
    for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(total); k++) {
      term *= (z * z) / (2 * k + 1);
      total += term;
    }
    return 0.5 - density * total;
  }
  let fraction = z;
  for (let k = 120; k >= 1; k--) fraction = z + k / fraction;
  return density / fraction;
}

function checked(points: readonly ScorePoint[]): void {
  if (points.length === 0) throw new RangeError('statistics of no checkpoints');
  for (const [index, { step, score, stderr }] of points.entries()) {
    const before = points[index - 1];
    if (before !== undefined && before.step >= step)
      throw new RangeError(`step ${step} after ${before.step}`);
    if (!Number.isFinite(score) || (stderr !== null && !(stderr >= 0 && Number.isFinite(stderr)))) {
      throw new RangeError(`score ${score} with error ${stderr} at step ${step}`);
    }
  }
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? Number.NaN;
}

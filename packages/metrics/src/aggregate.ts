/**
 * Many documents' values -> one number, and its standard error where there is a formula. Sums run in document
 * order in double precision, as Python's sum() did when the published numbers were made.
 */
import { PyFloat } from '@evalgraph/formats';
import { isInt, isList, isNumber, PyTuple, PythonError, type Value } from '@evalgraph/templates';
import { bootstrapError, type Replicate } from './bootstrap.ts';

interface Aggregate {
  readonly value: (items: readonly Value[]) => number;
  /** The value of resampled items, without a list for each resample; null: its standard error is not drawn. */
  readonly replicate: ((items: readonly Value[]) => Replicate) | null;
}

const medianOf = (sorted: ArrayLike<number>): number => sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
const meanOfNumbers = (values: readonly number[]): number =>
  mean(values.filter((value) => !Number.isNaN(value)));

/** Draws `count` values, and makes one number of them. */
function ofDrawn(statistic: (drawn: Float64Array) => number): (items: readonly Value[]) => Replicate {
  return (items) => {
    const values = Float64Array.from(items, toNumber);
    return (pick, count) =>
      statistic(Float64Array.from({ length: count }, () => values[pick()] ?? Number.NaN));
  };
}

function ofLabels(statistic: (pairs: readonly (readonly [number, number])[]) => number): Aggregate {
  return {
    value: (items) => statistic(items.map(labelPair)),
    replicate: (items) => {
      const pairs = items.map(labelPair);
      return (pick, count) => statistic(Array.from({ length: count }, () => pairs[pick()] ?? [0, 0]));
    },
  };
}

const TABLE = {
  mean: { value: (items) => mean(items.map(toNumber)), replicate: null },
  nanmean: {
    value: (items) => meanOfNumbers(items.map(toNumber)),
    replicate: ofDrawn((drawn) => meanOfNumbers([...drawn])),
  },
  median: {
    value: (items) => medianOf(items.map(toNumber).toSorted((a, b) => a - b)),
    replicate: ofDrawn((drawn) => medianOf(drawn.sort())),
  },
  perplexity: {
    value: (items) => Math.exp(-mean(items.map(toNumber))),
    replicate: (items) => {
      const values = Float64Array.from(items, toNumber);
      return (pick, count) => Math.exp(-drawnSum(values, pick, count) / count);
    },
  },
  weighted_perplexity: { value: (items) => Math.exp(-weightedMean(items)), replicate: null },
  bits_per_byte: { value: (items) => -weightedMean(items) / Math.LN2, replicate: null },
  f1: ofLabels(f1),
  matthews_corrcoef: ofLabels(matthews),
  brier_score: { value: brier, replicate: null },
} satisfies Readonly<Record<string, Aggregate>>;

export type Aggregation = keyof typeof TABLE;

export const AGGREGATIONS: readonly Aggregation[] = Object.keys(TABLE) as Aggregation[];

/** Aggregations whose standard error is drawn. */
export const BOOTSTRAPPED: readonly Aggregation[] = AGGREGATIONS.filter(
  (name) => TABLE[name].replicate !== null,
);

/** @throws PythonError for values that the aggregation cannot take, and for none at all. */
export function aggregate(aggregation: Aggregation, items: readonly Value[]): number {
  if (items.length === 0) throw new PythonError('ZeroDivisionError', `${aggregation} of nothing`);
  return TABLE[aggregation].value(items);
}

/**
 * The sample standard deviation (n-1) / sqrt(n) of a mean; lm-eval's bootstrap of an aggregation that is drawn; 'N/A' for
 * one document and for other aggregations.
 */
export function standardError(
  aggregation: Aggregation,
  items: readonly Value[],
  bootstrapIterations: number,
): number | 'N/A' {
  if (items.length < 2) return 'N/A';
  if (aggregation === 'mean') {
    const values = items.map(toNumber);
    const average = mean(values);
    const squares = sum(values.map((value) => (value - average) * (value - average)));
    return Math.sqrt(squares / (values.length - 1)) / Math.sqrt(values.length);
  }
  const { replicate } = TABLE[aggregation];
  return replicate === null ? 'N/A' : bootstrapError(replicate(items), items.length, bootstrapIterations);
}

function drawnSum(values: Float64Array, pick: () => number, count: number): number {
  let total = 0;
  for (let index = 0; index < count; index += 1) total += values[pick()] ?? Number.NaN;
  return total;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  if (values.length === 0) throw new PythonError('ZeroDivisionError', 'mean of nothing');
  return sum(values) / values.length;
}

function toNumber(value: Value): number {
  if (value instanceof PyFloat) return value.value;
  if (isNumber(value)) return Number(value);
  throw new PythonError('TypeError', 'the metric is no number and cannot be averaged');
}

function pairOf(value: Value): readonly [Value, Value] {
  const items = value instanceof PyTuple ? value.items : [];
  const [first, second] = items;
  if (first === undefined || second === undefined)
    throw new PythonError('TypeError', 'the metric is no pair of values');
  return [first, second];
}

/** sum of log-likelihoods / sum of words (or bytes). */
function weightedMean(items: readonly Value[]): number {
  const pairs = items.map(pairOf);
  return sum(pairs.map(([a]) => toNumber(a))) / sum(pairs.map(([, b]) => toNumber(b)));
}

function labelPair(value: Value): readonly [number, number] {
  const [gold, predicted] = pairOf(value);
  if (!isInt(gold) || !isInt(predicted))
    throw new PythonError('TypeError', 'f1 and mcc need whole numbers as labels');
  return [Number(gold), Number(predicted)];
}

/** Binary F1 with 1 as the positive label: 2 tp / (positives + predicted positives). */
function f1(pairs: readonly (readonly [number, number])[]): number {
  let both = 0;
  let marked = 0;
  for (const [gold, predicted] of pairs) {
    if ((gold !== 0 && gold !== 1) || (predicted !== 0 && predicted !== 1))
      throw new PythonError('ValueError', "Target is multiclass but average='binary'");
    both += gold * predicted;
    marked += gold + predicted;
  }
  return marked === 0 ? 0 : (2 * both) / marked;
}

/** Matthews correlation for any number of labels (Gorodkin 2004); 0 where it is undefined. */
function matthews(pairs: readonly (readonly [number, number])[]): number {
  const golds = new Map<number, number>();
  const predictions = new Map<number, number>();
  let right = 0;
  for (const [gold, predicted] of pairs) {
    golds.set(gold, (golds.get(gold) ?? 0) + 1);
    predictions.set(predicted, (predictions.get(predicted) ?? 0) + 1);
    if (gold === predicted) right += 1;
  }
  const dot = (a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): number =>
    sum([...a].map(([label, count]) => count * (b.get(label) ?? 0)));
  const n = pairs.length;
  const covariance = right * n - dot(golds, predictions);
  const scale = Math.sqrt((n * n - dot(predictions, predictions)) * (n * n - dot(golds, golds)));
  return scale === 0 ? 0 : covariance / scale;
}

/** Mean squared distance between the choices' probabilities and the right answer. */
function brier(items: readonly Value[]): number {
  const distances = items.map((item) => {
    const [gold, probabilities] = pairOf(item);
    if (!isInt(gold) || !isList(probabilities))
      throw new PythonError('TypeError', 'brier_score needs (index, probabilities)');
    const right = Number(gold) < 0 ? Number(gold) + probabilities.length : Number(gold);
    if (right < 0 || right >= probabilities.length)
      throw new PythonError('IndexError', 'the right answer is no choice');
    return sum(probabilities.map((value, index) => (toNumber(value) - (index === right ? 1 : 0)) ** 2));
  });
  return mean(distances);
}

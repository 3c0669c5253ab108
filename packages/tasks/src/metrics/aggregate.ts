/**
 * Many documents' values -> one number, and its standard error where there is a formula. Sums run in document
 * order in double precision, as Python's sum() did when the published numbers were made.
 */
import { PyFloat } from '@evalgraph/formats';
import type { Aggregation } from '../config/types.ts';
import { isInt, isList, isNumber, PyTuple, PythonError, type Value } from '../python/value.ts';

/** @throws PythonError for values that the aggregation cannot take, and for none at all. */
export function aggregate(aggregation: Aggregation, items: readonly Value[]): number {
  if (items.length === 0) throw new PythonError('ZeroDivisionError', `${aggregation} of nothing`);
  switch (aggregation) {
    case 'mean':
      return mean(items.map(toNumber));
    case 'nanmean':
      return mean(items.map(toNumber).filter((value) => !Number.isNaN(value)));
    case 'median': {
      const sorted = items.map(toNumber).toSorted((a, b) => a - b);
      return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
    }
    case 'perplexity':
      return Math.exp(-mean(items.map(toNumber)));
    case 'weighted_perplexity':
      return Math.exp(-weightedMean(items));
    case 'bits_per_byte':
      return -weightedMean(items) / Math.LN2;
    case 'f1':
      return f1(items.map(labelPair));
    case 'matthews_corrcoef':
      return matthews(items.map(labelPair));
    case 'brier_score':
      return brier(items);
  }
}

/** Sample standard deviation (n-1) / sqrt(n); 'N/A' for one document, and where lm-eval bootstraps or has none. */
export function standardError(aggregation: Aggregation, items: readonly Value[]): number | 'N/A' {
  if (aggregation !== 'mean' || items.length < 2) return 'N/A';
  const values = items.map(toNumber);
  const average = mean(values);
  const squares = sum(values.map((value) => (value - average) * (value - average)));
  return Math.sqrt(squares / (values.length - 1)) / Math.sqrt(values.length);
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
  if (pairs.some(([gold, predicted]) => ![0, 1].includes(gold) || ![0, 1].includes(predicted))) {
    throw new PythonError('ValueError', "Target is multiclass but average='binary'");
  }
  const both = pairs.filter(([gold, predicted]) => gold === 1 && predicted === 1).length;
  const marked = sum(pairs.map(([gold, predicted]) => gold + predicted));
  return marked === 0 ? 0 : (2 * both) / marked;
}

/** Matthews correlation for any number of labels (Gorodkin 2004); 0 where it is undefined. */
function matthews(pairs: readonly (readonly [number, number])[]): number {
  const labels = [...new Set(pairs.flat())];
  const golds = labels.map((label) => pairs.filter(([gold]) => gold === label).length);
  const predictions = labels.map((label) => pairs.filter(([, predicted]) => predicted === label).length);
  const dot = (a: readonly number[], b: readonly number[]): number =>
    sum(a.map((value, index) => value * (b[index] ?? 0)));
  const n = pairs.length;
  const right = pairs.filter(([gold, predicted]) => gold === predicted).length;
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

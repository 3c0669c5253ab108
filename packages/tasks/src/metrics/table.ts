/**
 * The metrics that are computed here, with lm-eval's defaults, and those that only lm-eval has. What a metric means
 * (its direction, its chance level) stands in formats, where reports know it too.
 */
import type { Aggregation, OutputType } from '../config/types.ts';

export interface ComputedMetric {
  readonly outputTypes: readonly OutputType[];
  readonly aggregation: Aggregation;
}

const choice: readonly OutputType[] = ['multiple_choice'];
const rolling: readonly OutputType[] = ['loglikelihood_rolling'];

export const METRICS: ReadonlyMap<string, ComputedMetric> = new Map<string, ComputedMetric>([
  ['acc', { outputTypes: ['multiple_choice', 'loglikelihood'], aggregation: 'mean' }],
  ['acc_norm', { outputTypes: choice, aggregation: 'mean' }],
  ['acc_bytes', { outputTypes: choice, aggregation: 'mean' }],
  // Ours: what published texts mean by "length-normalised per token"; lm-eval has no such metric.
  ['acc_per_token', { outputTypes: choice, aggregation: 'mean' }],
  ['acc_mutual_info', { outputTypes: choice, aggregation: 'mean' }],
  ['exact_match', { outputTypes: ['generate_until', 'multiple_choice'], aggregation: 'mean' }],
  ['f1', { outputTypes: choice, aggregation: 'f1' }],
  ['mcc', { outputTypes: choice, aggregation: 'matthews_corrcoef' }],
  ['brier_score', { outputTypes: choice, aggregation: 'brier_score' }],
  ['perplexity', { outputTypes: ['loglikelihood'], aggregation: 'perplexity' }],
  ['word_perplexity', { outputTypes: rolling, aggregation: 'weighted_perplexity' }],
  ['byte_perplexity', { outputTypes: rolling, aggregation: 'weighted_perplexity' }],
  ['bits_per_byte', { outputTypes: rolling, aggregation: 'bits_per_byte' }],
]);

export const ONLY_IN_LM_EVAL: readonly string[] = [
  'bleu',
  'chrf',
  'chrf++',
  'ter',
  'acc_all',
  'bypass',
  'likelihood',
];

export const AGGREGATIONS: readonly Aggregation[] = [
  'mean',
  'nanmean',
  'median',
  'perplexity',
  'weighted_perplexity',
  'bits_per_byte',
  'f1',
  'matthews_corrcoef',
  'brier_score',
];

/** What lm-eval computes where a task names no metric. */
export const DEFAULT_METRICS: Readonly<Record<OutputType, readonly string[]>> = {
  multiple_choice: ['acc', 'acc_norm'],
  loglikelihood: ['perplexity', 'acc'],
  loglikelihood_rolling: ['word_perplexity', 'byte_perplexity', 'bits_per_byte'],
  generate_until: ['exact_match'],
};

/** What a metric is: what is known of it, and how it is computed from one document. */
import type { Value } from '@evalgraph/templates';
import type { Aggregation } from './aggregate.ts';
import type { ChoiceMeasures } from './choices.ts';
import type { ExactMatchOptions } from './exact-match.ts';

/** lm-eval's kinds of tasks, by what the model is asked. */
export type OutputType = 'multiple_choice' | 'loglikelihood' | 'loglikelihood_rolling' | 'generate_until';

export interface MetricFacts {
  /** What people call it. */
  readonly label: string;
  /** A fraction lies between 0 and 1 after `metricScale`. */
  readonly unit: 'fraction' | 'perplexity' | 'other';
  readonly higherIsBetter: boolean;
  /** Whether guessing among the choices of a question has a known share of it. */
  readonly isGuessable: boolean;
  /** Whether it is the mean over documents by definition. Where samples and results disagree, a file is wrong. */
  readonly isDocumentMean: boolean;
  /** Its place among the metrics of a task that a comparison of two models shows; null: only where a task has no ranked one. */
  readonly comparedRank: number | null;
  /** The metric of a task with the smallest rank is its headline; null: only where the task has no ranked one. */
  readonly headlineRank: number | null;
}

/** How a metric is computed from one document, for each output type that has it. */
export interface Computed {
  readonly multiple_choice?: (doc: ChoiceMeasures) => Value;
  readonly loglikelihood?: (response: {
    readonly logLikelihood: number;
    readonly isGreedy: boolean;
  }) => Value;
  readonly loglikelihood_rolling?: (logLikelihood: Value, text: string) => Value;
  /** Whether the answer is one of the right ones. */
  readonly generate_until?: (
    options: ExactMatchOptions,
    predicted: string,
    golds: readonly string[],
  ) => boolean;
}

export interface Metric extends MetricFacts {
  readonly computed: Computed;
  /** What makes one number of many documents. */
  readonly aggregation: Aggregation;
  /** The output types whose tasks have it where they name no metric. */
  readonly isDefaultOf: readonly OutputType[];
}

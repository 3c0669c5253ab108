/**
 * What is known of a metric by its name. A metric that is not in the table is told by its name alone; what a results
 * file or a task says of its direction comes first, wherever it says something.
 */
import { byName, isStderr, type MetricValues, splitMetricKey } from '@evalgraph/formats';
import type { Metric, MetricFacts, OutputType } from './metric.ts';
import { METRICS } from './table.ts';

const PERPLEXITY_NAME = /perplexity|^ppl$/;

/** Parts of the names of metrics of which less is better; judged by what lm-eval's own tasks say. */
const LOWER_IS_BETTER: readonly RegExp[] = [
  PERPLEXITY_NAME,
  /^bits_per_(?:byte|token|word)$/,
  /brier_score/,
  /(?:^|_)loss$/,
  /^(?:mae|mse|rmse)$|(?:^|_)error(?:_rate)?$/,
  /^(?:ter|wer|cer)$/,
  /(?:^|_)bias(?:_|$)|toxicity/,
  /^likelihood_diff|^difference_|^pct_/,
];

/** @param metric without its filter */
export function metricFacts(metric: string): MetricFacts {
  return (
    METRICS.get(metric) ?? {
      label: metric,
      unit: PERPLEXITY_NAME.test(metric) ? 'perplexity' : 'other',
      higherIsBetter: !LOWER_IS_BETTER.some((part) => part.test(metric)),
      isGuessable: false,
      isDocumentMean: false,
      comparedRank: null,
      headlineRank: null,
    }
  );
}

/** The direction of each metric for which a file says nothing, where less is better, and what the file says. */
export function directionsOf(
  metrics: MetricValues,
  said: Readonly<Record<string, boolean>>,
): Readonly<Record<string, boolean>> {
  const names = Object.keys(metrics).map((key) => splitMetricKey(key).metric);
  const lower = names.filter((name) => !isStderr(name) && !metricFacts(name).higherIsBetter);
  return byName([...lower.map((name) => [name, false] as const), ...Object.entries(said)]);
}

function rankedBy(rankOf: (metric: Metric) => number | null): readonly string[] {
  return [...METRICS]
    .flatMap(([name, metric]) => {
      const rank = rankOf(metric);
      return rank === null ? [] : [{ name, rank }];
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ name }) => name);
}

/** Metrics that a comparison shows, in its order. */
export const COMPARED_METRICS: readonly string[] = rankedBy(({ comparedRank }) => comparedRank);

/** Metrics that may be a task's headline, the first choice first. */
export const HEADLINE_METRICS: readonly string[] = rankedBy(({ headlineRank }) => headlineRank);

/** Names of the metrics that are computed here, where no function of the task does it. */
export const COMPUTED_METRICS: readonly string[] = [...METRICS].flatMap(([name, { computed }]) =>
  Object.keys(computed).length > 0 ? [name] : [],
);

/** What lm-eval computes where a task names no metric. */
export function defaultMetrics(outputType: OutputType): readonly string[] {
  return [...METRICS].flatMap(([name, { isDefaultOf }]) => (isDefaultOf.includes(outputType) ? [name] : []));
}

/** What SQuAD v2 alone measures: it tells its `f1` from another task's. */
const SQUAD_ONLY = /^(?:HasAns|NoAns|best)_(?:exact|f1)$/;

/** @param names of a task's metrics, without their filters */
export function isSquad(names: readonly string[]): boolean {
  return names.some((name) => SQUAD_ONLY.test(name) && name.endsWith('_exact'));
}

/**
 * lm-eval records SQuAD v2 in percent and everything else as fractions.
 * @param metric without its filter
 * @returns what a recorded value is divided by so that a perfect score is 1
 */
export function metricScale(metrics: MetricValues, metric: string): 1 | 100 {
  const isOfSquad = metric === 'exact' || metric === 'f1' || SQUAD_ONLY.test(metric);
  return isOfSquad && isSquad(Object.keys(metrics).map((key) => splitMetricKey(key).metric)) ? 100 : 1;
}

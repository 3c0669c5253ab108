/**
 * Which of a task's metrics is its headline, the one number of the checkpoint x task table. The rules, first match
 * wins; what a reader may miss by it is shown beside it as an extra column:
 *
 * 1. rolling perplexities: `word_perplexity` (lower is better)
 * 2. SQuAD v2 (told by its `HasAns_exact`): `f1`, with `HasAns_exact` beside it, because a model that answers
 *    "unanswerable" every time gets half of the F1
 * 3. `acc_norm` where both acc and acc_norm exist (hellaswag, arc, piqa, openbookqa)
 * 4. `acc` (mmlu, boolq, winogrande)
 * 5. `exact_match`, `f1`: generation
 * 6. else the first metric by name
 *
 * A metric under several filters is taken under 'none', else 'strict-match', else the first by name: a record's
 * keys are sorted, so their order says nothing. A metric that is "N/A" is as good as absent.
 */
import { compareFilters, type MetricName, type MetricValues, metricsIn } from '@evalgraph/formats';
import { HEADLINE_METRICS, isSquad, type MetricFacts, metricFacts, metricScale } from '@evalgraph/metrics';

export interface Metric extends MetricName {
  /** Recorded value / scale is what is shown: squad_v2 stands in percent in lm-eval's results. */
  readonly scale: 1 | 100;
  readonly kind: MetricFacts['unit'];
  readonly higherIsBetter: boolean;
}

/** @returns null where `metrics` has no metric with a filter */
export function headlineMetric(
  metrics: MetricValues,
  higherIsBetter: Readonly<Record<string, boolean>> = {},
): Metric | null {
  const names = [...new Set(metricsIn(metrics).map(({ metric }) => metric))].sort();
  const known = [...(isSquad(names) ? ['f1'] : []), ...HEADLINE_METRICS].find((name) => names.includes(name));
  const name = known ?? names[0];
  return name === undefined ? null : metricOf(metrics, name, higherIsBetter);
}

/** What is shown beside the headline. */
export function extraMetrics(
  metrics: MetricValues,
  headline: Metric,
  higherIsBetter: Readonly<Record<string, boolean>> = {},
): readonly Metric[] {
  const names = headline.metric === 'f1' ? ['HasAns_exact'] : [];
  return names.flatMap((name) => metricOf(metrics, name, higherIsBetter) ?? []);
}

/** As people call it: EM for exact matches, the filter named only where it says something. */
export function metricLabel({ metric, filter }: MetricName): string {
  const { label } = metricFacts(metric);
  return filter === 'none' ? label : `${label}, ${filter}`;
}

function metricOf(
  metrics: MetricValues,
  metric: string,
  higherIsBetter: Readonly<Record<string, boolean>>,
): Metric | null {
  const [filter] = metricsIn(metrics)
    .filter((one) => one.metric === metric)
    .map((one) => one.filter)
    .sort(compareFilters);
  if (filter === undefined) return null;
  const facts = metricFacts(metric);
  return {
    metric,
    filter,
    scale: metricScale(metrics, metric),
    kind: facts.unit,
    higherIsBetter:
      (Object.hasOwn(higherIsBetter, metric) ? higherIsBetter[metric] : undefined) ?? facts.higherIsBetter,
  };
}

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
import { type MetricValues, metricScale } from '@evalgraph/formats';

export interface Metric {
  readonly metric: string;
  readonly filter: string;
  /** Recorded value / scale is what is shown: squad_v2 stands in percent in lm-eval's results. */
  readonly scale: 1 | 100;
  readonly kind: 'fraction' | 'perplexity' | 'other';
  readonly higherIsBetter: boolean;
}

const FRACTIONS = /^(acc|acc_norm|exact_match|exact|f1|mc[12]|((HasAns|NoAns|best)_(exact|f1)))$/;
const PERPLEXITY = /perplexity|^ppl$/;
const LOWER_IS_BETTER = /perplexity|^ppl$|bits_per_byte|brier_score|^ter$|_loss$/;

/** @returns null where `metrics` has no metric with a filter */
export function headlineMetric(
  metrics: MetricValues,
  higherIsBetter: Readonly<Record<string, boolean>> = {},
): Metric | null {
  const has = (name: string): boolean => filtersOf(metrics, name).length > 0;
  const name = ((): string | undefined => {
    if (has('word_perplexity')) return 'word_perplexity';
    if (has('HasAns_exact') && has('f1')) return 'f1';
    for (const known of ['acc_norm', 'acc', 'exact_match', 'f1']) if (has(known)) return known;
    return metricNames(metrics)[0];
  })();
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

export function metricKey({ metric, filter }: Pick<Metric, 'metric' | 'filter'>): string {
  return `${metric},${filter}`;
}

export function stderrKey({ metric, filter }: Pick<Metric, 'metric' | 'filter'>): string {
  return `${metric}_stderr,${filter}`;
}

/** As people call it: EM for exact matches, the filter named only where it says something. */
export function metricLabel({ metric, filter }: Pick<Metric, 'metric' | 'filter'>): string {
  const names: Readonly<Record<string, string>> = {
    exact: 'EM',
    exact_match: 'EM',
    f1: 'F1',
    HasAns_exact: 'EM, answerable only',
    HasAns_f1: 'F1, answerable only',
    word_perplexity: 'word perplexity',
  };
  const name = (Object.hasOwn(names, metric) ? names[metric] : undefined) ?? metric;
  return filter === 'none' ? name : `${name}, ${filter}`;
}

function metricOf(
  metrics: MetricValues,
  metric: string,
  higherIsBetter: Readonly<Record<string, boolean>>,
): Metric | null {
  const filter = filtersOf(metrics, metric)[0];
  if (filter === undefined) return null;
  return {
    metric,
    filter,
    scale: metricScale(metrics, metric),
    kind: PERPLEXITY.test(metric) ? 'perplexity' : FRACTIONS.test(metric) ? 'fraction' : 'other',
    higherIsBetter:
      (Object.hasOwn(higherIsBetter, metric) ? higherIsBetter[metric] : undefined) ??
      !LOWER_IS_BETTER.test(metric),
  };
}

function metricNames(metrics: MetricValues): readonly string[] {
  const names = Object.entries(metrics).flatMap(([key, value]) =>
    key.includes(',') && value !== 'N/A' ? [key.slice(0, key.indexOf(','))] : [],
  );
  return [...new Set(names)].filter((name) => !name.endsWith('_stderr')).sort();
}

function filtersOf(metrics: MetricValues, metric: string): readonly string[] {
  const rank = (filter: string): number => (filter === 'none' ? 0 : filter === 'strict-match' ? 1 : 2);
  return Object.entries(metrics)
    .filter(([key, value]) => key.startsWith(`${metric},`) && value !== 'N/A')
    .map(([key]) => key.slice(metric.length + 1))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

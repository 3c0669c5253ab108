/** Which metrics of a task a comparison shows, and what is known of them by name. */
import type { CellResults, MetricValues } from '@evalgraph/formats';

export interface ComparedMetric {
  readonly metric: string;
  readonly filter: string;
}

/** In the order in which they are shown. A task shows all of these that it has. */
const COMPARED = [
  'acc',
  'acc_norm',
  'exact_match',
  'exact',
  'f1',
  'HasAns_exact',
  'HasAns_f1',
  'word_perplexity',
] as const;

/** Means over documents by definition: where samples and results disagree, one of the files is wrong. */
const MEANS: ReadonlySet<string> = new Set(['acc', 'acc_norm', 'exact_match', 'exact', 'HasAns_exact']);

const LOWER_IS_BETTER = /perplexity|bits_per_byte|brier_score|^ppl$|^ter$|_loss$/;

/**
 * Metrics to compare: those of `COMPARED` that the task has, each under each of its filters ('none', then
 * 'strict-match', then by name: a record's keys are sorted, so a file's order says nothing). A task with none of
 * them is compared by everything that it has. What is "N/A" for both (HasAns_exact, where a limited run saw no
 * answerable question) is nothing to compare.
 */
export function comparedMetrics(dense: MetricValues, pruned: MetricValues): readonly ComparedMetric[] {
  const found = Object.keys(dense)
    .filter((key) => dense[key] !== 'N/A' || (pruned[key] ?? 'N/A') !== 'N/A')
    .map(splitKey)
    .filter(({ metric, filter }) => filter !== '' && metric !== 'alias' && !metric.endsWith('_stderr'));
  const known = COMPARED.flatMap((name) =>
    found.filter(({ metric }) => metric === name).sort((a, b) => compareFilters(a.filter, b.filter)),
  );
  return known.length > 0 ? known : found;
}

export function metricKey({ metric, filter }: ComparedMetric): string {
  return `${metric},${filter}`;
}

export function isMeanOverDocuments(metric: string): boolean {
  return MEANS.has(metric);
}

/**
 * What to divide a recorded value by so that a perfect score is 1. lm-eval's squad_v2 scores stand in percent,
 * all other scores as fractions; its `f1` is told from another task's by the metrics beside it.
 */
export function scaleOf(metric: string, metrics: MetricValues): 1 | 100 {
  const isSquad = Object.keys(metrics).some((key) => /^(HasAns|NoAns|best)_exact,/.test(key));
  return isSquad && /^((HasAns|NoAns|best)_)?(exact|f1)$/.test(metric) ? 100 : 1;
}

/** As the record says for the task, else for any of its tasks, else by the metric's name. */
export function higherIsBetter(cell: CellResults, task: string, metric: string): boolean {
  const stated =
    cell.higherIsBetter[task]?.[metric] ??
    Object.values(cell.higherIsBetter).find((metrics) => metrics[metric] !== undefined)?.[metric];
  return stated ?? !LOWER_IS_BETTER.test(metric);
}

function splitKey(key: string): ComparedMetric {
  const comma = key.indexOf(',');
  return comma < 0
    ? { metric: key, filter: '' }
    : { metric: key.slice(0, comma), filter: key.slice(comma + 1) };
}

function compareFilters(a: string, b: string): number {
  const rank = (filter: string): number => (filter === 'none' ? 0 : filter === 'strict-match' ? 1 : 2);
  return rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0);
}

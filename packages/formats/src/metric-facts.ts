/**
 * What is known of a metric by its name. A metric that is not in the table is told by its name alone; what a results
 * file or a task says of its direction comes first, wherever it says something.
 */
import type { MetricValues } from './records.ts';

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
  /** Whether a comparison of two models shows it beside others that the task has. */
  readonly isCompared: boolean;
  /** The metric of a task with the smallest rank is its headline; null: only where the task has no ranked one. */
  readonly headlineRank: number | null;
}

const SCORE: MetricFacts = {
  label: '',
  unit: 'fraction',
  higherIsBetter: true,
  isGuessable: false,
  isDocumentMean: false,
  isCompared: false,
  headlineRank: null,
};
const ACCURACY: MetricFacts = { ...SCORE, isGuessable: true, isDocumentMean: true };
const PERPLEXITY: MetricFacts = { ...SCORE, unit: 'perplexity', higherIsBetter: false };

/** The order is the one in which a comparison shows them. */
const TABLE: ReadonlyMap<string, MetricFacts> = new Map(
  Object.entries({
    acc: { ...ACCURACY, isCompared: true, headlineRank: 3 },
    acc_norm: { ...ACCURACY, isCompared: true, headlineRank: 2 },
    acc_bytes: ACCURACY,
    acc_per_token: ACCURACY,
    acc_mutual_info: { ...SCORE, isDocumentMean: true },
    exact_match: { ...SCORE, label: 'EM', isDocumentMean: true, isCompared: true, headlineRank: 4 },
    exact: { ...SCORE, label: 'EM', isDocumentMean: true, isCompared: true },
    f1: { ...SCORE, label: 'F1', isCompared: true, headlineRank: 5 },
    HasAns_exact: { ...SCORE, label: 'EM, answerable only', isDocumentMean: true, isCompared: true },
    HasAns_f1: { ...SCORE, label: 'F1, answerable only', isCompared: true },
    NoAns_exact: SCORE,
    NoAns_f1: SCORE,
    best_exact: SCORE,
    best_f1: SCORE,
    mc1: SCORE,
    mc2: SCORE,
    word_perplexity: { ...PERPLEXITY, label: 'word perplexity', isCompared: true, headlineRank: 1 },
  } satisfies Record<string, MetricFacts>).map(([name, facts]) => [
    name,
    { ...facts, label: facts.label === '' ? name : facts.label },
  ]),
);

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
  const known = TABLE.get(metric);
  if (known !== undefined) return known;
  return {
    ...SCORE,
    label: metric,
    unit: PERPLEXITY_NAME.test(metric) ? 'perplexity' : 'other',
    higherIsBetter: !LOWER_IS_BETTER.some((part) => part.test(metric)),
  };
}

/** Metrics that a comparison shows, in its order. */
export const COMPARED_METRICS: readonly string[] = [...TABLE]
  .filter(([, { isCompared }]) => isCompared)
  .map(([name]) => name);

/** Metrics that may be a task's headline, the first choice first. */
export const HEADLINE_METRICS: readonly string[] = [...TABLE]
  .flatMap(([name, { headlineRank }]) => (headlineRank === null ? [] : [{ name, headlineRank }]))
  .sort((a, b) => a.headlineRank - b.headlineRank)
  .map(({ name }) => name);

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

/** A metric of a task, as it came out of one of the task's filters. */
export interface MetricName {
  readonly metric: string;
  /** 'none' where the task has no filter; '' in a key without one, as lm-eval 0.3 wrote it. */
  readonly filter: string;
}

/** The key of a results file: `acc,none`. */
export function metricKey({ metric, filter }: MetricName): string {
  return `${metric},${filter}`;
}

/** The key of a results file: `acc_stderr,none`. */
export function stderrKey({ metric, filter }: MetricName): string {
  return `${metric}${STDERR},${filter}`;
}

const STDERR = '_stderr';

/** @param metric a name without its filter */
export function isStderr(metric: string): boolean {
  return metric.endsWith(STDERR);
}

export function splitMetricKey(key: string): MetricName {
  const comma = key.indexOf(',');
  return comma < 0
    ? { metric: key, filter: '' }
    : { metric: key.slice(0, comma), filter: key.slice(comma + 1) };
}

/** The metrics that `metrics` has a value for, without standard errors; "N/A" is as good as absent. */
export function metricsIn(metrics: MetricValues): readonly MetricName[] {
  return Object.entries(metrics)
    .filter(([, value]) => value !== 'N/A')
    .map(([key]) => splitMetricKey(key))
    .filter(({ metric, filter }) => filter !== '' && !isStderr(metric));
}

/** 'none', then 'strict-match', then by name: a record's keys are sorted, so a file's order says nothing. */
export function compareFilters(a: string, b: string): number {
  const rank = (filter: string): number => (filter === 'none' ? 0 : filter === 'strict-match' ? 1 : 2);
  return rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0);
}

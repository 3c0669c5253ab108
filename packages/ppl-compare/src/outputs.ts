/**
 * The files that users' scripts read: `original_model_results.json`, `pruned_model_results.json` and
 * `comparison_results.json`. The first two keep the names that those scripts know (model_path, sparsity,
 * wikitext_ppl, exact_match, accuracy); the third is the whole record.
 */
import {
  COMPARISON_FILE,
  type ComparisonRecord,
  type PerplexityFigure,
  prettyJson,
} from '@evalgraph/formats';

/** Where the two models came from, as the pipeline names it: a hub repository or a folder inside the workspace. */
export interface ModelPaths {
  readonly dense: string;
  readonly pruned: string;
}

export interface ModelResults {
  readonly model_path: string;
  /** Fraction of exact zeros in the linear layers' matrices. */
  readonly sparsity: number;
  /** The perplexity by the pruning papers' protocol on a wikitext corpus; null where it was not measured. */
  readonly wikitext_ppl: number | null;
  /** Every perplexity with what it was measured by. */
  readonly perplexity: readonly Omit<PerplexityFigure, 'windowNllNats'>[];
  readonly limit: number | null;
  /** Scores by task and metric, as fractions. */
  readonly tasks: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** File name -> content; the same bytes for the same record. */
export function comparisonFiles(record: ComparisonRecord, paths: ModelPaths): ReadonlyMap<string, string> {
  return new Map([
    ['original_model_results.json', prettyJson(modelResults(record, 'dense', paths.dense))],
    ['pruned_model_results.json', prettyJson(modelResults(record, 'pruned', paths.pruned))],
    [COMPARISON_FILE, prettyJson(record)],
  ]);
}

export function modelResults(
  record: ComparisonRecord,
  side: 'dense' | 'pruned',
  modelPath: string,
): ModelResults {
  const figures = record.perplexity.map((pair) => pair[side]);
  const wikitext = figures.find(({ protocol, corpus }) => protocol === 'wanda' && /wikitext/i.test(corpus));
  const { zeros, elements } = record.sparsity[side].linear;
  const tasks = new Map<string, Record<string, number>>();
  for (const paired of record.tasks) {
    const scores = tasks.get(paired.task) ?? {};
    tasks.set(paired.task, scores);
    const name = userMetric(paired.task, paired.metric);
    // The first filter has the plain name; further ones say which they are.
    scores[Object.hasOwn(scores, name) ? `${name},${paired.filter}` : name] = paired[side];
  }
  return {
    model_path: modelPath,
    sparsity: zeros / elements,
    wikitext_ppl: wikitext === undefined ? null : wikitext.perplexity,
    perplexity: figures.map(withoutWindows),
    limit: record.limit,
    tasks: Object.fromEntries(tasks),
  };
}

/** Thousands of numbers a figure; the whole record has them. */
function withoutWindows(figure: PerplexityFigure): Omit<PerplexityFigure, 'windowNllNats'> {
  const { windowNllNats: _nats, windowWeights: _weights, ...rest } = figure;
  return rest;
}

/** squad's `exact` and gsm8k's `exact_match` have other names in those scripts. */
function userMetric(task: string, metric: string): string {
  if (metric === 'exact') return 'exact_match';
  return metric === 'exact_match' && /^gsm8k/.test(task) ? 'accuracy' : metric;
}

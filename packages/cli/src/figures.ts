/** What a target computed, as its reader wants to see it when it is done: the figures, and where the files are. */
import { type CellResults, stderrKey } from '@evalgraph/formats';
import {
  formatPerplexity,
  formatScore,
  formatWithError,
  headlineMetric,
  metricLabel,
} from '@evalgraph/report/data';
import { type Cell, cellsOfComparison, type Plan } from '@evalgraph/runner/plan';
import { collectReport } from '@evalgraph/runner/reporting';
import {
  DIVERGENCE_FILE,
  findCells,
  RECONCILIATION_FILE,
  RESULTS_FILE,
  SAMPLES_FILE,
} from '@evalgraph/runner/results';
import { plannedEngine } from '@evalgraph/runner/run';
import { comparisonFolder, resultsFolder } from '@evalgraph/spec';
import { leftTable } from './table.ts';
import { comparisonsView, seriesComparisonsView } from './terminal/comparisons-view.ts';
import type { Screen } from './terminal/screen.ts';
import { safeLine } from './terminal/text.ts';

export type Shown = 'perplexity' | 'divergence' | 'samples';

/** Kinds of cells that a target is about, and the file that says more than results.json. */
const SHOWN: Readonly<Record<Shown, readonly (readonly [Cell['work']['kind'], string])[]>> = {
  perplexity: [
    ['perplexity', RESULTS_FILE],
    ['reconciliation', RECONCILIATION_FILE],
  ],
  divergence: [['divergence', DIVERGENCE_FILE]],
  samples: [['samples', SAMPLES_FILE]],
};

/** Figures of the pipeline's cells of one kind, a line each; those without a result are left out. */
export async function cellFigures(root: string, plan: Plan, shown: Shown): Promise<readonly string[]> {
  const files = new Map(SHOWN[shown]);
  const cells = plan.cells.filter(({ work }) => files.has(work.kind));
  const { results } = await findCells(root, plan, cells);
  const rows = cells.flatMap((cell) => {
    const found = results.get(cell.id);
    return found === undefined
      ? []
      : [[safeLine(cell.checkpoint.id), safeLine(cell.name), figureText(found)]];
  });
  const names = [...new Set(files.values())].join(', ');
  return [
    ...leftTable(rows),
    ...(rows.length === 0
      ? []
      : ['', `Files: ${resultsFolder(plan.pipeline.name, plan.variant)}/<checkpoint>/<name>/ (${names})`]),
  ];
}

/**
 * The report's views of one comparison, or of all. Reads what these comparisons are made of and nothing else: other cells
 * and comparisons may be put into their places at this moment, by tasks that run beside this one.
 */
export async function comparisonFigures(
  root: string,
  plan: Plan,
  names: readonly string[],
  screen: Screen,
): Promise<readonly string[]> {
  const comparisons = plan.comparisons.filter(({ use }) => names.includes(use.name));
  const own: Plan = {
    ...plan,
    pipeline: { ...plan.pipeline, stages: [], samples: null },
    cells: [...new Set(comparisons.flatMap(cellsOfComparison))],
    comparisons,
  };
  const input = await collectReport(root, own, plannedEngine(plan), { partial: true });
  return [
    ...comparisonsView(input.comparisons, screen),
    ...seriesComparisonsView(input.seriesComparisons ?? [], screen),
    '',
    ...names.map(
      (name) => `${comparisonFolder(plan.pipeline.name, plan.variant, name)}/comparison_report.md`,
    ),
  ];
}

/** Ends an evaluation of everything: it says which results there are, and the command that shows them. */
export async function evaluatedText(root: string, plan: Plan): Promise<readonly string[]> {
  const { name } = plan.pipeline;
  const { results } = await findCells(root, plan, plan.cells);
  const flag = plan.variant === 'quick' ? ' --quick' : '';
  return [
    `${results.size} of ${plan.cells.length} results in ${resultsFolder(name, plan.variant)}; npx evalgraph show ${name}${flag} shows them`,
  ];
}

/** The one number that a cell is about, with its name. Empty where nothing is scored. */
export function figureText({ results, task, higherIsBetter, perplexity }: CellResults): string {
  const metrics = results[task]?.metrics ?? {};
  if (perplexity !== undefined) {
    const words = metrics['word_perplexity,none'];
    const perWord = typeof words === 'number' ? `, ${formatPerplexity(words)} a word` : '';
    return `perplexity ${formatPerplexity(perplexity.perplexity)} a token${perWord}`;
  }
  const steps = Object.entries(metrics).filter(([name]) => name.startsWith('perplexity_after_'));
  if (steps.length > 0) {
    const values = steps
      .sort((a, b) => Number(/\d+/.exec(a[0])?.[0]) - Number(/\d+/.exec(b[0])?.[0]))
      .flatMap(([, value]) => (typeof value === 'number' ? [formatPerplexity(value)] : []));
    return `perplexity ${values.join(' -> ')}`;
  }
  const kl = metrics['kl_mean,none'];
  if (typeof kl === 'number') {
    const same = metrics['same_top,none'];
    return `mean KL ${formatScore(kl)} nats${typeof same === 'number' ? `, same most probable token ${formatScore(same)}` : ''}`;
  }
  const metric = headlineMetric(metrics, higherIsBetter[task]);
  if (metric === null) return '';
  const value = metrics[`${metric.metric},${metric.filter}`];
  if (typeof value !== 'number') return '';
  const error = metrics[stderrKey(metric)];
  const shown = (number: number): string =>
    metric.kind === 'perplexity' ? formatPerplexity(number) : formatScore(number / metric.scale);
  return `${metricLabel(metric)} ${formatWithError(shown(value), typeof error === 'number' ? error / metric.scale : null)}`;
}

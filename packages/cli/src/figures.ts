/** What a target computed, as its reader wants to see it when it is done: the figures, and where the files are. */
import { cellFigure, comparisonScreen, tableBlock, textCell } from '@evalgraph/report/data';
import { renderTerminal, type Screen } from '@evalgraph/report/terminal';
import { type Cell, cellsOfComparison, type Plan } from '@evalgraph/runner/plan';
import {
  DIVERGENCE_FILE,
  findCells,
  RECONCILIATION_FILE,
  RESULTS_FILE,
  SAMPLES_FILE,
} from '@evalgraph/runner/results';
import { comparisonFolder, resultsFolder } from '@evalgraph/spec';

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
export async function cellFigures(
  root: string,
  plan: Plan,
  shown: Shown,
  screen: Screen,
): Promise<readonly string[]> {
  const files = new Map(SHOWN[shown]);
  const cells = plan.cells.filter(({ work }) => files.has(work.kind));
  const { results } = await findCells(root, plan, cells);
  const rows = cells.flatMap((cell) => {
    const found = results.get(cell.id);
    return found === undefined
      ? []
      : [[textCell(cell.checkpoint.id), textCell(cell.name), textCell(cellFigure(found))]];
  });
  const names = [...new Set(files.values())].join(', ');
  return [
    ...renderTerminal([tableBlock('Figures', ['Checkpoint', 'Cell', 'Figure'], rows)], screen),
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
  const { collectReport } = await import('@evalgraph/runner/reporting');
  const { plannedEngine } = await import('@evalgraph/runner/run');
  const input = await collectReport(root, own, plannedEngine(plan), { partial: true });
  return [
    ...renderTerminal(comparisonScreen(input), screen),
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

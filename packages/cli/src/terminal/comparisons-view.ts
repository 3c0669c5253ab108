/** Dense against pruned in a terminal: sparsity, perplexities, tasks with paired differences. */
import type {
  ComparisonRecord,
  PairedTask,
  PerplexityFigure,
  SeriesComparisonRecord,
} from '@evalgraph/formats';
import {
  formatCount,
  formatDifference,
  formatInterval,
  formatLimit,
  formatP,
  formatPercent,
  formatPercentDifference,
  formatPerplexity,
  formatRatio,
  formatWithError,
  headlineCurves,
  metricLabel,
  NOT_AVAILABLE,
  pairedValue,
  perplexityLabel,
  stepsText,
} from '@evalgraph/report/data';
import { section } from './scores-view.ts';
import type { Screen, Style } from './screen.ts';
import { type Cell, cell, column, tableLines } from './table.ts';
import { safeLine, wrap } from './text.ts';

export function comparisonsView(records: readonly ComparisonRecord[], screen: Screen): readonly string[] {
  return records.flatMap((record) => [
    ...section(
      `Comparison ${safeLine(record.name)}: ${safeLine(record.dense.checkpoint)} (dense), ${safeLine(record.pruned.checkpoint)} (pruned)${record.limit === null ? '' : `, ${formatLimit(record.limit)}`}`,
      tableLines(
        {
          columns: [
            column('weights', 'left'),
            ...['dense', 'pruned', 'difference', 'factor'].map((head) => column(head)),
          ],
          rows: [sparsityRow(record), ...record.perplexity.map(perplexityRow)],
          foot: [],
        },
        screen,
      ),
      screen,
    ),
    ...(record.tasks.length === 0 ? [] : ['', ...taskTable(record.tasks, screen)]),
  ]);
}

/** Two series: at each common step how far pruned is from dense, on every task's headline. */
export function seriesComparisonsView(
  records: readonly SeriesComparisonRecord[],
  screen: Screen,
): readonly string[] {
  return records.flatMap((record) => {
    const curves = headlineCurves(record);
    const [first] = record.steps;
    const rows = record.steps.map(({ step }) => [
      cell(formatCount(step)),
      ...curves.map((curve) => {
        const point = curve.points.find((one) => one.step === step);
        if (point === undefined) return cell(NOT_AVAILABLE);
        const text = formatWithError(formatDifference(point.difference), point.stderr);
        return cell(text, styleOf({ ...point, higherIsBetter: curve.higherIsBetter }));
      }),
    ]);
    const columns = [column('step'), ...curves.map(({ task }) => column(safeLine(task)))];
    const names = [first?.pruned.model ?? '', first?.dense.model ?? ''].map(safeLine);
    return [
      ...section(
        `Comparison ${safeLine(record.name)}: ${names[0]} (pruned) minus ${names[1]} (dense), by step${record.limit === null ? '' : `, ${formatLimit(record.limit)}`}`,
        curves.length === 0 ? [] : tableLines({ columns, rows, foot: [] }, screen),
        screen,
      ),
      '',
      ...wrap(safeLine(stepsText(record)), screen.width),
    ];
  });
}

function sparsityRow({ sparsity: { dense, pruned } }: ComparisonRecord): readonly Cell[] {
  const [before, after] = [dense, pruned].map(({ linear }) => linear.zeros / linear.elements);
  if (before === undefined || after === undefined) return [];
  return [
    cell('sparsity of linear layers'),
    cell(formatPercent(before)),
    cell(formatPercent(after)),
    cell(formatPercentDifference(after - before)),
    cell(''),
  ];
}

function perplexityRow({
  dense,
  pruned,
  ratio,
}: {
  readonly dense: PerplexityFigure;
  readonly pruned: PerplexityFigure;
  readonly ratio: number;
}): readonly Cell[] {
  return [
    cell(safeLine(perplexityLabel(dense))),
    cell(formatPerplexity(dense.perplexity)),
    cell(formatPerplexity(pruned.perplexity)),
    cell(formatDifference(pruned.perplexity - dense.perplexity)),
    cell(formatRatio(ratio)),
  ];
}

/** The rows of comparison_report.md, with its tests: what is judged there is judged here by the same figures. */
function taskTable(tasks: readonly PairedTask[], screen: Screen): readonly string[] {
  const isJudged = tasks.some(({ verdict }) => verdict !== undefined);
  const columns = [
    column('task', 'left'),
    ...['dense', 'pruned', 'difference'].map((head) => column(head)),
    column(isJudged ? 'p (Holm)' : 'McNemar p'),
    ...(isJudged ? [column('verdict', 'left')] : []),
    // The standard error beside the difference says the same.
    column('95 % interval', 'right', true),
    column('documents', 'right', true),
  ];
  const rows = tasks.map((task) => {
    const interval = task.analysis?.normal95 ?? task.interval95;
    const p = isJudged ? task.adjustedP : task.mcnemar?.p;
    return [
      cell(safeLine(`${task.task} (${metricLabel(task)})`)),
      cell(pairedValue(task.dense, task)),
      cell(pairedValue(task.pruned, task)),
      cell(formatWithError(formatDifference(task.difference), task.stderr), styleOf(task)),
      cell(p === null || p === undefined ? NOT_AVAILABLE : formatP(p)),
      ...(isJudged ? [cell(task.verdict ?? 'not tested')] : []),
      cell(interval === null ? NOT_AVAILABLE : formatInterval(interval)),
      cell(formatCount(task.documents), 'dim'),
    ];
  });
  return tableLines({ columns, rows, foot: [] }, screen);
}

type Judged = Pick<PairedTask, 'interval95' | 'difference' | 'higherIsBetter' | 'verdict'>;

/** Coloured where the difference is significant; without a verdict, where the interval leaves out zero. */
function styleOf({ interval95, difference, higherIsBetter, verdict }: Judged): Style | null {
  const isSignificant =
    verdict === undefined
      ? interval95 !== null && (interval95[0] > 0 || interval95[1] < 0)
      : verdict === 'significant';
  if (!isSignificant) return null;
  return difference > 0 === higherIsBetter ? 'green' : 'red';
}

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
  formatScore,
  formatWithError,
  headlineCurves,
  metricLabel,
  NOT_AVAILABLE,
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

function taskTable(tasks: readonly PairedTask[], screen: Screen): readonly string[] {
  const columns = [
    column('task', 'left'),
    column('metric', 'left', true),
    ...['dense', 'pruned', 'difference', '95 % interval', 'McNemar p', 'documents'].map((head) =>
      column(head),
    ),
  ];
  const rows = tasks.map((task) => [
    cell(safeLine(task.task)),
    cell(safeLine(metricLabel(task)), 'dim'),
    cell(pairedValue(task.dense, task)),
    cell(pairedValue(task.pruned, task)),
    cell(formatWithError(formatDifference(task.difference), task.stderr), styleOf(task)),
    cell(task.interval95 === null ? NOT_AVAILABLE : formatInterval(task.interval95)),
    cell(task.mcnemar === null ? NOT_AVAILABLE : formatP(task.mcnemar.p)),
    cell(formatCount(task.documents), 'dim'),
  ]);
  return tableLines({ columns, rows, foot: [] }, screen);
}

/** Coloured where the interval leaves out zero; else the difference may be noise. */
function styleOf({
  interval95,
  difference,
  higherIsBetter,
}: Pick<PairedTask, 'interval95' | 'difference' | 'higherIsBetter'>): Style | null {
  if (interval95 === null || (interval95[0] <= 0 && interval95[1] >= 0)) return null;
  return difference > 0 === higherIsBetter ? 'green' : 'red';
}

function pairedValue(value: number, { metric }: Pick<PairedTask, 'metric'>): string {
  return /perplexity/.test(metric) ? formatPerplexity(value) : formatScore(value);
}

/** Dense against pruned: both scores of each task as a dumbbell, and beside it the difference with its interval. */
import type { ComparisonRecord, PairedTask } from '@evalgraph/formats';
import type { Chart } from '../chart.ts';
import { formatDifference, formatInterval, formatPercent, formatScore, limitedText } from '../format.ts';
import { metricLabel } from '../headline-metric.ts';
import { plainText } from '../plain-text.ts';
import {
  ALIKE,
  byName,
  chartOf,
  differenceAxis,
  intervals,
  level,
  namesAxis,
  points,
  SCORE_AXIS,
  texts,
} from './parts.ts';
import { DENSE, MUTED, PRUNED } from './theme.ts';

const ROW_HEIGHT = 30;
const SIDES = ['dense', 'pruned'] as const;

/** Fractions only: a perplexity has another unit, and stands in the table. @returns null where there is none */
export function comparisonChart(record: ComparisonRecord): Chart | null {
  const tasks = record.tasks.filter((task) => task.higherIsBetter && isFraction(task));
  if (tasks.length === 0) return null;
  const labels = tasks.map(label);
  const rows = tasks.map((task, index) => ({
    task: labels[index] ?? '',
    dense: task.dense,
    pruned: task.pruned,
    difference: task.difference,
    low: task.interval95?.[0] ?? task.difference,
    high: task.interval95?.[1] ?? task.difference,
    text: formatDifference(task.difference),
    about:
      `${labels[index] ?? ''}: ${formatDifference(task.difference)}` +
      (task.interval95 === null ? '' : `, 95 % interval ${formatInterval(task.interval95)}`),
  }));
  const sides = rows.flatMap((row) =>
    SIDES.map((side) => ({
      task: row.task,
      side,
      score: row[side],
      about: `${row.task}, ${side}: ${formatScore(row[side])}`,
    })),
  );
  const height = ROW_HEIGHT * rows.length;
  const y = namesAxis('task', labels, {}, { grid: true });
  const beside = { ...y, axis: null };
  const title = `${plainText(record.name)}: dense and pruned`;
  const { linear } = record.sparsity.pruned;
  const score = { type: 'quantitative', scale: { zero: false, nice: true }, axis: SCORE_AXIS };
  const difference = { type: 'quantitative', scale: { nice: true }, axis: differenceAxis(5) };
  return chartOf({
    name: `comparison-${record.name}`,
    about: { kind: 'comparison', comparison: record.name },
    title,
    subtitle: [
      `${plainText(record.dense.model)} and ${plainText(record.pruned.model)}, ` +
        `${formatPercent(linear.zeros / linear.elements)} zeros in the linear layers. ` +
        'Bars: paired 95 % intervals of the difference.',
      ...(record.limit === null ? [] : [limitedRun(record.limit)]),
    ],
    body: {
      spacing: 24,
      hconcat: [
        {
          width: 330,
          height,
          layer: [
            {
              data: { values: rows },
              mark: { type: 'rule', strokeWidth: 3, color: '#cfcfcf', aria: false },
              encoding: { y, x: { ...score, field: 'dense' }, x2: { field: 'pruned' } },
            },
            points(
              sides,
              { size: 85 },
              {
                y,
                x: { field: 'score', type: 'quantitative', axis: SCORE_AXIS },
                color: byName('side', SIDES, [DENSE, PRUNED], { symbolType: 'circle', orient: 'top' }),
                shape: byName('side', SIDES, ['circle', 'diamond'], { orient: 'top' }),
              },
            ),
          ],
        },
        {
          width: 250,
          height,
          layer: [
            level('x', 0, ALIKE),
            intervals(rows, 'x', { strokeWidth: 2, color: PRUNED }, { y: beside, x: difference }),
            points(
              rows,
              { shape: 'diamond', size: 70, color: PRUNED },
              { y: beside, x: { field: 'difference', type: 'quantitative', axis: differenceAxis(5) } },
            ),
          ],
        },
        {
          width: 46,
          height,
          ...texts(rows, { align: 'right', x: 46, color: MUTED, fontSize: 12 }, { y: beside }),
        },
      ],
    },
  });
}

/** A line of the subtitle. */
export function limitedRun(limit: number): string {
  return `${limitedText(limit)}, not to be compared with full runs.`;
}

export function isFraction({ dense, pruned }: Pick<PairedTask, 'dense' | 'pruned'>): boolean {
  return [dense, pruned].every((score) => score >= 0 && score <= 1);
}

export function label(task: Pick<PairedTask, 'task' | 'metric' | 'filter'>): string {
  return `${plainText(task.task)} (${plainText(metricLabel(task))})`;
}

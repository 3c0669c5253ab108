/** Dense against pruned: both scores of each task as a dumbbell, and beside it the difference with its interval. */
import type { ComparisonRecord, PairedTask } from '@evalgraph/formats';
import { formatDifference, formatInterval, formatPercent, formatScore, limitedText } from '../format.ts';
import { metricLabel } from '../headline-metric.ts';
import { plainText } from '../markdown/escape.ts';
import { fileName } from './file-name.ts';
import { type Chart, CONFIG, DENSE, type JsonObject, MUTED, PRUNED, RULE, SCHEMA } from './theme.ts';

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
  const points = rows.flatMap((row) =>
    SIDES.map((side) => ({
      task: row.task,
      side,
      score: row[side],
      about: `${row.task}, ${side}: ${formatScore(row[side])}`,
    })),
  );
  const height = ROW_HEIGHT * rows.length;
  const y: JsonObject = {
    field: 'task',
    type: 'nominal',
    sort: labels,
    scale: { domain: labels },
    axis: { title: null, labelFontSize: 12, grid: true },
  };
  const title = `${plainText(record.name)}: dense and pruned`;
  const { linear } = record.sparsity.pruned;
  return {
    about: { kind: 'comparison', comparison: record.name },
    name: fileName(`comparison-${record.name}`),
    title,
    spec: {
      $schema: SCHEMA,
      config: CONFIG,
      title: {
        text: title,
        subtitle: [
          `${plainText(record.dense.model)} and ${plainText(record.pruned.model)}, ` +
            `${formatPercent(linear.zeros / linear.elements)} zeros in the linear layers. ` +
            'Bars: paired 95 % intervals of the difference.',
          ...(record.limit === null ? [] : [limitedRun(record.limit)]),
        ],
      },
      spacing: 24,
      hconcat: [
        {
          width: 330,
          height,
          layer: [
            {
              data: { values: rows },
              mark: { type: 'rule', strokeWidth: 3, color: '#cfcfcf', aria: false },
              encoding: {
                y,
                x: {
                  field: 'dense',
                  type: 'quantitative',
                  scale: { zero: false, nice: true },
                  axis: scoreAxis(),
                },
                x2: { field: 'pruned' },
              },
            },
            {
              data: { values: points },
              mark: { type: 'point', filled: true, size: 85, opacity: 1 },
              encoding: {
                y,
                description: { field: 'about' },
                x: { field: 'score', type: 'quantitative', axis: scoreAxis() },
                color: {
                  field: 'side',
                  type: 'nominal',
                  scale: { domain: SIDES, range: [DENSE, PRUNED] },
                  legend: { symbolType: 'circle', orient: 'top' },
                },
                shape: {
                  field: 'side',
                  type: 'nominal',
                  scale: { domain: SIDES, range: ['circle', 'diamond'] },
                  legend: { orient: 'top' },
                },
              },
            },
          ],
        },
        {
          width: 250,
          height,
          layer: [
            {
              data: { values: [{}] },
              mark: { type: 'rule', color: RULE, strokeDash: [4, 3], strokeWidth: 1.2, aria: false },
              encoding: { x: { datum: 0, type: 'quantitative' } },
            },
            {
              data: { values: rows.filter((row) => row.high > row.low) },
              mark: { type: 'rule', strokeWidth: 2, color: PRUNED, aria: false },
              encoding: {
                y: { ...y, axis: null },
                x: { field: 'low', type: 'quantitative', axis: differenceAxis(), scale: { nice: true } },
                x2: { field: 'high' },
              },
            },
            {
              data: { values: rows },
              mark: { type: 'point', shape: 'diamond', filled: true, size: 70, opacity: 1, color: PRUNED },
              encoding: {
                y: { ...y, axis: null },
                description: { field: 'about' },
                x: { field: 'difference', type: 'quantitative', axis: differenceAxis() },
              },
            },
          ],
        },
        {
          width: 46,
          height,
          data: { values: rows },
          mark: { type: 'text', align: 'right', aria: false, x: 46, color: MUTED, fontSize: 12 },
          encoding: { y: { ...y, axis: null }, text: { field: 'text', type: 'nominal' } },
        },
      ],
    },
  };
}

/** A line of the subtitle. */
export function limitedRun(limit: number): string {
  return `${limitedText(limit)}, not to be compared with full runs.`;
}

function scoreAxis(): JsonObject {
  return { title: 'score', format: '.2f', tickCount: 6, grid: true, labelFlush: false };
}

function differenceAxis(): JsonObject {
  // The formatter's signs: ASCII, and none before 0.
  const labelExpr = "datum.value === 0 ? '0' : replace(format(datum.value, '+.2f'), '\u2212', '-')";
  return { title: 'pruned minus dense', labelExpr, tickCount: 5, grid: true, labelFlush: false };
}

export function isFraction({ dense, pruned }: Pick<PairedTask, 'dense' | 'pruned'>): boolean {
  return [dense, pruned].every((score) => score >= 0 && score <= 1);
}

export function label(task: Pick<PairedTask, 'task' | 'metric' | 'filter'>): string {
  return `${plainText(task.task)} (${plainText(metricLabel(task))})`;
}

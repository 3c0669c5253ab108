/** Several pruned models against one dense model: each task's scores in a line, and beside it each model's difference. */
import type { ComparisonRecord } from '@evalgraph/formats';
import { memberName } from '../content/comparison-set.ts';
import { formatCount, formatDifference, formatInterval, formatPercent, formatScore } from '../format.ts';
import { isFraction, label, limitedRun } from './comparison.ts';
import { fileName } from './file-name.ts';
import { type Chart, CONFIG, DENSE, type JsonObject, PALETTE, RULE, SCHEMA } from './theme.ts';

/** Of a task: one lane a model, and the gap to the next task. */
const LINE_HEIGHT = 11;
const GAP = 14;
const SHAPES = ['diamond', 'square', 'triangle-up', 'triangle-down', 'cross'] as const;
const DENSE_NAME = 'dense';

/** Fractions only, as `comparisonChart`. @returns null where there is none */
export function comparisonSetChart(name: string, models: readonly ComparisonRecord[]): Chart | null {
  const [first] = models;
  const tasks = first?.tasks.filter((task) => task.higherIsBetter && isFraction(task)) ?? [];
  if (first === undefined || tasks.length === 0) return null;
  const names = models.map(memberName);
  const labels = tasks.map(label);
  const rows = models.flatMap((record, index) =>
    record.tasks
      .filter((task) => labels.includes(label(task)) && isFraction(task))
      .map((task) => {
        const interval = task.analysis?.normal95 ?? task.interval95;
        const model = names[index] ?? '';
        return {
          task: label(task),
          model,
          score: task.pruned,
          difference: task.difference,
          low: interval?.[0] ?? task.difference,
          high: interval?.[1] ?? task.difference,
          about:
            `${label(task)}, ${model}: ${formatScore(task.pruned)}, ${formatDifference(task.difference)}` +
            (interval === null ? '' : `, 95 % interval ${formatInterval(interval)}`),
        };
      }),
  );
  const points = [
    ...tasks.map((task) => ({
      task: label(task),
      model: DENSE_NAME,
      score: task.dense,
      about: `${label(task)}, dense: ${formatScore(task.dense)}`,
    })),
    ...rows.map(({ task, model, score, about }) => ({ task, model, score, about })),
  ];
  const y: JsonObject = {
    field: 'task',
    type: 'nominal',
    sort: labels,
    scale: { domain: labels, paddingInner: 0.25, paddingOuter: 0.1 },
    axis: { title: null, labelFontSize: 12, grid: true, tickBand: 'extent' },
  };
  const domain = [DENSE_NAME, ...names];
  const height = tasks.length * (domain.length * LINE_HEIGHT + GAP);
  const range = domain.map((_, index) => (index === 0 ? DENSE : (PALETTE[index % PALETTE.length] ?? RULE)));
  const color: JsonObject = {
    field: 'model',
    type: 'nominal',
    scale: { domain, range },
    legend: { orient: 'top', symbolType: 'circle' },
  };
  const shapes = domain.map((_, index) =>
    index === 0 ? 'circle' : (SHAPES[(index - 1) % SHAPES.length] ?? 'diamond'),
  );
  const shape: JsonObject = {
    field: 'model',
    type: 'nominal',
    scale: { domain, range: shapes },
    legend: { orient: 'top' },
  };
  // Each model has a lane of its own, the dense one the first: equal scores would hide one another.
  const offset: JsonObject = { field: 'model', type: 'nominal', sort: domain, scale: { domain } };
  const title = `${name}: dense and ${formatCount(models.length)} pruned models`;
  const zeros = models.map(({ sparsity: { pruned } }, index) => {
    const { linear } = pruned;
    return `${names[index] ?? ''} ${formatPercent(linear.zeros / linear.elements)}`;
  });
  return {
    about: { kind: 'comparison', comparison: name },
    name: fileName(`comparison-${name}`),
    title,
    spec: {
      $schema: SCHEMA,
      config: CONFIG,
      title: {
        text: title,
        subtitle: [
          `Zeros in the linear layers: ${zeros.join(', ')}.`,
          'Bars: paired 95 % intervals of the difference.',
          ...(first.limit === null ? [] : [limitedRun(first.limit)]),
        ],
      },
      spacing: 24,
      hconcat: [
        {
          width: 310,
          height,
          layer: [
            {
              data: { values: points },
              mark: { type: 'point', filled: true, size: 60, opacity: 1 },
              encoding: {
                y,
                yOffset: offset,
                description: { field: 'about' },
                x: {
                  field: 'score',
                  type: 'quantitative',
                  scale: { zero: false, nice: true },
                  axis: { title: 'score', format: '.2f', tickCount: 6, grid: true, labelFlush: false },
                },
                color,
                shape,
              },
            },
          ],
        },
        {
          width: 300,
          height,
          layer: [
            {
              data: { values: [{}] },
              mark: { type: 'rule', color: RULE, strokeDash: [4, 3], strokeWidth: 1.2, aria: false },
              encoding: { x: { datum: 0, type: 'quantitative' } },
            },
            {
              data: { values: rows.filter((row) => row.high > row.low) },
              mark: { type: 'rule', strokeWidth: 2, aria: false },
              encoding: {
                y: { ...y, axis: null },
                yOffset: offset,
                x: { field: 'low', type: 'quantitative', axis: differenceAxis(), scale: { nice: true } },
                x2: { field: 'high' },
                color,
              },
            },
            {
              data: { values: rows },
              mark: { type: 'point', filled: true, size: 60, opacity: 1 },
              encoding: {
                y: { ...y, axis: null },
                yOffset: offset,
                description: { field: 'about' },
                x: { field: 'difference', type: 'quantitative', axis: differenceAxis() },
                color,
                shape,
              },
            },
          ],
        },
      ],
    },
  };
}

function differenceAxis(): JsonObject {
  // The formatter's signs: ASCII, and none before 0.
  const labelExpr = "datum.value === 0 ? '0' : replace(format(datum.value, '+.2f'), '\u2212', '-')";
  return { title: 'pruned minus dense', labelExpr, tickCount: 6, grid: true, labelFlush: false };
}

/** Several pruned models against one dense model: each task's scores in a line, and beside it each model's difference. */
import type { ComparisonRecord } from '@evalgraph/formats';
import type { Chart, JsonObject } from '../chart.ts';
import { memberName } from '../content/comparison-set.ts';
import { formatCount, formatDifference, formatInterval, formatPercent, formatScore } from '../format.ts';
import { isFraction, label, limitedRun } from './comparison.ts';
import {
  ALIKE,
  byName,
  chartOf,
  colourAt,
  differenceAxis,
  intervals,
  level,
  namesAxis,
  points,
  SCORE_AXIS,
} from './parts.ts';

/** A task takes one lane a model, and the gap to the next task. */
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
  const scores = [
    ...tasks.map((task) => ({
      task: label(task),
      model: DENSE_NAME,
      score: task.dense,
      about: `${label(task)}, dense: ${formatScore(task.dense)}`,
    })),
    ...rows.map(({ task, model, score, about }) => ({ task, model, score, about })),
  ];
  const y = namesAxis(
    'task',
    labels,
    { paddingInner: 0.25, paddingOuter: 0.1 },
    { grid: true, tickBand: 'extent' },
  );
  const beside = { ...y, axis: null };
  const domain = [DENSE_NAME, ...names];
  const height = tasks.length * (domain.length * LINE_HEIGHT + GAP);
  const color = byName(
    'model',
    domain,
    domain.map((_, index) => colourAt(index)),
    {
      orient: 'top',
      symbolType: 'circle',
    },
  );
  const shapes = domain.map((_, index) =>
    index === 0 ? 'circle' : (SHAPES[(index - 1) % SHAPES.length] ?? 'diamond'),
  );
  const shape = byName('model', domain, shapes, { orient: 'top' });
  // Each model has a lane of its own, the dense one the first: equal scores would hide one another.
  const offset: JsonObject = { field: 'model', type: 'nominal', sort: domain, scale: { domain } };
  const title = `${name}: dense and ${formatCount(models.length)} pruned models`;
  const zeros = models.map(({ sparsity: { pruned } }, index) => {
    const { linear } = pruned;
    return `${names[index] ?? ''} ${formatPercent(linear.zeros / linear.elements)}`;
  });
  return chartOf({
    name: `comparison-${name}`,
    about: { kind: 'comparison', comparison: name },
    title,
    subtitle: [
      `Zeros in the linear layers: ${zeros.join(', ')}.`,
      'Bars: paired 95 % intervals of the difference.',
      ...(first.limit === null ? [] : [limitedRun(first.limit)]),
    ],
    body: {
      spacing: 24,
      hconcat: [
        {
          width: 310,
          height,
          layer: [
            points(
              scores,
              { size: 60 },
              {
                y,
                yOffset: offset,
                x: {
                  field: 'score',
                  type: 'quantitative',
                  scale: { zero: false, nice: true },
                  axis: SCORE_AXIS,
                },
                color,
                shape,
              },
            ),
          ],
        },
        {
          width: 300,
          height,
          layer: [
            level('x', 0, ALIKE),
            intervals(
              rows,
              'x',
              { strokeWidth: 2 },
              {
                y: beside,
                yOffset: offset,
                x: { type: 'quantitative', axis: differenceAxis(6), scale: { nice: true } },
                color,
              },
            ),
            points(
              rows,
              { size: 60 },
              {
                y: beside,
                yOffset: offset,
                x: { field: 'difference', type: 'quantitative', axis: differenceAxis(6) },
                color,
                shape,
              },
            ),
          ],
        },
      ],
    },
  });
}

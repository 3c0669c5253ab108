/** Two series over their steps: a panel a task with both curves, and below it the difference with its interval. */
import type { ReportedCurve, ReportedSeries } from '../comparison-record.ts';
import { curveName } from '../content/series-comparison.ts';
import { formatDifference, formatInterval, formatScore } from '../format.ts';
import { plainText } from '../plain-text.ts';
import type { ReportData } from '../scores.ts';
import { isFraction, limitedRun } from './comparison.ts';
import { fileName } from './file-name.ts';
import { lackingSteps, stepAxis } from './steps.ts';
import {
  type Chart,
  CONFIG,
  type JsonObject,
  type JsonPart,
  MUTED,
  ORIGINAL,
  PRUNED,
  RULE,
  SCHEMA,
} from './theme.ts';

const COLUMNS = 3;
const WIDTH = 235;
const CURVES_HEIGHT = 130;
const DIFFERENCE_HEIGHT = 70;

/**
 * The headline of each task, and of what is no task of the report the first metric. Fractions only: other units stand
 * in the table. @returns null where there is none
 */
export function seriesComparisonChart(record: ReportedSeries, data: ReportData): Chart | null {
  const curves = headlines(record, data).filter(({ points }) => points.every(isFraction));
  const [first] = record.steps;
  if (curves.length === 0 || first === undefined) return null;
  const names = [first.dense.model, first.pruned.model].map(plainText);
  const gaps = breaks(record);
  const title = `${plainText(record.name)}: ${names.join(' and ')} by step`;
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
          'Below each panel: pruned minus original, bars are paired 95 % intervals.',
          ...(gaps.length > 0 ? ['A line breaks where a step is of one series alone.'] : []),
          ...(record.limit === null ? [] : [limitedRun(record.limit)]),
        ],
      },
      columns: Math.min(COLUMNS, curves.length),
      spacing: { row: 46, column: 60 },
      concat: curves.map((curve) => panels(curve, names, gaps)),
      resolve: { legend: { color: 'shared', shape: 'shared' }, scale: { color: 'shared', shape: 'shared' } },
    },
  };
}

function headlines({ curves }: ReportedSeries, { tasks }: ReportData): readonly ReportedCurve[] {
  const names = [...new Set(curves.map(({ task }) => task))];
  return names.flatMap((name) => {
    const own = curves.filter(({ task }) => task === name);
    const metric = tasks.find((node) => node.name === name)?.column.metric;
    return (
      own.find((one) => one.metric === metric?.metric && one.filter === metric.filter) ?? own.slice(0, 1)
    );
  });
}

/** Steps at which the lines break: inside the range, and not of both series. */
function breaks({ steps, onlyDense, onlyPruned }: ReportedSeries): readonly number[] {
  const common = steps.map(({ step }) => step);
  const [from, to] = [common[0] ?? 0, common.at(-1) ?? 0];
  const alone = [...onlyDense, ...onlyPruned, ...lackingSteps(common)];
  return [...new Set(alone)].filter((step) => step > from && step < to).sort((a, b) => a - b);
}

function panels(curve: ReportedCurve, names: readonly string[], gaps: readonly number[]): JsonObject {
  const { points } = curve;
  const { scale, axis } = stepAxis(
    points.map(({ step }) => step),
    4,
  );
  const x = (title: string | null): JsonObject => ({
    field: 'step',
    type: 'quantitative',
    scale,
    axis: { ...axis, title, ...(title === null ? { labels: false, ticks: false } : {}) },
  });
  const scores = points.flatMap(({ step, dense, pruned }) =>
    [dense, pruned].map((score, index) => ({
      series: names[index] ?? '',
      step,
      score,
      about: `${names[index] ?? ''}, step ${step}: ${formatScore(score)}`,
    })),
  );
  const holes = gaps.flatMap((step) => names.map((series) => ({ series, step, score: null })));
  const color: JsonObject = {
    field: 'series',
    type: 'nominal',
    scale: { domain: names, range: [ORIGINAL, PRUNED] },
    legend: { orient: 'top', symbolType: 'circle' },
  };
  const shape: JsonObject = {
    field: 'series',
    type: 'nominal',
    scale: { domain: names, range: ['circle', 'diamond'] },
    legend: { orient: 'top' },
  };
  const y: JsonObject = {
    field: 'score',
    type: 'quantitative',
    scale: { zero: false, nice: true },
    axis: { title: 'score', format: '.2f', tickCount: 4 },
  };
  return {
    spacing: 10,
    bounds: 'flush',
    vconcat: [
      {
        width: WIDTH,
        height: CURVES_HEIGHT,
        title: { text: curveName(curve), fontSize: 12, anchor: 'start', offset: 6 },
        data: { values: [...scores, ...holes] },
        layer: [
          {
            mark: { type: 'line', strokeWidth: 2, aria: false, invalid: 'break-paths-filter-domains' },
            encoding: { x: x(null), y, color },
          },
          {
            mark: { type: 'point', filled: true, size: 26, opacity: 1, invalid: 'filter' },
            encoding: { x: x(null), y, color, shape, description: { field: 'about' } },
          },
        ],
      },
      differencePanel(curve, x('training step')),
    ],
  };
}

function differencePanel({ points }: ReportedCurve, x: JsonObject): JsonObject {
  const rows = points.map(({ step, difference, interval95 }) => ({
    step,
    difference,
    low: interval95?.[0] ?? difference,
    high: interval95?.[1] ?? difference,
    about:
      `step ${step}: ${formatDifference(difference)}` +
      (interval95 === null ? '' : `, 95 % interval ${formatInterval(interval95)}`),
  }));
  // The formatter's signs: ASCII, and none before 0.
  const labelExpr = "datum.value === 0 ? '0' : replace(format(datum.value, '+.2f'), '\u2212', '-')";
  const axis: JsonObject = { title: 'difference', labelExpr, tickCount: 3 };
  const y: JsonObject = { field: 'difference', type: 'quantitative', axis, scale: { nice: true } };
  const layers: readonly JsonPart[] = [
    {
      data: { values: [{}] },
      mark: { type: 'rule', color: RULE, strokeDash: [4, 3], strokeWidth: 1.2, aria: false },
      encoding: { y: { datum: 0, type: 'quantitative' } },
    },
    {
      data: { values: rows.filter(({ low, high }) => high > low) },
      mark: { type: 'rule', strokeWidth: 1.6, color: MUTED, aria: false },
      encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
    },
    {
      data: { values: rows },
      mark: { type: 'point', shape: 'diamond', filled: true, size: 34, opacity: 1, color: PRUNED },
      encoding: { x, y, description: { field: 'about' } },
    },
  ];
  return { width: WIDTH, height: DIFFERENCE_HEIGHT, layer: layers };
}

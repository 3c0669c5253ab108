/** Two series over their common steps: a panel a task with both curves, and below it the difference with its interval. */
import type { SeriesComparisonRecord } from '@evalgraph/formats';
import type { Chart, JsonObject } from '../chart.ts';
import { curveName, headlineCurves, perplexityName } from '../content/series-comparison.ts';
import {
  formatCount,
  formatDifference,
  formatInterval,
  formatPerplexity,
  formatRatio,
  formatScore,
} from '../format.ts';
import { plainText } from '../plain-text.ts';
import { isFraction, limitedRun } from './comparison.ts';
import { ALIKE, byName, chartOf, intervals, level, points, SIGNED_LABELS } from './parts.ts';
import { lackingSteps, stepAxis } from './steps.ts';
import { DENSE, MUTED, PRUNED } from './theme.ts';

const COLUMNS = 3;
const WIDTH = 225;
const CURVES_HEIGHT = 130;
const DIFFERENCE_HEIGHT = 66;
const GAPS = { row: 34, column: 30 } as const;
/** Every axis of scores is as wide: panels whose labels differ in length stand in line all the same. */
const AXIS_WIDTH = { minExtent: 38, maxExtent: 38 } as const;

interface Panel {
  readonly title: string;
  /** Axes of the curves and of what sets them apart. */
  readonly units: readonly [string, string];
  readonly format: string;
  /** Where the two are alike: 0 for a difference, 1 for a ratio. */
  readonly alike: 0 | 1;
  readonly points: readonly {
    readonly step: number;
    readonly scores: readonly [number, number];
    readonly apart: number;
    readonly interval95: readonly [number, number] | null;
    readonly scoreTexts: readonly string[];
    readonly about: string;
  }[];
}

/** Headlines that are fractions, and perplexities; other units stand in the tables. @returns null without any */
export function seriesComparisonChart(record: SeriesComparisonRecord): Chart | null {
  const panels = [...taskPanels(record), ...perplexityPanels(record)];
  const [first] = record.steps;
  if (panels.length === 0 || first === undefined) return null;
  const names = [first.dense.model, first.pruned.model].map(plainText);
  const holes = lackingSteps(record.steps.map(({ step }) => step));
  const title = `${plainText(record.name)}: ${names.join(' and ')} by step`;
  const alone = [record.onlyDense, record.onlyPruned].flatMap(({ length }, index) =>
    length === 0 ? [] : [`${formatCount(length)} of ${names[index] ?? ''} alone`],
  );
  return chartOf({
    name: `comparison-${record.name}`,
    about: { kind: 'comparison', comparison: record.name },
    title,
    subtitle: [
      'Below each panel: pruned minus dense (of perplexities: pruned / dense). Bars: paired 95 % intervals.',
      ...(alone.length === 0
        ? []
        : [
            `Drawn at the ${formatCount(record.steps.length)} common steps; further steps: ${alone.join(', ')}.`,
          ]),
      ...(record.limit === null ? [] : [limitedRun(record.limit)]),
    ],
    body: {
      columns: Math.min(COLUMNS, panels.length),
      spacing: GAPS,
      concat: panels.map((panel) => panelSpec(panel, names, holes)),
      resolve: { legend: { color: 'shared', shape: 'shared' }, scale: { color: 'shared', shape: 'shared' } },
    },
  });
}

function taskPanels(record: SeriesComparisonRecord): readonly Panel[] {
  const curves = headlineCurves(record).filter(({ points }) => points.every(isFraction));
  return curves.map((curve) => ({
    title: curveName(curve),
    units: ['score', 'difference'],
    format: '.2f',
    alike: 0,
    points: curve.points.map(({ step, dense, pruned, difference, interval95 }) => ({
      step,
      scores: [dense, pruned],
      apart: difference,
      interval95,
      scoreTexts: [dense, pruned].map(formatScore),
      about: `${formatDifference(difference)}${interval95 === null ? '' : `, 95 % interval ${formatInterval(interval95)}`}`,
    })),
  }));
}

function perplexityPanels({ perplexity }: SeriesComparisonRecord): readonly Panel[] {
  return perplexity.map((one, index, all) => ({
    title: perplexityName(one, index, all),
    units: ['PPL', 'ratio'],
    format: ',~r',
    alike: 1,
    points: one.points.map(({ step, dense, pruned, ratio, interval95 }) => ({
      step,
      scores: [dense, pruned],
      apart: ratio,
      interval95,
      scoreTexts: [dense, pruned].map(formatPerplexity),
      about: `${formatRatio(ratio)}${interval95 === null ? '' : `, 95 % interval [${interval95.map(formatRatio).join(', ')}]`}`,
    })),
  }));
}

function panelSpec(panel: Panel, names: readonly string[], holes: readonly number[]): JsonObject {
  const { scale, axis } = stepAxis(
    panel.points.map(({ step }) => step),
    4,
  );
  const x = (title: string | null): JsonObject => ({
    field: 'step',
    type: 'quantitative',
    scale,
    axis: { ...axis, title, ...(title === null ? { labels: false, ticks: false } : {}) },
  });
  return {
    spacing: 10,
    vconcat: [curvesSpec(panel, x(null), names, holes), apartSpec(panel, x('training step'))],
  };
}

function curvesSpec(
  { title, units, format, points }: Panel,
  x: JsonObject,
  names: readonly string[],
  holes: readonly number[],
): JsonObject {
  const rows = points.flatMap(({ step, scores, scoreTexts }) =>
    scores.map((score, index) => ({
      series: names[index] ?? '',
      step,
      score,
      about: `${names[index] ?? ''}, step ${formatCount(step)}: ${scoreTexts[index] ?? ''}`,
    })),
  );
  const empty = holes.flatMap((step) => names.map((series) => ({ series, step, score: null })));
  const color = byName('series', names, [DENSE, PRUNED], { orient: 'top', symbolType: 'circle', offset: 10 });
  const shape = byName('series', names, ['circle', 'diamond'], { orient: 'top', offset: 10 });
  const y: JsonObject = {
    field: 'score',
    type: 'quantitative',
    scale: { zero: false, nice: true },
    axis: { title: units[0], format, tickCount: 4, ...AXIS_WIDTH },
  };
  return {
    width: WIDTH,
    height: CURVES_HEIGHT,
    data: { values: [...rows, ...empty] },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 2, aria: false, invalid: 'break-paths-filter-domains' },
        encoding: { x, y, color },
      },
      {
        mark: { type: 'point', filled: true, size: 26, opacity: 1, invalid: 'filter' },
        encoding: { x, y, color, shape, description: { field: 'about' } },
      },
      {
        data: { values: [{}] },
        mark: {
          type: 'text',
          text: title,
          x: 0,
          y: -8,
          align: 'left',
          baseline: 'bottom',
          fontSize: 12,
          fontWeight: 700,
          aria: false,
        },
      },
    ],
  };
}

function apartSpec({ units, alike, points: steps }: Panel, x: JsonObject): JsonObject {
  const rows = steps.map(({ step, apart, interval95, about }) => ({
    step,
    apart,
    low: interval95?.[0] ?? apart,
    high: interval95?.[1] ?? apart,
    about: `step ${formatCount(step)}: ${about}`,
  }));
  const labelExpr = alike === 0 ? SIGNED_LABELS : "'x' + format(datum.value, '.2f')";
  const y: JsonObject = {
    field: 'apart',
    type: 'quantitative',
    axis: { title: units[1], labelExpr, tickCount: 3, ...AXIS_WIDTH },
    scale: { nice: true, zero: false },
  };
  return {
    width: WIDTH,
    height: DIFFERENCE_HEIGHT,
    layer: [
      level('y', alike, ALIKE),
      intervals(rows, 'y', { strokeWidth: 1.6, color: MUTED }, { x, y }),
      points(rows, { shape: 'diamond', size: 34, color: PRUNED }, { x, y }),
    ],
  };
}

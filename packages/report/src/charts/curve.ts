/** One curve panel: score against step, with a band of one standard error, the chance line, and reference models. */

import type { JsonObject, JsonPart } from '../chart.ts';
import { placeText, scoreText } from '../content/cells.ts';
import { formatPerplexity, formatScore } from '../format.ts';
import { type Metric, metricLabel } from '../headline-metric.ts';
import type { ReferenceFigure } from '../input.ts';
import { plainText } from '../plain-text.ts';
import { type Column, hasScore, type Row, type Score, scoreOf } from '../scores.ts';
import { bestOf, scored } from '../select.ts';
import { lackingSteps, stepAxis } from './steps.ts';
import { INK, MUTED, PALETTE, RULE } from './theme.ts';

export interface CurveData {
  /** Rows of series with a step, by model. */
  readonly series: readonly { readonly name: string; readonly rows: readonly Row[] }[];
  /** Models of one checkpoint: a level, not a curve. */
  readonly references: readonly { readonly name: string; readonly row: Row }[];
  /** Figures of others for the columns that are drawn: levels too. */
  readonly reported: readonly ReferenceFigure[];
}

/** Room above a panel for its title, which the gap between rows must hold. */
export const TITLE_HEIGHT = 50;

/** Between large panels of a row: the axis of the next one stands in it. */
export const LARGE_GAP = 78;

export interface CurveOptions {
  readonly title: string;
  /** Second line of the title; empty for none. */
  readonly note: string;
  readonly width: number;
  readonly height: number;
  readonly tickCount: number;
  /** Marks and names the best checkpoint: for panels with room. */
  readonly showBest: boolean;
  readonly showAxisTitles: boolean;
  /** Fixed range of scores where panels are to be compared by eye. */
  readonly domain: readonly [number, number] | null;
}

/** @returns layers, size and encodings of one panel */
export function curvePanel(column: Column, data: CurveData, options: CurveOptions): JsonObject {
  const { metric } = column;
  const points = data.series.flatMap(({ name, rows }) =>
    scored(rows, column).map(({ row, score }) => ({
      model: plainText(name),
      step: stepOf(row),
      score: score.value,
      about: `${placeText(row)}: ${scoreText(score, metric)}`,
      ...band(score, metric),
    })),
  );
  const holes = data.series.flatMap(({ name, rows }) =>
    holesOf(rows, column).map((step) => ({
      model: plainText(name),
      step,
      score: null,
      low: null,
      high: null,
    })),
  );
  const steps = points.map(({ step }) => step);
  const { scale, axis } = stepAxis(steps, options.tickCount);
  const x: JsonObject = {
    field: 'step',
    type: 'quantitative',
    scale,
    axis: { ...axis, title: options.showAxisTitles ? 'training step' : null },
  };
  const yScale = scoreScale(metric, options, points);
  const yAxis: JsonObject = {
    title: options.showAxisTitles ? axisTitle(metric) : null,
    format: metric.kind === 'fraction' ? '.2f' : ',~r',
    tickCount: 4,
  };
  const y: JsonObject = { field: 'score', type: 'quantitative', scale: yScale, axis: yAxis };
  const color = modelColor(data);
  const layers: JsonPart[] = [
    ...levels(column, data, color),
    {
      mark: { type: 'area', opacity: 0.18, line: false, aria: false, invalid: BROKEN },
      encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
    },
    {
      mark: { type: 'line', strokeWidth: 2, aria: false, invalid: BROKEN },
      encoding: { x, y, color },
    },
    {
      mark: { type: 'point', size: options.showBest ? 22 : 10, filled: true, opacity: 1 },
      encoding: { x, y, color, description: { field: 'about' } },
    },
    ...(options.showBest ? bestMarks(column, data, x, y) : []),
    ...panelTitle(options),
  ];
  return {
    width: options.width,
    height: options.height,
    data: { values: [...points, ...holes] },
    layer: layers,
  };
}

/** A line does not bridge what was not measured. */
const BROKEN = 'break-paths-filter-domains';

/** Steps at which a series' line breaks: without a score of the task, and those that the series itself lacks. */
export function holesOf(rows: readonly Row[], column: Column): readonly number[] {
  const steps = rows.map(stepOf);
  const own = rows.flatMap((row, index) => (hasScore(row, column) ? [index] : []));
  const inside = rows.slice(own[0] ?? 0, (own.at(-1) ?? -1) + 1);
  const unscored = inside.filter((row) => !hasScore(row, column)).map(stepOf);
  return inside.length === 0 ? [] : [...unscored, ...lackingSteps(steps)].sort((a, b) => a - b);
}

/** Figures of others that stand in a panel: of its task, and of its metric where they name one. */
export function reportedOf(
  { reported }: Pick<CurveData, 'reported'>,
  { task, metric }: Column,
): readonly ReferenceFigure[] {
  return reported.filter((one) => one.task === task && (one.metric ?? metric.metric) === metric.metric);
}

/** `SmolLM2-1.7B (reported)`: never to be taken for a model that was evaluated. */
export function reportedName({ model }: ReferenceFigure): string {
  return `${plainText(model)} (reported)`;
}

/**
 * Title and note at fixed places above the panel. Vega puts a view's own title above whatever sticks out of the
 * view, so that the titles of a row would stand at different heights.
 */
function panelTitle({ title, note, showBest, width }: CurveOptions): readonly JsonPart[] {
  const line = (text: string, y: number, style: JsonObject): JsonObject => ({
    data: { values: [{}] },
    mark: { type: 'text', text, x: 0, y, align: 'left', baseline: 'bottom', aria: false, ...style },
  });
  if (!showBest) return [line(title, -7, { fontSize: 10.5, color: MUTED })];
  return [
    // Vega cuts what would run into the next panel's title.
    line(title, -35, { fontSize: 13, fontWeight: 700, color: INK, limit: width + LARGE_GAP - 10 }),
    ...(note === '' ? [] : [line(note, -20, { fontSize: 11, color: MUTED })]),
  ];
}

/** A letter of the font is about 5.4 pixels wide at 10.5 pixels. */
const TITLE_LETTERS = 27;

/** Cut at what fits above a small panel, so that neighbours do not run into each other. */
export function shortened(name: string): string {
  const letters = [...name];
  return letters.length > TITLE_LETTERS
    ? `${letters
        .slice(0, TITLE_LETTERS - 1)
        .join('')
        .trimEnd()}…`
    : name;
}

/** Chance as a dashed line, models of one checkpoint dotted, figures of others dash-dotted; the legend names them. */
function levels(column: Column, data: CurveData, color: JsonObject): readonly JsonPart[] {
  const chance: readonly JsonPart[] =
    column.chance === null
      ? []
      : [
          {
            data: { values: [{}] },
            mark: {
              type: 'rule',
              strokeDash: [4, 3],
              strokeWidth: 1.2,
              color: RULE,
              description: `chance: ${formatScore(column.chance)}`,
            },
            encoding: { y: { datum: column.chance, type: 'quantitative' } },
          },
        ];
  const { field: _field, ...scaled } = color;
  const shown = data.references.filter(({ row }) => hasScore(row, column));
  const references = shown.map(
    ({ name, row }): JsonPart => ({
      data: { values: [{}] },
      mark: {
        type: 'rule',
        strokeDash: [1.5, 2.5],
        strokeWidth: 1.6,
        description: `${placeText(row)}: ${scoreText(scoreOf(row, column), column.metric)}`,
      },
      encoding: {
        y: { datum: scoreOf(row, column).value, type: 'quantitative' },
        color: { datum: plainText(name), ...scaled },
      },
    }),
  );
  const reported = reportedOf(data, column).map(
    (figure): JsonPart => ({
      data: { values: [{}] },
      mark: {
        type: 'rule',
        strokeDash: [7, 2, 1.5, 2],
        strokeWidth: 1.6,
        description: `${reportedName(figure)}: ${scoreText({ value: figure.value, stderr: figure.stderr ?? null, documents: null }, column.metric)}`,
      },
      encoding: {
        y: { datum: figure.value, type: 'quantitative' },
        color: { datum: reportedName(figure), ...scaled },
      },
    }),
  );
  return [...chance, ...references, ...reported];
}

/** A ring round each model's best checkpoint; its score too where no second model's could run into it. */
function bestMarks(column: Column, data: CurveData, x: JsonObject, y: JsonObject): readonly JsonPart[] {
  const { metric } = column;
  const best = data.series.flatMap(({ name, rows }) => {
    const list = scored(rows, column);
    if (list.length === 0) return [];
    const { row, score } = bestOf(list, metric.higherIsBetter);
    const text = metric.kind === 'perplexity' ? formatPerplexity(score.value) : formatScore(score.value);
    const middle = rows[Math.floor((rows.length - 1) / 2)];
    return {
      model: plainText(name),
      step: stepOf(row),
      score: score.value,
      label: text,
      late: middle === undefined || stepOf(row) > stepOf(middle),
    };
  });
  // Drawn twice: first a white outline, so that a line that passes behind does not run through the digits.
  const text = (late: boolean, style: JsonObject): JsonObject => ({
    data: { values: best.filter((point) => point.late === late) },
    mark: {
      type: 'text',
      align: late ? 'right' : 'left',
      baseline: 'bottom',
      aria: false,
      dy: -8,
      fontWeight: 700,
      ...style,
    },
    encoding: { x, y, text: { field: 'label', type: 'nominal' } },
  });
  return [
    {
      data: { values: best },
      mark: { type: 'point', size: 90, strokeWidth: 1.6, filled: false, aria: false },
      encoding: { x, y, color: modelColor(data) },
    },
    ...(data.series.length > 1 ? [] : [true, false])
      .filter((late) => best.some((point) => point.late === late))
      .flatMap((late) => [
        text(late, {
          color: '#ffffff',
          stroke: '#ffffff',
          strokeWidth: 3,
          strokeJoin: 'round',
          opacity: 0.85,
        }),
        text(late, { color: INK }),
      ]),
  ];
}

/** A fraction's band ends where fractions do. */
function band({ value, stderr }: Score, { kind }: Metric): { readonly low: number; readonly high: number } {
  const low = value - (stderr ?? 0);
  const high = value + (stderr ?? 0);
  return kind === 'fraction' ? { low: Math.max(0, low), high: Math.min(1, high) } : { low, high };
}

/** A perplexity falls by orders of magnitude: logarithmic where it spreads over more than one. */
function scoreScale(
  metric: Metric,
  options: CurveOptions,
  points: readonly { readonly score: number }[],
): JsonObject {
  if (options.domain !== null) return { domain: options.domain, zero: false, nice: false };
  const scores = points.map(({ score }) => score);
  const smallest = Math.min(...scores);
  return metric.kind === 'perplexity' && smallest > 0 && Math.max(...scores) / smallest > 10
    ? { type: 'log', nice: false }
    : { zero: false, nice: true };
}

/** One colour a model, series first; a legend only where there are several. */
function modelColor(data: CurveData): JsonObject {
  const names = [
    ...[...data.series, ...data.references].map(({ name }) => plainText(name)),
    ...new Set(data.reported.map(reportedName)),
  ];
  return {
    field: 'model',
    type: 'nominal',
    scale: { domain: names, range: names.map((_, index) => colorAt(index)) },
    legend: names.length > 1 ? { symbolType: 'stroke', symbolSize: 250, offset: 18 } : null,
  };
}

function colorAt(index: number): string {
  return PALETTE[index % PALETTE.length] ?? INK;
}

function axisTitle(metric: Metric): string {
  const label = plainText(metricLabel(metric));
  return metric.higherIsBetter ? label : `${label} (lower is better)`;
}

function stepOf(row: Row): number {
  if (row.checkpoint.step === null) throw new RangeError(`${row.checkpoint.name} has no step`);
  return row.checkpoint.step;
}

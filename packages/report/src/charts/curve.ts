/** One curve panel: score against step, with a band of one standard error, the chance line, and reference models. */
import { placeText, scoreText } from '../content/cells.ts';
import { formatPerplexity, formatScore } from '../format.ts';
import { type Metric, metricLabel } from '../headline-metric.ts';
import { plainText } from '../markdown/escape.ts';
import { type Column, hasScore, type Row, type Score, scoreOf } from '../scores.ts';
import { bestOf, scored } from '../select.ts';
import { stepAxis } from './steps.ts';
import { INK, type JsonObject, type JsonPart, MUTED, PALETTE, RULE } from './theme.ts';

export interface CurveData {
  /** Rows of series with a step, by model. */
  readonly series: readonly { readonly name: string; readonly rows: readonly Row[] }[];
  /** Models of one checkpoint: a level, not a curve. */
  readonly references: readonly { readonly name: string; readonly row: Row }[];
}

/** Room above a panel for its title, which the gap between rows must hold. */
export const TITLE_HEIGHT = 50;

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
      mark: { type: 'area', opacity: 0.18, line: false, aria: false },
      encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
    },
    {
      mark: { type: 'line', strokeWidth: 2, aria: false },
      encoding: { x, y, color },
    },
    {
      mark: { type: 'point', size: options.showBest ? 22 : 10, filled: true, opacity: 1 },
      encoding: { x, y, color, description: { field: 'about' } },
    },
    ...(options.showBest ? bestMarks(column, data, x, y) : []),
    ...panelTitle(options),
  ];
  return { width: options.width, height: options.height, data: { values: points }, layer: layers };
}

/**
 * Title and note at fixed places above the panel. Vega puts a view's own title above whatever sticks out of the
 * view, so that the titles of a row would stand at different heights.
 */
function panelTitle({ title, note, showBest }: CurveOptions): readonly JsonPart[] {
  const line = (text: string, y: number, style: JsonObject): JsonObject => ({
    data: { values: [{}] },
    mark: { type: 'text', text, x: 0, y, align: 'left', baseline: 'bottom', aria: false, ...style },
  });
  if (!showBest) return [line(title, -7, { fontSize: 10.5, color: MUTED })];
  return [
    line(title, -35, { fontSize: 13, fontWeight: 700, color: INK }),
    ...(note === '' ? [] : [line(note, -20, { fontSize: 11, color: MUTED })]),
  ];
}

/** Chance as a dashed line, reference models as dotted ones; their names stand in the subtitle and the legend. */
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
  return [...chance, ...references];
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
  const names = [...data.series, ...data.references].map(({ name }) => plainText(name));
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

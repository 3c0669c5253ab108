/** All headline tasks over training: one panel a task, each with its own range of scores. */

import type { Chart } from '../chart.ts';
import { formatCount, formatShare } from '../format.ts';
import { plainText } from '../plain-text.ts';
import { type Column, hasScore, leavesOf, type ReportData } from '../scores.ts';
import { isSeries, rowsOf } from '../select.ts';
import { type CurveData, curvePanel, holesOf, LARGE_GAP, reportedOf, TITLE_HEIGHT } from './curve.ts';
import { chartOf } from './parts.ts';

const COLUMNS = 3;
/** More tasks than this stand in small panels: one looks for the odd one out, not at each. */
const LARGE_UP_TO = 18;
const SMALL = { width: 150, height: 84, columns: 5, gap: 56 } as const;

/** The title of a small panel is together as wide as the panel and its gap. */
const TITLE_LETTERS = { start: 9, end: 22 } as const;
/** The same of a large panel; bold letters of 13 pixels. */
const LARGE_TITLE_LETTERS = { start: 16, end: 24 } as const;

/**
 * Series whose every checkpoint has a step, the models of one checkpoint beside them, and figures of others.
 * @param columns those that will be drawn: a figure of another task has no place in their legend
 */
export function curveData(data: ReportData, columns: readonly Column[]): CurveData {
  const { models } = data.input;
  const series = models.filter(
    (model) => isSeries(model) && model.checkpoints.every(({ step }) => step !== null),
  );
  return {
    series: series.map((model) => ({ name: model.name, rows: rowsOf(data, model) })),
    references: models
      .filter((model) => !isSeries(model))
      .flatMap((model) => rowsOf(data, model).map((row) => ({ name: model.name, row }))),
    reported: columns.flatMap((column) => reportedOf({ reported: data.input.references ?? [] }, column)),
  };
}

/** True where some series was evaluated on the column's task. */
export function isDrawn(column: Column, curves: CurveData): boolean {
  return curves.series.some(({ rows }) => rows.some((row) => hasScore(row, column)));
}

/** @returns null where no model is a series of steps */
export function learningCurves(data: ReportData): Chart | null {
  const columns = data.tasks.map(({ column }) => column);
  const curves = curveData(data, columns);
  const shown = data.tasks.filter(({ column }) => isDrawn(column, curves));
  if (shown.length === 0) return null;
  const isSmall = shown.length > LARGE_UP_TO;
  const panels = shown.map((node) =>
    curvePanel(node.column, curves, {
      title: withoutMiddle(plainText(node.name), isSmall ? TITLE_LETTERS : LARGE_TITLE_LETTERS),
      note: isSmall ? '' : panelNote(data, node.column, leavesOf(node).length),
      width: isSmall ? SMALL.width : 235,
      height: isSmall ? SMALL.height : 150,
      tickCount: isSmall ? 3 : 4,
      showBest: !isSmall,
      showAxisTitles: !isSmall,
      domain: null,
    }),
  );
  const title = `${plainText(data.input.pipeline.title)}: learning curves`;
  return chartOf({
    name: 'learning-curves',
    about: { kind: 'curves' },
    title,
    subtitle: [
      curvesNote(
        curves,
        shown.map(({ column }) => column),
        !isSmall,
      ),
      ...limitLine(shown.map(({ column }) => column)),
    ],
    body: {
      columns: Math.min(isSmall ? SMALL.columns : COLUMNS, panels.length),
      bounds: 'flush',
      spacing: isSmall ? { row: 46, column: SMALL.gap } : { row: TITLE_HEIGHT + 50, column: LARGE_GAP },
      concat: panels,
      resolve: { legend: { color: 'shared' }, scale: { color: 'shared' } },
    },
  });
}

/** Tasks of one family begin alike: what tells them apart is the end. */
function withoutMiddle(
  name: string,
  { start, end }: { readonly start: number; readonly end: number },
): string {
  const letters = [...name];
  if (letters.length <= start + end + 1) return name;
  return `${letters.slice(0, start).join('')}…${letters.slice(-end).join('')}`;
}

/** What the strokes of the panels of `columns` mean. */
export function curvesNote(curves: CurveData, columns: readonly Column[], showsBest: boolean): string {
  const isBroken = columns.some((column) =>
    curves.series.some(({ rows }) => holesOf(rows, column).length > 0),
  );
  return [
    ...(curves.series.length === 1 ? [`${plainText(curves.series[0]?.name ?? '')}.`] : []),
    'Bands: ± 1 standard error.',
    ...(columns.some(({ chance }) => chance !== null) ? ['Dashed: chance.'] : []),
    ...(showsBest ? ['Ring: best checkpoint.'] : []),
    ...(curves.references.length > 0 ? ['Dotted: models of one checkpoint.'] : []),
    ...(curves.reported.length > 0 ? ['Dash-dotted: reported by others.'] : []),
    ...(isBroken ? ['A line breaks where a checkpoint is missing.'] : []),
  ].join(' ');
}

/** For a subtitle; no line where every document was seen. */
export function limitLine(columns: readonly Column[]): readonly string[] {
  return columns.some(({ limit }) => limit !== null)
    ? ['Limited run: a test of the setup, not to be compared with full runs.']
    : [];
}

/** `5-shot, 14,042 documents` */
export function panelNote(data: ReportData, column: Column, tasks: number): string {
  const row = data.rows.find((one) => hasScore(one, column));
  const documents = row?.cells.get(column.cell)?.results[column.task]?.samples;
  return [
    ...(column.shots === null ? [] : [`${formatCount(column.shots)}-shot`]),
    ...(tasks > 1 ? [`${formatCount(tasks)} tasks`] : []),
    ...(documents === undefined || documents === null ? [] : [`n = ${formatCount(documents)}`]),
    ...(column.limit === null
      ? []
      : [`limit ${column.limit < 1 ? formatShare(column.limit) : formatCount(column.limit)}`]),
  ].join(', ');
}

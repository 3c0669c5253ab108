/** All headline tasks over training: one panel a task, each with its own range of scores. */
import { formatCount } from '../format.ts';
import { plainText } from '../markdown/escape.ts';
import { type Column, hasScore, leavesOf, type ReportData } from '../scores.ts';
import { isSeries, rowsOf } from '../select.ts';
import { type CurveData, curvePanel, TITLE_HEIGHT } from './curve.ts';
import { type Chart, CONFIG, SCHEMA } from './theme.ts';

const COLUMNS = 3;

/** Series whose every checkpoint has a step, and the models of one checkpoint beside them. */
export function curveData(data: ReportData): CurveData {
  const { models } = data.input;
  const series = models.filter(
    (model) => isSeries(model) && model.checkpoints.every(({ step }) => step !== null),
  );
  return {
    series: series.map((model) => ({ name: model.name, rows: rowsOf(data, model) })),
    references: models
      .filter((model) => !isSeries(model))
      .flatMap((model) => rowsOf(data, model).map((row) => ({ name: model.name, row }))),
  };
}

/** True where some series was evaluated on the column's task. */
export function isDrawn(column: Column, curves: CurveData): boolean {
  return curves.series.some(({ rows }) => rows.some((row) => hasScore(row, column)));
}

/** @returns null where no model is a series of steps */
export function learningCurves(data: ReportData): Chart | null {
  const curves = curveData(data);
  const shown = data.tasks.filter(({ column }) => isDrawn(column, curves));
  if (shown.length === 0) return null;
  const panels = shown.map((node) =>
    curvePanel(node.column, curves, {
      title: plainText(node.name),
      note: panelNote(data, node.column, leavesOf(node).length),
      width: 235,
      height: 150,
      tickCount: 4,
      showBest: true,
      showAxisTitles: true,
      domain: null,
    }),
  );
  const title = `${plainText(data.input.pipeline.title)}: learning curves`;
  return {
    name: 'learning-curves',
    about: { kind: 'curves' },
    title,
    spec: {
      $schema: SCHEMA,
      config: CONFIG,
      title: {
        text: title,
        subtitle: [curvesNote(curves), ...limitLine(shown.map(({ column }) => column))],
      },
      columns: Math.min(COLUMNS, panels.length),
      bounds: 'flush',
      spacing: { row: TITLE_HEIGHT + 50, column: 78 },
      concat: panels,
      resolve: { legend: { color: 'shared' }, scale: { color: 'shared' } },
    },
  };
}

export function curvesNote(curves: CurveData): string {
  const models = curves.series.length === 1 ? `${plainText(curves.series[0]?.name ?? '')}. ` : '';
  const references = curves.references.length > 0 ? ' Dotted: models of one checkpoint.' : '';
  return `${models}Bands: ± 1 standard error. Dashed: chance. Ring: best checkpoint.${references}`;
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
    ...(column.limit === null ? [] : [`limit ${formatCount(column.limit)}`]),
  ].join(', ');
}

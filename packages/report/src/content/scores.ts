/** The checkpoint x task tables, in blocks that a terminal and a GitHub comment can hold, and models side by side. */
import { formatScore, NOT_AVAILABLE } from '../format.ts';
import type { ReferenceFigure } from '../input.ts';
import { plainText } from '../plain-text.ts';
import {
  type Column,
  hasScore,
  isMissing,
  type ReportData,
  type Row,
  type Score,
  scoreOf,
} from '../scores.ts';
import { isSeries, meanScore, rowsOf } from '../select.ts';
import {
  type Block,
  best,
  type Cell,
  heading,
  numberCell,
  paragraph,
  tableBlock,
  textCell,
} from './blocks.ts';
import {
  absentCell,
  chanceCell,
  checkpointCell,
  checkpointHeading,
  MISSING,
  metricText,
  NOT_RUN,
  placeText,
  scoreCell,
  taskText,
} from './cells.ts';
import type { Form } from './over-steps.ts';

/** Five columns of `0.4231 ± 0.0123` and a name are about 100 characters. Blocks are about equally wide. */
const COLUMNS_A_TABLE = 5;

/** One column of a score table: a task's headline, a metric beside it, or the mean over tasks. */
interface Shown {
  readonly heading: string;
  readonly chance: Cell;
  /** null where the row's checkpoint has none. */
  readonly score: (row: Row) => Score | null;
  readonly cell: (row: Row) => Cell;
  /** A figure from elsewhere in this column. */
  readonly reference: (figures: readonly ReferenceFigure[]) => Cell;
  readonly higherIsBetter: boolean;
}

export function scoresSection(data: ReportData, form: Form = 'page'): readonly Block[] {
  const { models } = data.input;
  const own = models.length === 1 ? models : models.filter(isSeries);
  const parts = own.flatMap((model) => {
    const rows = rowsOf(data, model);
    const name = `Scores of ${plainText(model.name)}`;
    const blocks = scoreTables(data, rows, name, checkpointHeading(model), checkpointCell, [], form);
    return [...(models.length > 1 ? [heading(3, model.name)] : []), ...blocks];
  });
  return parts.length === 0 ? [] : [heading(2, 'Scores'), paragraph(SCORES_NOTE), ...parts];
}

const SCORES_NOTE =
  'Score ± standard error; the best of each column is marked. Scores are fractions; chance is what guessing gets.';

const RAGGED_NOTE = `${NOT_RUN}: the pipeline does not evaluate this checkpoint on this task.`;
const MISSING_NOTE = `${MISSING}: this result is still to come.`;

/** Every model's last checkpoint in one table: no model is shown at the checkpoint that flatters it. */
export function modelsSection(data: ReportData, form: Form = 'page'): readonly Block[] {
  const { models, references = [] } = data.input;
  if (models.length < 2 && references.length === 0) return [];
  const rows = models.flatMap((model) => rowsOf(data, model).slice(-1));
  const place = (row: Row): Cell => textCell(placeText(row));
  return [
    heading(2, 'Models side by side'),
    paragraph('Each model at its last checkpoint.'),
    ...scoreTables(data, rows, 'Models side by side', 'Model', place, references, form),
    ...(references.length === 0
      ? []
      : [paragraph(REFERENCE_NOTE), { kind: 'list', items: sources(references) } as const]),
  ];
}

const REFERENCE_NOTE =
  'Reported: figures that others published, not computed here; prompts, shots and documents may differ. Their sources:';

function sources(references: readonly ReferenceFigure[]): readonly string[] {
  const lines = references.map(
    ({ model, task, source }) => `${plainText(model)}, ${plainText(task)}: ${plainText(source)}`,
  );
  return [...new Set(lines)];
}

function scoreTables(
  data: ReportData,
  rows: readonly Row[],
  title: string,
  headingText: string,
  name: (row: Row) => Cell,
  references: readonly ReferenceFigure[],
  form: Form,
): readonly Block[] {
  const shown = shownColumns(data, rows);
  const reported = [...new Set(references.map(({ model }) => model))];
  const blocks: Block[] = [];
  // A screen's writer knows its width, and splits the table itself.
  const most = form === 'page' ? COLUMNS_A_TABLE : Math.max(1, shown.length);
  const size = Math.ceil(shown.length / Math.ceil(shown.length / most));
  for (let start = 0; start < shown.length; start += size) {
    const columns = shown.slice(start, start + size);
    const bests = columns.map(({ score, higherIsBetter }) => {
      const values = rows.flatMap((row) => score(row)?.value ?? []);
      // Where all are equal, none is the best.
      if (new Set(values).size < 2) return null;
      return higherIsBetter ? Math.max(...values) : Math.min(...values);
    });
    const lines = rows.map((row) => [
      name(row),
      ...columns.map((column, index) => {
        const score = column.score(row);
        const cell = column.cell(row);
        return score !== null && score.value === bests[index] ? best(cell) : cell;
      }),
    ]);
    const elsewhere = reported.map((model) => [
      textCell(`${plainText(model)} (reported)`),
      ...columns.map((column) => column.reference(references.filter((one) => one.model === model))),
    ]);
    const chance = [textCell('chance'), ...columns.map((column) => column.chance)];
    const part = shown.length > size ? `, ${start / size + 1}` : '';
    blocks.push(
      tableBlock(
        `${title}${part}`,
        [headingText, ...columns.map((column) => column.heading)],
        [...lines, ...elsewhere, chance],
        1,
      ),
    );
  }
  const texts = new Set(shown.flatMap(({ cell }) => rows.map((row) => cell(row).text)));
  if (texts.has(NOT_RUN)) blocks.push(paragraph(RAGGED_NOTE));
  if (texts.has(MISSING)) blocks.push(paragraph(MISSING_NOTE));
  return blocks;
}

/** The columns that at least one row has. */
function shownColumns(data: ReportData, rows: readonly Row[]): readonly Shown[] {
  const columns = data.tasks.flatMap(({ column }) => [
    column,
    ...data.extras.filter((extra) => extra.task === column.task),
  ]);
  const mean: Shown = {
    heading: 'mean of tasks',
    chance: numberCell(NOT_AVAILABLE, null),
    score: (row) => meanScore(data, row),
    cell: (row) => {
      const score = meanScore(data, row);
      if (score === null)
        return textCell(columns.some((column) => isMissing(row, column)) ? MISSING : NOT_RUN);
      return numberCell(formatScore(score.value), score.value);
    },
    reference: () => textCell(NOT_RUN),
    higherIsBetter: true,
  };
  return [...columns.map((column) => fromColumn(column, data)), mean].filter(({ score }) =>
    rows.some((row) => score(row) !== null),
  );
}

function fromColumn(column: Column, data: ReportData): Shown {
  const isHeadline = data.tasks.some((node) => node.column === column);
  return {
    heading: `${taskText(column)} ${metricText(column.metric)}`,
    chance: chanceCell(column),
    score: (row) => (hasScore(row, column) ? scoreOf(row, column) : null),
    cell: (row) =>
      hasScore(row, column) ? scoreCell(scoreOf(row, column), column.metric) : absentCell(row, column),
    reference: (figures) => {
      const figure = figures.find(
        ({ task, metric }) =>
          task === column.task && (metric === undefined ? isHeadline : metric === column.metric.metric),
      );
      if (figure === undefined) return textCell(NOT_RUN);
      return scoreCell(
        { value: figure.value, stderr: figure.stderr ?? null, documents: null },
        column.metric,
      );
    },
    higherIsBetter: column.metric.higherIsBetter,
  };
}

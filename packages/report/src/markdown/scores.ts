/** The checkpoint x task tables, in blocks that a terminal and a GitHub comment can hold, and models side by side. */
import { formatScore, NOT_AVAILABLE } from '../format.ts';
import { type Column, hasScore, type ReportData, type Row, type Score, scoreOf } from '../scores.ts';
import { isSeries, meanScore, rowsOf } from '../select.ts';
import {
  bold,
  chanceText,
  checkpointHeading,
  checkpointText,
  metricText,
  NOT_RUN,
  placeText,
  scoreText,
  taskText,
} from './cells.ts';
import { escapeText } from './escape.ts';
import { table } from './table.ts';

/** Five columns of `0.4231 ± 0.0123` and a name are about 100 characters. Blocks are about equally wide. */
const COLUMNS_A_TABLE = 5;

/** One column of a score table: a task's headline, a metric beside it, or the mean over tasks. */
interface Shown {
  readonly heading: string;
  readonly chance: string;
  /** null where the pipeline does not evaluate the row's checkpoint on the task. */
  readonly score: (row: Row) => Score | null;
  readonly text: (score: Score) => string;
  readonly higherIsBetter: boolean;
}

export function scoresSection(data: ReportData): string {
  const { models } = data.input;
  const own = models.length === 1 ? models : models.filter(isSeries);
  const parts = own.map((model) => {
    const rows = rowsOf(data, model);
    const blocks = scoreTables(data, rows, checkpointHeading(model), checkpointText);
    return [...(models.length > 1 ? [`### ${escapeText(model.name)}`] : []), ...blocks].join('\n\n');
  });
  return parts.length === 0 ? '' : ['## Scores', SCORES_NOTE, ...parts].join('\n\n');
}

const SCORES_NOTE =
  'Score ± standard error; the best of each column in bold. Scores are fractions; chance is what guessing gets.';

const RAGGED_NOTE = `${NOT_RUN}: the pipeline does not evaluate this checkpoint on this task.`;

/** Every model's last checkpoint in one table: no model is shown at the checkpoint that flatters it. */
export function modelsSection(data: ReportData): string {
  const { models } = data.input;
  if (models.length < 2) return '';
  const rows = models.flatMap((model) => rowsOf(data, model).slice(-1));
  return [
    '## Models side by side',
    'Each model at its last checkpoint.',
    ...scoreTables(data, rows, 'Model', placeText),
  ].join('\n\n');
}

function scoreTables(
  data: ReportData,
  rows: readonly Row[],
  heading: string,
  name: (row: Row) => string,
): readonly string[] {
  const shown = shownColumns(data, rows);
  const blocks: string[] = [];
  const size = Math.ceil(shown.length / Math.ceil(shown.length / COLUMNS_A_TABLE));
  for (let start = 0; start < shown.length; start += size) {
    const columns = shown.slice(start, start + size);
    const best = columns.map(({ score, higherIsBetter }) => {
      const values = rows.flatMap((row) => score(row)?.value ?? []);
      return higherIsBetter ? Math.max(...values) : Math.min(...values);
    });
    const lines = rows.map((row) => [
      name(row),
      ...columns.map((column, index) => {
        const score = column.score(row);
        if (score === null) return NOT_RUN;
        const text = column.text(score);
        return rows.length > 1 && score.value === best[index] ? bold(text) : text;
      }),
    ]);
    const chance = ['chance', ...columns.map((column) => column.chance)];
    blocks.push(table([heading, ...columns.map((column) => column.heading)], [...lines, chance]));
  }
  const isRagged = shown.some(({ score }) => rows.some((row) => score(row) === null));
  return isRagged ? [...blocks, RAGGED_NOTE] : blocks;
}

/** The columns that at least one row has. */
function shownColumns(data: ReportData, rows: readonly Row[]): readonly Shown[] {
  const columns = data.tasks.flatMap(({ column }) => [
    column,
    ...data.extras.filter((extra) => extra.task === column.task),
  ]);
  const mean: Shown = {
    heading: 'mean of tasks',
    chance: NOT_AVAILABLE,
    score: (row) => meanScore(data, row),
    text: ({ value }) => formatScore(value),
    higherIsBetter: true,
  };
  return [...columns.map(fromColumn), mean].filter(({ score }) => rows.some((row) => score(row) !== null));
}

function fromColumn(column: Column): Shown {
  return {
    heading: `${taskText(column)} ${metricText(column.metric)}`,
    chance: chanceText(column),
    score: (row) => (hasScore(row, column) ? scoreOf(row, column) : null),
    text: (score) => scoreText(score, column.metric),
    higherIsBetter: column.metric.higherIsBetter,
  };
}

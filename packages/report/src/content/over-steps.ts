/** A series from its first checkpoint to its last, a line for each task: the headline of a report and its groups. */
import { type Column, hasScore, type Row, type Score, scoreOf } from '../scores.ts';
import { bestOf, endsOf, isAtChance, scored } from '../select.ts';
import { type Cell, numberCell, type TableBlock, tableBlock, textCell } from './blocks.ts';
import {
  absentCell,
  chanceCell,
  checkpointText,
  countCell,
  gainCell,
  metricText,
  NOT_RUN,
  scoreCell,
  taskText,
  valueText,
} from './cells.ts';

/**
 * Where blocks are read. A page has room for everything. A screen is narrow: its tables over the steps have a trend, and
 * leave the standard errors to the table of scores.
 */
export type Form = 'page' | 'screen';

export interface OverSteps {
  readonly title: string;
  /** Heading of the first column. */
  readonly label: string;
  /** Tasks of different metrics, as a headline has them; else one metric is known from the table's place. */
  readonly hasMetrics: boolean;
  readonly form: Form;
}

/** @param rows of one series, at least one. Columns without any score in them have no line. */
export function overStepsTable(
  rows: readonly Row[],
  columns: readonly Column[],
  { title, label, hasMetrics, form }: OverSteps,
): TableBlock {
  const { first, last } = endsOf(rows);
  const shown = columns.filter((column) => scored(rows, column).length > 0);
  const isPage = form === 'page';
  const write = isPage ? scoreCell : valueCell;
  const lines = shown.map((column): readonly Cell[] => {
    const list = scored(rows, column);
    const { row, score } = bestOf(list, column.metric.higherIsBetter);
    // The headings name the first and the last checkpoint: another one's score has no place under them.
    const [start, end] = [first, last].map((one) => (hasScore(one, column) ? scoreOf(one, column) : null));
    const place = (one: Row, own: Score | null | undefined): Cell =>
      own ? write(own, column.metric) : absentCell(one, column);
    const weak = isPage && hasMetrics && isAtChance(score, column) ? ', not above chance' : '';
    return [
      textCell(taskText(column)),
      ...(hasMetrics ? [textCell(metricText(column.metric))] : []),
      ...(isPage && hasMetrics ? [countCell(column.shots)] : []),
      ...(isPage ? [countCell(endsOf(list).last.score.documents), chanceCell(column)] : []),
      place(first, start),
      place(last, end),
      start && end ? gainCell(start, end) : textCell(NOT_RUN),
      write(score, column.metric),
      textCell(checkpointText(row) + weak, row.checkpoint.step),
      ...(isPage ? [] : [chanceCell(column)]),
    ];
  });
  const at = (word: string, row: Row): string => (isPage ? `${word} (${checkpointText(row)})` : word);
  const header = [
    label,
    ...(hasMetrics ? ['Metric'] : []),
    ...(isPage && hasMetrics ? ['Shots'] : []),
    ...(isPage ? ['Documents', 'Chance'] : []),
    at('First', first),
    at('Last', last),
    'Gain',
    'Best',
    'at',
    ...(isPage ? [] : ['Chance']),
  ];
  const trends = shown.map((column) =>
    rows.map((row) => (hasScore(row, column) ? scoreOf(row, column).value : null)),
  );
  return { ...tableBlock(title, header, lines), ...(isPage ? {} : { trends }) };
}

function valueCell(score: Score, metric: Column['metric']): Cell {
  return numberCell(valueText(score.value, metric), score.value);
}

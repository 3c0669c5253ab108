/** First section: for each model, the best checkpoint of each task and overall, and the gain from first to last. */
import { formatCount, formatScore } from '../format.ts';
import type { ReportModel } from '../input.ts';
import type { ReportData, Row, Score } from '../scores.ts';
import {
  averaged,
  bestOf,
  endsOf,
  isAtChance,
  isSeries,
  meanScore,
  rowsOf,
  type Scored,
  scored,
} from '../select.ts';
import { type Block, heading, paragraph, tableBlock, textCell } from './blocks.ts';
import {
  absentCell,
  chanceCell,
  checkpointText,
  countCell,
  gainCell,
  gainText,
  metricText,
  NOT_RUN,
  placeText,
  scoreCell,
  taskText,
} from './cells.ts';

export function headlineSection(data: ReportData): readonly Block[] {
  const series = data.input.models.filter(isSeries);
  const parts = series.flatMap((model) => seriesHeadline(data, model, series.length > 1));
  return parts.length === 0 ? [] : [heading(2, 'Headline'), ...parts];
}

function seriesHeadline(data: ReportData, model: ReportModel, named: boolean): readonly Block[] {
  const rows = rowsOf(data, model);
  const { first, last } = endsOf(rows);
  let isSomeAtChance = false;
  const lines = data.tasks.flatMap(({ column }) => {
    const list = scored(rows, column);
    if (list.length === 0) return [];
    const best = bestOf(list, column.metric.higherIsBetter);
    // The headings name the model's first and last checkpoint: another one's score has no place under them.
    const at = (row: Row): Score | undefined => list.find((one) => one.row === row)?.score;
    const [start, end] = [at(first), at(last)];
    const atChance = isAtChance(best.score, column);
    isSomeAtChance ||= atChance;
    return [
      [
        textCell(taskText(column)),
        textCell(metricText(column.metric)),
        countCell(column.shots),
        countCell(best.score.documents),
        chanceCell(column),
        start === undefined ? absentCell(first, column) : scoreCell(start, column.metric),
        end === undefined ? absentCell(last, column) : scoreCell(end, column.metric),
        start === undefined || end === undefined ? textCell(NOT_RUN) : gainCell(start, end),
        scoreCell(best.score, column.metric),
        textCell(checkpointText(best.row) + (atChance ? ', not above chance' : ''), best.row.checkpoint.step),
      ],
    ];
  });
  const header = [
    'Task',
    'Metric',
    'Shots',
    'Documents',
    'Chance',
    `First (${checkpointText(first)})`,
    `Last (${checkpointText(last)})`,
    'Gain',
    'Best',
    'at',
  ];
  const means = rows.flatMap((row) => {
    const score = meanScore(data, row);
    return score === null ? [] : [{ row, score }];
  });
  return [
    ...(named ? [heading(3, model.name)] : []),
    ...overall(data, means),
    tableBlock(`Headline of ${model.name}`, header, lines),
    ...(isSomeAtChance
      ? [paragraph('Not above chance: even the best score is within 1.96 standard errors of guessing.')]
      : []),
  ];
}

function overall(data: ReportData, means: readonly Scored[]): readonly Block[] {
  if (means.length === 0) return [];
  const { first, last } = endsOf(means);
  const best = bestOf(means, true);
  return [
    paragraph(
      'Best checkpoint overall: ',
      { strong: placeText(best.row) },
      `, mean of ${formatCount(averaged(data).length)} tasks `,
      { strong: formatScore(best.score.value) },
      `. From first to last the mean went from ${formatScore(first.score.value)} to ` +
        `${formatScore(last.score.value)} (${gainText(first.score, last.score)}).`,
    ),
  ];
}

/** First section: for each model, the best checkpoint of each task and overall, and the gain from first to last. */
import { formatCount, formatScore, NOT_AVAILABLE } from '../format.ts';
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
import {
  chanceText,
  checkpointText,
  gainText,
  metricText,
  NOT_RUN,
  placeText,
  scoreText,
  taskText,
} from './cells.ts';
import { escapeText } from './escape.ts';
import { table } from './table.ts';

export function headlineSection(data: ReportData): string {
  const series = data.input.models.filter(isSeries);
  const parts = series.map((model) => seriesHeadline(data, model, series.length > 1));
  return parts.length === 0 ? '' : ['## Headline', ...parts].join('\n\n');
}

function seriesHeadline(data: ReportData, model: ReportModel, named: boolean): string {
  const rows = rowsOf(data, model);
  const lines = data.tasks.flatMap(({ column }) => {
    const list = scored(rows, column);
    if (list.length === 0) return [];
    const best = bestOf(list, column.metric.higherIsBetter);
    // The headings name the model's first and last checkpoint: another one's score has no place under them.
    const at = (row: Row): Score | undefined => list.find((one) => one.row === row)?.score;
    const [start, end] = [at(endsOf(rows).first), at(endsOf(rows).last)];
    const text = (score: Score | undefined): string =>
      score === undefined ? NOT_RUN : scoreText(score, column.metric);
    return [
      [
        taskText(column),
        metricText(column.metric),
        column.shots === null ? NOT_AVAILABLE : formatCount(column.shots),
        formatCount(best.score.documents),
        chanceText(column),
        text(start),
        text(end),
        start === undefined || end === undefined ? NOT_RUN : gainText(start, end),
        scoreText(best.score, column.metric),
        checkpointText(best.row) + (isAtChance(best.score, column) ? ', not above chance' : ''),
      ],
    ];
  });
  const { first, last } = endsOf(rows);
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
  return [
    ...(named ? [`### ${escapeText(model.name)}`] : []),
    overall(
      data,
      rows.flatMap((row) => {
        const score = meanScore(data, row);
        return score === null ? [] : [{ row, score }];
      }),
    ),
    table(header, lines),
    lines.some((line) => line.at(-1)?.endsWith('not above chance'))
      ? 'Not above chance: even the best score is within 1.96 standard errors of guessing.'
      : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function overall(data: ReportData, means: readonly Scored[]): string {
  if (means.length === 0) return '';
  const { first, last } = endsOf(means);
  const best = bestOf(means, true);
  return (
    `Best checkpoint overall: **${placeText(best.row)}**, mean of ${formatCount(averaged(data).length)} tasks ` +
    `**${formatScore(best.score.value)}**. From first to last the mean went from ` +
    `${formatScore(first.score.value)} to ${formatScore(last.score.value)} (${gainText(first.score, last.score)}).`
  );
}

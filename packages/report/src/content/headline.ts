/** First section: for each model, the best checkpoint of each task and overall, and the gain from first to last. */
import { formatCount, formatScore } from '../format.ts';
import type { ReportModel } from '../input.ts';
import type { ReportData } from '../scores.ts';
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
import { type Block, heading, paragraph } from './blocks.ts';
import { checkpointText, gainText, placeText, taskText } from './cells.ts';
import { type Form, overStepsTable } from './over-steps.ts';

export function headlineSection(data: ReportData, form: Form = 'page'): readonly Block[] {
  const series = data.input.models.filter(isSeries);
  const parts = series.flatMap((model) => seriesHeadline(data, model, series.length > 1, form));
  return parts.length === 0 ? [] : [heading(2, 'Headline'), ...parts];
}

function seriesHeadline(data: ReportData, model: ReportModel, named: boolean, form: Form): readonly Block[] {
  const rows = rowsOf(data, model);
  const columns = data.tasks.map(({ column }) => column);
  const weak = columns.filter((column) => {
    const list = scored(rows, column);
    return list.length > 0 && isAtChance(bestOf(list, column.metric.higherIsBetter).score, column);
  });
  const means = rows.flatMap((row) => {
    const score = meanScore(data, row);
    return score === null ? [] : [{ row, score }];
  });
  const { first, last } = endsOf(rows);
  const names = form === 'page' ? '' : ` (${weak.map(taskText).join(', ')})`;
  return [
    ...(named ? [heading(3, model.name)] : []),
    ...(form === 'page'
      ? []
      : [
          paragraph(
            `${model.name} over ${formatCount(rows.length)} checkpoints, ${checkpointText(first)} to ${checkpointText(last)}.`,
          ),
        ]),
    ...overall(data, means),
    overStepsTable(rows, columns, {
      title: `Headline of ${model.name}`,
      label: 'Task',
      hasMetrics: true,
      form,
    }),
    ...(weak.length > 0
      ? [
          paragraph(
            `Not above chance${names}: even the best score is within 1.96 standard errors of guessing.`,
          ),
        ]
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

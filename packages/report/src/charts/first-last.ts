/** First against last: two bars a task with their standard errors, the chance level as a line across them. */
import type { Chart } from '../chart.ts';
import { checkpointText } from '../content/cells.ts';
import { formatScore } from '../format.ts';
import { metricLabel } from '../headline-metric.ts';
import { plainText } from '../plain-text.ts';
import { hasScore, type ReportData } from '../scores.ts';
import { endsOf, isSeries, rowsOf } from '../select.ts';
import { limitLine } from './learning-curves.ts';
import { chartOf } from './parts.ts';
import { scoreBars } from './score-bars.ts';
import { DENSE, INK } from './theme.ts';

/** Paler than the last one's, and told apart by its place too. */
const FIRST_COLOUR = '#cfcfcf';

/** One chart for each series; tasks whose headline is no fraction have another unit and are left out. */
export function firstLastCharts(data: ReportData): readonly Chart[] {
  return data.input.models.filter(isSeries).flatMap((model) => {
    const { first, last } = endsOf(rowsOf(data, model));
    const columns = data.tasks
      .map(({ column }) => column)
      .filter(({ metric }) => metric.kind === 'fraction')
      .filter((column) => hasScore(first, column) && hasScore(last, column))
      .map((column) => {
        const label = `${plainText(column.task)} (${plainText(metricLabel(column.metric))})`;
        return { column, label, about: label };
      });
    if (columns.length === 0) return [];
    const chances = columns.flatMap(({ column: { chance }, label }) =>
      chance === null ? [] : [{ label, chance, about: `chance: ${formatScore(chance)}` }],
    );
    return [
      chartOf({
        name: `first-last-${model.name}`,
        about: { kind: 'curves' },
        title: `${plainText(model.name)}: first against last checkpoint`,
        subtitle: [
          'Lines: ± 1 standard error. Dashed: chance.',
          ...limitLine(columns.map(({ column }) => column)),
        ],
        body: scoreBars({
          columns,
          rows: [
            { row: first, name: `first (${checkpointText(first)})`, colour: FIRST_COLOUR },
            { row: last, name: `last (${checkpointText(last)})`, colour: DENSE },
          ],
          gap: 12,
          padding: 0.28,
          levels: (y, x, thickness) => [
            {
              data: { values: chances },
              mark: {
                type: 'tick',
                orient: 'vertical',
                thickness: 1.6,
                color: INK,
                size: thickness + 4,
                strokeDash: [4, 3],
                filled: false,
              },
              encoding: { y, x: { ...x, field: 'chance' }, description: { field: 'about' } },
            },
          ],
        }),
      }),
    ];
  });
}

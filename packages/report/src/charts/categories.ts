/** A group's categories as bars: every model at its last checkpoint, with standard errors and chance. */
import type { Chart } from '../chart.ts';
import { placeText } from '../content/cells.ts';
import { categoriesOf } from '../content/groups.ts';
import { formatScore } from '../format.ts';
import { plainText } from '../plain-text.ts';
import { hasScore, type ReportData } from '../scores.ts';
import { rowsOf } from '../select.ts';
import { limitLine } from './learning-curves.ts';
import { chartOf, colourAt, level } from './parts.ts';
import { scoreBars } from './score-bars.ts';
import { shortName } from './subjects.ts';
import { INK } from './theme.ts';

/** One chart for each group that has categories. */
export function categoryCharts(data: ReportData): readonly Chart[] {
  return data.tasks.flatMap((group) => {
    const nodes = categoriesOf(group);
    const rows = data.input.models.flatMap((model) =>
      rowsOf(data, model)
        .filter((row) => hasScore(row, group.column))
        .slice(-1),
    );
    const { chance, metric } = group.column;
    if (nodes.length < 2 || rows.length === 0 || metric.kind !== 'fraction') return [];
    return [
      chartOf({
        name: `${group.name}-categories`,
        about: { kind: 'group', task: group.name },
        title: `${plainText(group.name)}: categories`,
        subtitle: [
          'Each model at its last checkpoint. Lines: ± 1 standard error. Dashed: chance.',
          ...limitLine([group.column]),
        ],
        body: scoreBars({
          columns: nodes.map(({ name, column }, index) => ({
            column,
            label: index === 0 ? plainText(name) : shortName(name, [group.name]),
            about: plainText(column.task),
          })),
          rows: rows.map((row, index) => ({ row, name: placeText(row), colour: colourAt(index) })),
          gap: 14,
          padding: 0.3,
          levels: () =>
            chance === null
              ? []
              : [
                  level('x', chance, {
                    strokeDash: [4, 3],
                    strokeWidth: 1.4,
                    color: INK,
                    description: `chance: ${formatScore(chance)}`,
                  }),
                ],
        }),
      }),
    ];
  });
}

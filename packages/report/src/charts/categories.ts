/** A group's categories as bars: every model at its last checkpoint, with standard errors and chance. */
import { placeText, scoreText } from '../content/cells.ts';
import { categoriesOf } from '../content/groups.ts';
import { formatScore } from '../format.ts';
import { plainText } from '../plain-text.ts';
import { hasScore, type ReportData, scoreOf } from '../scores.ts';
import { rowsOf } from '../select.ts';
import { fileName } from './file-name.ts';
import { limitLine } from './learning-curves.ts';
import { shortName } from './subjects.ts';
import { type Chart, CONFIG, INK, type JsonObject, PALETTE, SCHEMA } from './theme.ts';

const BAR_STEP = 15;

/** One chart for each group that has categories. */
export function categoryCharts(data: ReportData): readonly Chart[] {
  return data.tasks.flatMap((group) => {
    const nodes = categoriesOf(group);
    const rows = data.input.models.flatMap((model) =>
      rowsOf(data, model)
        .filter((row) => hasScore(row, group.column))
        .slice(-1),
    );
    if (nodes.length < 2 || rows.length === 0 || group.column.metric.kind !== 'fraction') return [];
    const places = rows.map(placeText);
    const labels = nodes.map((node) =>
      node === group ? plainText(group.name) : shortName(node.name, [group.name]),
    );
    const bars = nodes.flatMap(({ column }, index) =>
      rows.map((row, at) => {
        const score = scoreOf(row, column);
        const error = score.stderr ?? 0;
        return {
          category: labels[index] ?? '',
          model: places[at] ?? '',
          score: score.value,
          low: Math.max(0, score.value - error),
          high: Math.min(1, score.value + error),
          text: formatScore(score.value),
          about: `${plainText(column.task)}, ${places[at]}: ${scoreText(score, column.metric)}`,
        };
      }),
    );
    const title = `${plainText(group.name)}: categories`;
    const y: JsonObject = {
      field: 'category',
      type: 'nominal',
      sort: labels,
      scale: { domain: labels, paddingInner: 0.3, paddingOuter: 0.1 },
      axis: { title: null, labelFontSize: 12 },
    };
    const yOffset: JsonObject = { field: 'model', sort: places, scale: { domain: places } };
    const x: JsonObject = {
      field: 'score',
      type: 'quantitative',
      scale: { domain: [0, 1] },
      axis: { title: 'score', format: '.1f', tickCount: 5, grid: true },
    };
    const { chance } = group.column;
    return [
      {
        name: fileName(`${group.name}-categories`),
        about: { kind: 'group' as const, task: group.name },
        title,
        spec: {
          $schema: SCHEMA,
          config: CONFIG,
          title: {
            text: title,
            subtitle: [
              'Each model at its last checkpoint. Lines: ± 1 standard error. Dashed: chance.',
              ...limitLine([group.column]),
            ],
          },
          width: 560,
          height: nodes.length * (rows.length * BAR_STEP + 14),
          layer: [
            {
              data: { values: bars },
              mark: { type: 'bar', cornerRadiusEnd: 2 },
              encoding: {
                y,
                yOffset,
                x,
                description: { field: 'about' },
                color: {
                  field: 'model',
                  type: 'nominal',
                  scale: {
                    domain: places,
                    range: places.map((_, index) => PALETTE[index % PALETTE.length] ?? INK),
                  },
                  legend:
                    rows.length > 1
                      ? { orient: 'top', symbolType: 'square', symbolStrokeWidth: 0, columns: 4 }
                      : null,
                },
              },
            },
            {
              data: { values: bars.filter(({ low, high }) => high > low) },
              mark: { type: 'rule', strokeWidth: 1.4, color: INK, aria: false },
              encoding: { y, yOffset, x: { ...x, field: 'low' }, x2: { field: 'high' } },
            },
            {
              data: { values: bars },
              mark: { type: 'text', align: 'left', baseline: 'middle', dx: 7, fontSize: 10.5, aria: false },
              encoding: { y, yOffset, x: { ...x, field: 'high' }, text: { field: 'text', type: 'nominal' } },
            },
            ...(chance === null
              ? []
              : [
                  {
                    data: { values: [{}] },
                    mark: {
                      type: 'rule',
                      strokeDash: [4, 3],
                      strokeWidth: 1.4,
                      color: INK,
                      description: `chance: ${formatScore(chance)}`,
                    },
                    encoding: { x: { datum: chance, type: 'quantitative' } },
                  },
                ]),
          ],
        },
      },
    ];
  });
}

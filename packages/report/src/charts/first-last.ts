/** First against last: two bars a task with their standard errors, the chance level as a line across them. */
import { checkpointText, scoreText } from '../content/cells.ts';
import { formatScore } from '../format.ts';
import { metricLabel } from '../headline-metric.ts';
import { plainText } from '../plain-text.ts';
import { hasScore, type ReportData, type Row, scoreOf } from '../scores.ts';
import { endsOf, isSeries, rowsOf } from '../select.ts';
import { fileName } from './file-name.ts';
import { limitLine } from './learning-curves.ts';
import { type Chart, CONFIG, DENSE, INK, type JsonObject, SCHEMA } from './theme.ts';

const BAR_STEP = 15;
/** Paler than the last one's, and told apart by its place too. */
const FIRST_COLOUR = '#cfcfcf';

/** One chart for each series; tasks whose headline is no fraction have another unit and are left out. */
export function firstLastCharts(data: ReportData): readonly Chart[] {
  return data.input.models.filter(isSeries).flatMap((model) => {
    const { first, last } = endsOf(rowsOf(data, model));
    const columns = data.tasks
      .map(({ column }) => column)
      .filter(({ metric }) => metric.kind === 'fraction')
      .filter((column) => hasScore(first, column) && hasScore(last, column));
    if (columns.length === 0) return [];
    const names = sideNames(first, last);
    const labels = columns.map(
      ({ task, metric }) => `${plainText(task)} (${plainText(metricLabel(metric))})`,
    );
    const bars = columns.flatMap((column, index) =>
      [first, last].map((row, side) => {
        const score = scoreOf(row, column);
        const task = labels[index] ?? '';
        const error = score.stderr ?? 0;
        return {
          task,
          side: names[side] ?? '',
          score: score.value,
          low: Math.max(0, score.value - error),
          high: Math.min(1, score.value + error),
          text: formatScore(score.value),
          about: `${task}, ${names[side]}: ${scoreText(score, column.metric)}`,
        };
      }),
    );
    const chances = columns.flatMap((column, index) =>
      column.chance === null
        ? []
        : [
            {
              task: labels[index] ?? '',
              chance: column.chance,
              about: `chance: ${formatScore(column.chance)}`,
            },
          ],
    );
    const title = `${plainText(model.name)}: first against last checkpoint`;
    const y: JsonObject = {
      field: 'task',
      type: 'nominal',
      sort: labels,
      scale: { domain: labels, paddingInner: 0.28, paddingOuter: 0.1 },
      axis: { title: null, labelFontSize: 12 },
    };
    const yOffset: JsonObject = { field: 'side', sort: names, scale: { domain: names } };
    const x: JsonObject = {
      field: 'score',
      type: 'quantitative',
      scale: { domain: [0, 1] },
      axis: { title: 'score', format: '.1f', tickCount: 5, grid: true },
    };
    // Drawn twice: first a white outline, so that the chance line does not run through the digits.
    const numbers = (isHalo: boolean): JsonObject => ({
      data: { values: bars },
      mark: {
        type: 'text',
        align: 'left',
        baseline: 'middle',
        dx: 7,
        fontSize: 10.5,
        aria: false,
        ...(isHalo ? { color: '#ffffff', stroke: '#ffffff', strokeWidth: 3, strokeJoin: 'round' } : {}),
      },
      encoding: { y, yOffset, x: { ...x, field: 'high' }, text: { field: 'text', type: 'nominal' } },
    });
    return [
      {
        name: fileName(`first-last-${model.name}`),
        about: { kind: 'curves' as const },
        title,
        spec: {
          $schema: SCHEMA,
          config: CONFIG,
          title: {
            text: title,
            subtitle: ['Lines: ± 1 standard error. Dashed: chance.', ...limitLine(columns)],
          },
          width: 560,
          height: columns.length * (2 * BAR_STEP + 12),
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
                  field: 'side',
                  type: 'nominal',
                  sort: names,
                  scale: { domain: names, range: [FIRST_COLOUR, DENSE] },
                  legend: { orient: 'top', symbolType: 'square', symbolStrokeWidth: 0 },
                },
              },
            },
            {
              data: { values: bars.filter(({ low, high }) => high > low) },
              mark: { type: 'rule', strokeWidth: 1.4, color: INK, aria: false },
              encoding: { y, yOffset, x: { ...x, field: 'low' }, x2: { field: 'high' } },
            },
            {
              data: { values: chances },
              mark: {
                type: 'tick',
                orient: 'vertical',
                thickness: 1.6,
                color: INK,
                size: 2 * BAR_STEP + 4,
                strokeDash: [4, 3],
                filled: false,
              },
              encoding: { y, x: { ...x, field: 'chance' }, description: { field: 'about' } },
            },
            ...[true, false].map((isHalo) => numbers(isHalo)),
          ],
        },
      },
    ];
  });
}

function sideNames(first: Row, last: Row): readonly string[] {
  const names = [first, last].map(
    (row, index) => `${index === 0 ? 'first' : 'last'} (${checkpointText(row)})`,
  );
  return names;
}

/** What pruning turned: documents that went from right to wrong to the left, from wrong to right to the right. */
import type { ComparisonRecord } from '@evalgraph/formats';
import { formatCount, formatP, limitedText } from '../format.ts';
import { metricLabel } from '../headline-metric.ts';
import { plainText } from '../plain-text.ts';
import { fileName } from './file-name.ts';
import { type Chart, CONFIG, DENSE, INK, type JsonObject, PRUNED, RULE, SCHEMA } from './theme.ts';

const ROW_HEIGHT = 28;

/** @returns null where no task's scores are right or wrong */
export function flipsChart(record: ComparisonRecord): Chart | null {
  const tasks = record.tasks.flatMap((task) =>
    task.mcnemar === null ? [] : [{ ...task, mcnemar: task.mcnemar }],
  );
  if (tasks.length === 0) return null;
  const labels = tasks.map((task) => `${plainText(task.task)} (${plainText(metricLabel(task))})`);
  const kinds = ['right to wrong', 'wrong to right'];
  const bars = tasks.flatMap(({ mcnemar, documents }, index) =>
    kinds.map((kind, side) => {
      const count = side === 0 ? mcnemar.rightToWrong : mcnemar.wrongToRight;
      return {
        task: labels[index] ?? '',
        kind,
        share: ((side === 0 ? -1 : 1) * count) / documents,
        text: formatCount(count),
        about: `${labels[index]}: ${formatCount(count)} of ${formatCount(documents)} documents ${kind}, McNemar p ${formatP(mcnemar.p)}`,
      };
    }),
  );
  const y: JsonObject = {
    field: 'task',
    type: 'nominal',
    sort: labels,
    scale: { domain: labels, paddingInner: 0.35 },
    axis: { title: null, labelFontSize: 12 },
  };
  // Room for the counts beside the longest bar.
  const widest = 1.18 * Math.max(...bars.map(({ share }) => Math.abs(share)), 0.01);
  const x: JsonObject = {
    field: 'share',
    type: 'quantitative',
    scale: { domain: [-widest, widest], nice: false },
    axis: {
      title: 'share of documents',
      labelExpr: "format(abs(datum.value), '.0%')",
      tickCount: 6,
      grid: true,
    },
  };
  const text = (side: number): JsonObject => ({
    data: { values: bars.filter(({ kind }) => kind === kinds[side]) },
    mark: {
      type: 'text',
      align: side === 0 ? 'right' : 'left',
      dx: side === 0 ? -5 : 5,
      color: INK,
      aria: false,
    },
    encoding: { y, x, text: { field: 'text', type: 'nominal' } },
  });
  const title = `${plainText(record.name)}: answers that pruning turned`;
  return {
    name: fileName(`flips-${record.name}`),
    about: { kind: 'comparison', comparison: record.name },
    title,
    spec: {
      $schema: SCHEMA,
      config: CONFIG,
      title: {
        text: title,
        subtitle: [
          'Numbers: documents. An even balance hides in the scores; here it shows.',
          ...(record.limit === null ? [] : [`${limitedText(record.limit)}.`]),
        ],
      },
      width: 520,
      height: ROW_HEIGHT * tasks.length,
      layer: [
        {
          data: { values: bars },
          mark: { type: 'bar', cornerRadiusEnd: 2 },
          encoding: {
            y,
            x,
            description: { field: 'about' },
            color: {
              field: 'kind',
              type: 'nominal',
              scale: { domain: kinds, range: [PRUNED, DENSE] },
              legend: { orient: 'top', symbolType: 'square', symbolStrokeWidth: 0 },
            },
          },
        },
        text(0),
        text(1),
        {
          data: { values: [{}] },
          mark: { type: 'rule', color: RULE, strokeWidth: 1.2, aria: false },
          encoding: { x: { datum: 0, type: 'quantitative' } },
        },
      ],
    },
  };
}

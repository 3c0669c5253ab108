/** What pruning turned: documents that went from right to wrong to the left, from wrong to right to the right. */
import type { ComparisonRecord } from '@evalgraph/formats';
import type { Chart, JsonObject } from '../chart.ts';
import { formatCount, formatP, limitedText } from '../format.ts';
import { metricLabel } from '../headline-metric.ts';
import { plainText } from '../plain-text.ts';
import { bars, byName, chartOf, level, namesAxis, SQUARE_LEGEND, texts } from './parts.ts';
import { DENSE, INK, PRUNED, RULE } from './theme.ts';

const ROW_HEIGHT = 28;

/** @returns null where no task's scores are right or wrong */
export function flipsChart(record: ComparisonRecord): Chart | null {
  const tasks = record.tasks.flatMap((task) =>
    task.mcnemar === null ? [] : [{ ...task, mcnemar: task.mcnemar }],
  );
  if (tasks.length === 0) return null;
  const labels = tasks.map((task) => `${plainText(task.task)} (${plainText(metricLabel(task))})`);
  const kinds = ['right to wrong', 'wrong to right'];
  const turned = tasks.flatMap(({ mcnemar, documents }, index) =>
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
  const y = namesAxis('task', labels, { paddingInner: 0.35 });
  // Room for the counts beside the longest bar.
  const widest = 1.18 * Math.max(...turned.map(({ share }) => Math.abs(share)), 0.01);
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
  const title = `${plainText(record.name)}: answers that pruning turned`;
  return chartOf({
    name: `flips-${record.name}`,
    about: { kind: 'comparison', comparison: record.name },
    title,
    subtitle: [
      'Numbers: documents. An even balance hides in the scores; here it shows.',
      ...(record.limit === null ? [] : [`${limitedText(record.limit)}.`]),
    ],
    body: {
      width: 520,
      height: ROW_HEIGHT * tasks.length,
      layer: [
        bars(
          turned,
          { cornerRadiusEnd: 2 },
          { y, x, color: byName('kind', kinds, [PRUNED, DENSE], SQUARE_LEGEND) },
        ),
        ...kinds.map((own, side) =>
          texts(
            turned.filter(({ kind }) => kind === own),
            { align: side === 0 ? 'right' : 'left', dx: side === 0 ? -5 : 5, color: INK },
            { y, x },
          ),
        ),
        level('x', 0, { color: RULE, strokeWidth: 1.2, aria: false }),
      ],
    },
  });
}

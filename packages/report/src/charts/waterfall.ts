/**
 * From one perplexity to another, a stage at a time: each bar hangs where the one before ended, so that its length is
 * what its stage multiplied the figure by. The axis is logarithmic: equal factors are equally long.
 */
import type { ComparisonRecord } from '@evalgraph/formats';
import type { Chart, JsonObject } from '../chart.ts';
import { perplexityLabel } from '../content/comparison.ts';
import { formatPerplexity, formatRatio } from '../format.ts';
import type { Waterfall } from '../input.ts';
import { plainText } from '../plain-text.ts';
import { bars, byName, chartOf, type Drawing, namesAxis, texts } from './parts.ts';
import { DENSE, INK, PRUNED, RULE } from './theme.ts';

const ROW_HEIGHT = 30;
const KINDS = ['figure', 'raises it', 'lowers it'] as const;
const COLOURS = [RULE, PRUNED, DENSE] as const;

/** The caller's own waterfalls. */
export function waterfallCharts(waterfalls: readonly Waterfall[]): readonly Chart[] {
  return waterfalls.map(({ name, title, stages }) =>
    chartOf({
      name: `waterfall-${name}`,
      about: { kind: 'perplexity' },
      title: plainText(title),
      ...stacked([panel('', stages)], 'Every bar was measured'),
    }),
  );
}

/** Dense to pruned by each way of measuring, a panel each: two ways never share an axis. */
export function perplexityChart(record: ComparisonRecord): Chart | null {
  if (record.perplexity.length === 0) return null;
  const title = `${plainText(record.name)}: perplexity, dense to pruned`;
  const panels = record.perplexity.map(({ dense, pruned }) =>
    panel(perplexityLabel(dense), [
      { label: 'dense', perplexity: dense.perplexity },
      { label: 'pruned', perplexity: pruned.perplexity },
    ]),
  );
  return chartOf({
    name: `perplexity-${record.name}`,
    about: { kind: 'comparison', comparison: record.name },
    title,
    ...stacked(panels, 'Perplexity a token'),
  });
}

function stacked(panels: readonly JsonObject[], what: string): Pick<Drawing, 'subtitle' | 'body'> {
  return {
    subtitle: [`${what}, logarithmic axis: equal lengths are equal factors. Lower is better.`],
    body: { spacing: 26, vconcat: panels },
  };
}

/** First figure, every stage's factor, last figure. */
function panel(title: string, stages: Waterfall['stages']): JsonObject {
  const first = stages[0];
  const last = stages.at(-1);
  if (first === undefined || last === undefined) throw new RangeError('a waterfall of no stages');
  const values = stages.map(({ perplexity }) => perplexity);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const pad = (high / low) ** 0.12;
  const floor = Math.max(low / (pad * pad), Number.MIN_VALUE);
  const steps = stages.slice(1).map(({ label, perplexity }, index) => {
    const before = stages[index]?.perplexity ?? perplexity;
    const ratio = formatRatio(perplexity / before);
    const name = stages.length === 2 ? 'what pruning adds' : plainText(label);
    return {
      label: name,
      from: before,
      to: perplexity,
      kind: perplexity >= before ? KINDS[1] : KINDS[2],
      text: ratio,
      about: `${name}: ${ratio}, to ${formatPerplexity(perplexity)}`,
    };
  });
  const ends = [first, last].map(({ label, perplexity }, index) => {
    const name = stages.length === 2 ? plainText(label) : index === 0 ? plainText(label) : 'result';
    const text = formatPerplexity(perplexity);
    return { label: name, from: floor, to: perplexity, kind: KINDS[0], text, about: `${name}: ${text}` };
  });
  const all = [...ends.slice(0, 1), ...steps, ...ends.slice(1)];
  const labels = all.map(({ label }) => label);
  const y = namesAxis('label', labels, { paddingInner: 0.35 });
  const scale = { type: 'log', domain: [floor, high * pad * pad], nice: false };
  const axis = { title: 'perplexity', format: '~g', tickCount: 5, grid: true, labelOverlap: true };
  return {
    ...(title === '' ? {} : { title: { text: title, fontSize: 12.5, offset: 8, frame: 'group' } }),
    width: 520,
    height: ROW_HEIGHT * all.length,
    layer: [
      bars(
        all,
        { cornerRadius: 1 },
        {
          y,
          x: { field: 'from', type: 'quantitative', scale, axis },
          x2: { field: 'to' },
          color: byName('kind', KINDS, COLOURS, null),
        },
      ),
      texts(
        all.map((bar) => ({ ...bar, end: Math.max(bar.from, bar.to) })),
        { align: 'left', dx: 6, color: INK },
        { y, x: { field: 'end', type: 'quantitative', scale, axis } },
      ),
    ],
  };
}

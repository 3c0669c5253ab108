/** Log-likelihoods of a question's options over the steps: a small line chart, drawn on the spot. */
import { formatCount, formatScore } from '../src/format.ts';
import { FIXED } from './chunks.ts';
import { drawn } from './dom.ts';

export interface OptionCurve {
  readonly name: string;
  readonly isGold: boolean;
  /** Ten-thousandths of a nat, in the order of `steps`. */
  readonly nats: readonly (number | null)[];
}

const WIDTH = 560;
const HEIGHT = 230;
const MARGIN = { left: 52, right: 34, top: 12, bottom: 48 } as const;
/** Wider ratios of steps are drawn on a logarithmic axis. */
const WIDE = 100;

/** @param verdicts a character a step, as in the list chunk */
export function optionChart(
  steps: readonly number[],
  curves: readonly OptionCurve[],
  verdicts: string,
): SVGElement {
  const values = curves.flatMap(({ nats }) => nats.filter((value) => value !== null));
  const low = Math.min(...values) / FIXED;
  const high = Math.max(...values) / FIXED;
  const pad = (high - low || 1) * 0.06;
  const x = stepScale(steps);
  const y = (value: number): number =>
    MARGIN.top + ((high + pad - value) / (high - low + 2 * pad)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const right = WIDTH - MARGIN.right;
  const ticks = niceTicks(low - pad, high + pad);
  const floor = HEIGHT - MARGIN.bottom;
  const children: SVGElement[] = ticks.flatMap((tick) => [
    drawn('line', { x1: MARGIN.left, x2: right, y1: y(tick), y2: y(tick), class: 'grid' }),
    drawn('text', { x: MARGIN.left - 8, y: y(tick) + 4, 'text-anchor': 'end' }, shortNumber(tick)),
  ]);
  children.push(...stepTicks(steps, x, floor));
  children.push(drawn('text', { x: MARGIN.left - 8, y: floor + 17, 'text-anchor': 'end' }, 'right'));
  for (const [at, step] of steps.entries()) {
    const verdict = verdicts[at] ?? '-';
    if (verdict === '-') continue;
    const label = `step ${formatCount(step)}: ${verdict === '1' ? 'right' : verdict === 'p' ? 'partly right' : 'wrong'}`;
    const mark =
      verdict === '1'
        ? drawn('circle', { cx: x(step), cy: floor + 13, r: 4, class: 'right' }, drawn('title', {}, label))
        : drawn('path', { d: cross(x(step), floor + 13), class: 'wrong' }, drawn('title', {}, label));
    children.push(mark);
  }
  const ends: { readonly name: string; readonly index: number; y: number }[] = [];
  for (const [index, { name, isGold, nats }] of curves.entries()) {
    const points = steps.flatMap((step, at) => {
      const value = nats[at];
      return value === null || value === undefined ? [] : [{ step, value: value / FIXED }];
    });
    const kind = `line o${index % 7}${isGold ? ' gold' : ''}`;
    children.push(
      drawn('polyline', {
        points: points.map((one) => `${x(one.step)},${y(one.value)}`).join(' '),
        class: kind,
      }),
      ...points.map((one) =>
        drawn(
          'circle',
          { cx: x(one.step), cy: y(one.value), r: isGold ? 3.5 : 2.5, class: `dot o${index % 7}` },
          drawn('title', {}, `${name}, step ${formatCount(one.step)}: ${formatScore(one.value)}`),
        ),
      ),
    );
    const last = points.at(-1);
    if (last !== undefined) ends.push({ name, index, y: y(last.value) });
  }
  children.push(...endLabels(ends, right));
  const about = `Log-likelihood of each option over the steps; the table below has the numbers.`;
  return drawn(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'curves', role: 'img', 'aria-label': about },
    ...children,
  );
}

/** Names at the lines' ends, pushed apart where they would cover each other. */
function endLabels(
  ends: readonly { readonly name: string; readonly index: number; y: number }[],
  right: number,
): readonly SVGElement[] {
  const sorted = [...ends].sort((a, b) => a.y - b.y);
  let before = Number.NEGATIVE_INFINITY;
  for (const end of sorted) {
    end.y = Math.max(end.y, before + 13);
    before = end.y;
  }
  return sorted.map(({ name, index, y }) =>
    drawn('text', { x: right + 8, y: y + 4, class: `end o${index % 7}` }, name),
  );
}

function stepScale(steps: readonly number[]): (step: number) => number {
  const first = Math.min(...steps);
  const last = Math.max(...steps);
  const isWide = first > 0 && last / first > WIDE;
  const place = (step: number): number => (isWide ? Math.log(step) : step);
  const span = place(last) - place(first) || 1;
  return (step) =>
    MARGIN.left + 8 + ((place(step) - place(first)) / span) * (WIDTH - MARGIN.left - MARGIN.right - 16);
}

/** As many steps as have room for their numbers, the first and the last among them. */
function stepTicks(
  steps: readonly number[],
  x: (step: number) => number,
  floor: number,
): readonly SVGElement[] {
  const ticks: SVGElement[] = [];
  const last = steps.at(-1) ?? 0;
  let before = Number.NEGATIVE_INFINITY;
  for (const step of steps) {
    const room = 7 * formatCount(step).length + 14;
    if (step !== last && (x(step) < before + room || x(last) < x(step) + room)) continue;
    before = x(step);
    ticks.push(drawn('text', { x: x(step), y: floor + 38, 'text-anchor': 'middle' }, formatCount(step)));
  }
  return ticks;
}

function cross(x: number, y: number): string {
  return `M${x - 3.2},${y - 3.2}l6.4,6.4m0,-6.4l-6.4,6.4`;
}

function niceTicks(low: number, high: number): readonly number[] {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const ticks: number[] = [];
  for (let at = Math.ceil(low / step); at * step <= high; at++) ticks.push(at * step);
  return ticks;
}

/** Writes no more digits than the ticks of an axis need. */
function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** Rank correlation of two lists, ties included. */
import { mean, sum } from '../statistics/mean.ts';

/**
 * Spearman's rho: Pearson's correlation of the ranks, ties with their mean rank (Spearman 1904; scipy.stats.spearmanr).
 * @returns null for fewer than two values, or where one list is constant: no order, no correlation
 */
export function spearman(x: readonly number[], y: readonly number[]): number | null {
  return pearson(ranks(x), ranks(y));
}

/**
 * Kendall's tau-b: (concordant - discordant) / sqrt((pairs - ties in x)(pairs - ties in y)) (Kendall 1945;
 * scipy.stats.kendalltau).
 * @returns null as `spearman`
 */
export function kendall(x: readonly number[], y: readonly number[]): number | null {
  sameLength(x, y);
  let balance = 0;
  let untiedX = 0;
  let untiedY = 0;
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const dx = Math.sign(at(x, i) - at(x, j));
      const dy = Math.sign(at(y, i) - at(y, j));
      balance += dx * dy;
      untiedX += Math.abs(dx);
      untiedY += Math.abs(dy);
    }
  }
  return untiedX === 0 || untiedY === 0 ? null : balance / Math.sqrt(untiedX * untiedY);
}

function pearson(x: readonly number[], y: readonly number[]): number | null {
  sameLength(x, y);
  if (x.length < 2) return null;
  const [mx, my] = [mean(x), mean(y)];
  const xx = sum(x.map((value) => (value - mx) ** 2));
  const yy = sum(y.map((value) => (value - my) ** 2));
  if (xx === 0 || yy === 0) return null;
  return sum(x.map((value, index) => (value - mx) * (at(y, index) - my))) / Math.sqrt(xx * yy);
}

function ranks(values: readonly number[]): readonly number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const found = values.map(() => 0);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && order[end]?.value === order[start]?.value) end++;
    for (const { index } of order.slice(start, end)) found[index] = (start + end + 1) / 2;
    start = end;
  }
  return found;
}

function sameLength(x: readonly number[], y: readonly number[]): void {
  if (x.length !== y.length) throw new RangeError('lists of different lengths');
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? Number.NaN;
}

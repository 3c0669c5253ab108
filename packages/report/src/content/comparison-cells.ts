/** Cells and intervals as the tables of a comparison write them. */
import type { Interval } from '@evalgraph/formats';
import { formatPercent, formatRatio, formatScore, NOT_AVAILABLE } from '../format.ts';
import { type Cell, numberCell } from './blocks.ts';

/** Where there is nothing to say, because nothing comes before. */
export function none(): Cell {
  return numberCell('-', null);
}

export function absent(): Cell {
  return numberCell(NOT_AVAILABLE, null);
}

export function plainInterval([low, high]: Interval): string {
  return `[${formatScore(low)}, ${formatScore(high)}]`;
}

export function percentInterval([low, high]: Interval): string {
  return `[${formatPercent(low)}, ${formatPercent(high)}]`;
}

export function ratioInterval([low, high]: Interval): string {
  return `[${formatRatio(low).slice(1)}, ${formatRatio(high).slice(1)}]`;
}

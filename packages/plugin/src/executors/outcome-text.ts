/** One line (or an error's text) for an ended cell: what became of it, and its figure. */
import type { CellOutcome, OutputMode } from '@evalgraph/runner/run';
import { duration } from '@evalgraph/runner/run';

const ORIGINS = {
  computed: 'evaluated',
  resumed: 'evaluated, going on from an interrupted run',
  rescored: 'scored again from stored responses',
  store: 'restored from the store',
} as const;

/** @param figure `acc 0.2500 ± 0.0200`; empty: nothing is scored, or it failed */
export function outcomeText(outcome: CellOutcome, mode: OutputMode, figure: string): string {
  const { cell, result, startedMs, finishedMs } = outcome;
  if (mode === 'json')
    return `${JSON.stringify({ event: 'cell', cell: cell.id, ...result, seconds: (finishedMs - startedMs) / 1000 })}\n`;
  if (!result.ok) return `${cell.id} failed:\n${result.text}\n`;
  if (mode === 'quiet') return '';
  return `${cell.id}: ${ORIGINS[result.origin]} in ${duration(finishedMs - startedMs)}${figure === '' ? '' : `; ${figure}`}\n`;
}

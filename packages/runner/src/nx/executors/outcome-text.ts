/** One line (or an error's text) for an ended cell. */
import type { CellOutcome } from '../../run/cells-run.ts';
import { duration } from '../../run/progress.ts';

const ORIGINS = {
  computed: 'evaluated',
  resumed: 'evaluated, going on from an interrupted run',
  rescored: 'scored again from stored responses',
  store: 'restored from the store',
} as const;

export function outcomeText(outcome: CellOutcome): string {
  const { cell, result, startedMs, finishedMs } = outcome;
  if (!result.ok) return `${cell.id} failed:\n${result.text}\n`;
  return `${cell.id}: ${ORIGINS[result.origin]} in ${duration(finishedMs - startedMs)}\n`;
}

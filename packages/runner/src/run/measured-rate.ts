/** Tokens per second of the pipeline's earlier cells on this workspace, from their run.json. */
import type { RunRecord } from '@evalgraph/formats';
import { cellFolder } from '@evalgraph/spec';
import type { Cell, Plan } from '../plan/plan.ts';
import { cellPlace, readRun } from '../results/placed.ts';
import { embeddedLanes } from './lanes.ts';

export interface MeasuredRate {
  /** Tokens computed a second, of one lane. */
  readonly overall: number;
  readonly byTask: ReadonlyMap<string, number>;
  readonly cells: number;
  /** Checkpoints that run side by side. */
  readonly lanes: number;
}

/** @returns null where nothing was measured yet. */
export async function measuredRate(root: string, plan: Plan): Promise<MeasuredRate | null> {
  const sums = new Map<string, { tokens: number; seconds: number }>();
  let cells = 0;
  for (const cell of plan.cells) {
    const run = await anyRun(root, plan, cell);
    if (run === null || run.tokens.computed === 0) continue;
    const sum = sums.get(cell.name) ?? { tokens: 0, seconds: 0 };
    sums.set(cell.name, {
      tokens: sum.tokens + run.tokens.computed,
      seconds: sum.seconds + run.seconds,
    });
    cells += 1;
  }
  if (cells === 0) return null;
  const all = [...sums.values()];
  const total = (field: 'tokens' | 'seconds'): number => all.reduce((sum, one) => sum + one[field], 0);
  return {
    overall: total('tokens') / total('seconds'),
    byTask: new Map([...sums].map(([task, { tokens, seconds }]) => [task, tokens / seconds])),
    cells,
    lanes: embeddedLanes(plan.checkpoints).count,
  };
}

/** A quick run's figures serve the full plan, and the other way. */
async function anyRun(root: string, plan: Plan, cell: Cell): Promise<RunRecord | null> {
  for (const variant of ['full', 'quick'] as const) {
    const folder = cellFolder(plan.pipeline.name, variant, cell.checkpoint.id, cell.name);
    const run = await readRun(cellPlace(root, plan.pipeline.name, { id: cell.id, output: folder }));
    if (run !== null) return run;
  }
  return null;
}

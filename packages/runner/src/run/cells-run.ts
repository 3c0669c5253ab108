/**
 * Runs many cells: grouped by checkpoint, each checkpoint opened at most once and only if one of its cells needs
 * computing, several small checkpoints side by side. One failing cell does not stop the others.
 */

import type { Engine } from '@evalgraph/engines';
import { storeFolder, verifiedFile } from '@evalgraph/spec';
import { steadyMs } from '@evalgraph/system';
import { openLockCheck } from '../locking/as-locked.ts';
import { openDigestMemo } from '../locks/digest-memo.ts';
import type { Cell, Plan } from '../plan/plan.ts';
import type { CellOutcome } from './cell-attempt.ts';
import { groupByCheckpoint, openQueue } from './checkpoint-queue.ts';
import { runCheckpoint } from './checkpoint-run.ts';
import { supplyFor } from './checkpoint-supply.ts';
import type { EventLog } from './event-log.ts';
import { lanesFor, runInLanes } from './lanes.ts';
import type { Progress } from './progress.ts';
import type { RunFacts } from './run-facts.ts';

export interface RunOptions {
  readonly root: string;
  readonly plan: Plan;
  readonly cells: readonly Cell[];
  readonly engine: Engine;
  readonly progress: Progress;
  /** Another store than the workspace's. */
  readonly store?: string;
  /** Checkpoints of the hub that stay on the disk when their cells are done; absent: all. */
  readonly keep?: number;
  readonly log?: EventLog;
}

/** Yields outcomes in the order in which cells end. */
export async function* runCells(options: RunOptions): AsyncGenerator<CellOutcome> {
  const { root, plan, cells, engine, progress, log } = options;
  const memo = openDigestMemo(verifiedFile(root));
  const facts: RunFacts = {
    root,
    store: options.store ?? storeFolder(root),
    plan,
    engine,
    progress,
    memo,
    check: openLockCheck(root, plan, memo),
  };

  // 1. Which checkpoints, how many at once, and where their files come from.
  const groups = groupByCheckpoint(cells);
  const lanes = await lanesFor(
    engine,
    groups.map(({ checkpoint }) => checkpoint),
  );
  const supply = supplyFor(facts, options.keep ?? null);
  const queue = openQueue(groups, facts.store);

  // 2. Each checkpoint's cells, one after the other; cells end in any order.
  log?.add({ event: 'run-started', cells: cells.length, engine: engine.identity.name, pid: process.pid });
  const startedMs = steadyMs();
  const ended = { done: 0, failed: 0 };
  const outcomes = runInLanes(groups, lanes.count, (group) =>
    runCheckpoint(group, { ...facts, threads: lanes.threads, supply, queue }),
  );
  for await (const outcome of outcomes) {
    ended[outcome.result.ok ? 'done' : 'failed'] += 1;
    logOutcome(outcome, log);
    yield outcome;
  }

  // 3. The end of the log says that nothing killed the run.
  log?.add({ event: 'run-ended', ...ended, seconds: (steadyMs() - startedMs) / 1000 });
}

function logOutcome({ cell, startedMs, finishedMs, result }: CellOutcome, log: EventLog | undefined): void {
  const seconds = (finishedMs - startedMs) / 1000;
  if (result.ok) log?.add({ event: 'cell-ended', cell: cell.id, origin: result.origin, seconds });
  else log?.add({ event: 'cell-failed', cell: cell.id, text: result.text, seconds });
  log?.closeCell(cell);
}

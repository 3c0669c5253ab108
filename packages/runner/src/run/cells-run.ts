/**
 * Runs many cells: grouped by checkpoint, each checkpoint opened at most once and only if one of its cells needs
 * computing, several small checkpoints side by side. One failing cell does not stop the others.
 */

import type { Engine, Session } from '@evalgraph/engines';
import { WORKER_ENDED } from '@evalgraph/engines/embedded';
import { byName, type RunRecord, UserError } from '@evalgraph/formats';
import { isDatasetLockFile, storeFolder, verifiedFile } from '@evalgraph/spec';
import { steadyMs } from '@evalgraph/system';
import { isOfCopy, type LockCheck, lockCommand, openLockCheck, verifyFiles } from '../locking/as-locked.ts';
import { fetchData } from '../locking/fetch-data.ts';
import { watchFiles } from '../locking/watch-files.ts';
import type { DataFile } from '../locks/data-lock.ts';
import { openDataLocks } from '../locks/data-lock.ts';
import { type DigestMemo, openDigestMemo } from '../locks/digest-memo.ts';
import { type Cell, type CheckpointUse, comparedIds, type Plan } from '../plan/plan.ts';
import { hasStored } from '../store/results.ts';
import { restoreCell, runCell } from './cell-run.ts';
import { checkpointSparsity } from './checkpoint-sparsity.ts';
import { type CheckpointSupply, openSupply } from './checkpoint-supply.ts';
import { type CellContext, sessionSettings } from './context.ts';
import type { EventLog } from './event-log.ts';
import { mendCopies } from './hub-copies.ts';
import { lanesFor } from './lanes.ts';
import type { Progress } from './progress.ts';

export interface CellOutcome {
  readonly cell: Cell;
  readonly startedMs: number;
  readonly finishedMs: number;
  readonly result:
    | { readonly ok: true; readonly origin: RunRecord['origin'] }
    | { readonly ok: false; readonly text: string };
}

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

/** Outcomes in the order in which cells end. */
export async function* runCells(options: RunOptions): AsyncGenerator<CellOutcome> {
  const memo = openDigestMemo(verifiedFile(options.root));
  const check = openLockCheck(options.root, options.plan, memo);
  const waiting = groupByCheckpoint(options.cells);
  const lanes = await lanesFor(
    options.engine,
    waiting.map((group) => group.checkpoint),
  );
  const { comparisons } = options.plan;
  const bySteps = new Set(comparisons.filter(({ use }) => use.form === 'series').flatMap(comparedIds));
  const supply = openSupply({
    digest: (path) => memo.digest(path),
    note: (line) => options.progress.note(line),
    keep: options.keep ?? null,
    needed: new Set(comparisons.filter(({ use }) => use.form !== 'series').flatMap(comparedIds)),
    // Two whole series need not fit on the disk: what their comparison wants of the weights is counted before they go.
    beforeFree: async (checkpoint) => {
      if (!bySteps.has(checkpoint.id)) return;
      await checkpointSparsity(options.store ?? storeFolder(options.root), checkpoint);
    },
  });
  const outcomes: CellOutcome[] = [];
  const startedMs = steadyMs();
  const ended = { done: 0, failed: 0 };
  const { log, cells, engine } = options;
  log?.add({ event: 'run-started', cells: cells.length, engine: engine.identity.name, pid: process.pid });
  let wake: () => void = () => {};
  const publish = (outcome: CellOutcome): void => {
    ended[outcome.result.ok ? 'done' : 'failed'] += 1;
    outcomes.push(outcome);
    wake();
  };
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const verified = (checkpoint: CheckpointUse): Promise<void> =>
        supplied(checkpoint, supply, waiting, memo, options);
      if (await runCheckpoint(next, lanes.threads, verified, { memo, check }, options, publish)) {
        await supply.done(next.checkpoint);
      }
    }
  };
  let running = true;
  const all = Promise.all(Array.from({ length: lanes.count }, lane)).finally(() => {
    running = false;
    wake();
  });
  // The error, if any, surfaces at the await below; without this line Node would call it unhandled meanwhile.
  all.catch(() => {});
  while (running || outcomes.length > 0) {
    const outcome = outcomes.shift();
    if (outcome !== undefined) yield outcome;
    else {
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (!running || outcomes.length > 0) resolve();
      });
    }
  }
  await all;
  log?.add({ event: 'run-ended', ...ended, seconds: (steadyMs() - startedMs) / 1000 });
}

interface Group {
  readonly checkpoint: CheckpointUse;
  readonly cells: readonly Cell[];
}

function groupByCheckpoint(cells: readonly Cell[]): Group[] {
  const groups = new Map<string, Group>();
  for (const cell of cells) {
    const group = groups.get(cell.checkpoint.id);
    groups.set(cell.checkpoint.id, {
      checkpoint: cell.checkpoint,
      cells: [...(group?.cells ?? []), cell],
    });
  }
  return [...groups.values()];
}

/** Fetched and verified; then the next checkpoint that computes something is fetched meanwhile. */
async function supplied(
  checkpoint: CheckpointUse,
  supply: CheckpointSupply,
  waiting: readonly Group[],
  memo: DigestMemo,
  options: RunOptions,
): Promise<void> {
  await supply.ensure(checkpoint);
  await verifyCheckpoint(checkpoint, memo, options);
  const store = options.store ?? storeFolder(options.root);
  const next = waiting.find(({ cells }) => cells.some(({ key }) => key !== null && !hasStored(store, key)));
  if (next !== undefined) supply.prefetch(next.checkpoint);
}

/** @returns whether every cell succeeded. */
async function runCheckpoint(
  group: Group,
  threads: number,
  verified: (checkpoint: CheckpointUse) => Promise<void>,
  locks: CheckedLocks,
  options: RunOptions,
  publish: (outcome: CellOutcome) => void,
): Promise<boolean> {
  let whole = true;
  let opened: Promise<Session> | null = null;
  let unchanged = (): void => {};
  const context: CellContext = {
    root: options.root,
    store: options.store ?? storeFolder(options.root),
    pipeline: options.plan.pipeline.name,
    engine: options.engine,
    threads: threadsOf(options.plan) ?? threads,
    progress: options.progress,
    verified: async () => {
      const { folder, lock } = group.checkpoint;
      unchanged = () => {};
      await verified(group.checkpoint);
      unchanged = watchFiles(folder, Object.keys(lock?.files ?? {}));
    },
    unchanged: () => unchanged(),
    session: () => {
      opened ??= open(group.checkpoint, context, options);
      return opened;
    },
  };
  for (const cell of group.cells) {
    const startedMs = steadyMs();
    let result = await attempt(cell, context, locks);
    if (!result.ok && result.workerEnded) {
      // The journal holds what was answered; opening checks the files, should one of them be the cause.
      options.progress.note(`${cell.id}: ${result.text.split('\n', 1)[0]} It is started again, once.`);
      opened = null;
      result = await attempt(cell, context, locks);
      if (!result.ok && result.workerEnded) opened = null;
    }
    whole &&= result.ok;
    const outcome = { cell, startedMs, finishedMs: steadyMs(), result };
    logOutcome(outcome, options.log);
    publish(outcome);
  }
  await closeQuietly(opened);
  return whole;
}

function logOutcome({ cell, startedMs, finishedMs, result }: CellOutcome, log: EventLog | undefined): void {
  const seconds = (finishedMs - startedMs) / 1000;
  if (result.ok) log?.add({ event: 'cell-ended', cell: cell.id, origin: result.origin, seconds });
  else log?.add({ event: 'cell-failed', cell: cell.id, text: result.text, seconds });
  log?.closeCell(cell);
}

/** A session that never opened, or whose worker died, has been reported by the cells that asked for it. */
async function closeQuietly(opened: Promise<Session> | null): Promise<void> {
  if (opened === null) return;
  const session = await opened.catch(() => null);
  await session?.close().catch(() => {});
}

type Attempt = CellOutcome['result'] & { readonly workerEnded?: boolean };

interface CheckedLocks {
  readonly memo: DigestMemo;
  readonly check: LockCheck;
}

async function attempt(cell: Cell, context: CellContext, { memo, check }: CheckedLocks): Promise<Attempt> {
  try {
    // What the store has is right for the files that were locked, and for no others.
    const problems = await check.of(cell);
    const differing = problems.filter((problem) => !isOfCopy(problem));
    if (differing.length > 0) return { ok: false, text: new UserError(differing).message };
    if (problems.length > 0) {
      const note = (line: string): void => context.progress.note(line);
      await mendCopies(context.root, context.pipeline, cell, { digest: (path) => memo.digest(path), note });
    }
    if (cell.key !== null && (await restoreCell(cell, context))) return { ok: true, origin: 'store' };
    await verifyData(cell, context, memo);
    return { ok: true, origin: await runCell(cell, context) };
  } catch (error) {
    if (error instanceof UserError) {
      const workerEnded = error.problems.some(({ code }) => code === WORKER_ENDED);
      return { ok: false, text: error.message, workerEnded };
    }
    return { ok: false, text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

async function verifyCheckpoint(
  checkpoint: CheckpointUse,
  memo: DigestMemo,
  options: RunOptions,
): Promise<void> {
  const { lock, folder, lockFile } = checkpoint;
  if (lock === null) throw new Error(`${checkpoint.id} is not locked`);
  await verifyFiles(folder, lock.files, lockFile, lockCommand(options.plan.pipeline.name), memo);
}

async function open(
  checkpoint: CheckpointUse,
  context: CellContext,
  { engine }: RunOptions,
): Promise<Session> {
  if (engine.kind !== 'requests') throw new Error(`engine ${engine.identity.name} opens no sessions`);
  await context.verified();
  return engine.open(checkpoint.folder, sessionSettings(checkpoint), context.threads);
}

/** Threads that the pipeline asks of the embedded engine; null where it leaves them to us. */
function threadsOf(plan: Plan): number | null {
  const { engine } = plan.pipeline;
  return engine.use === 'embedded' ? engine.threads : null;
}

/** Documents must be here, and those of the lock, before a single prompt is rendered from them. */
async function verifyData(cell: Cell, context: CellContext, memo: DigestMemo): Promise<void> {
  const locks = openDataLocks(context.root);
  const groups = new Map<string, DataFile[]>();
  for (const file of cell.data) groups.set(file.lockFile, [...(groups.get(file.lockFile) ?? []), file]);
  for (const [lockFile, files] of groups) {
    const [first] = files;
    const wanted = files.flatMap((file) => {
      const digest = locks.digest(file);
      return digest === null ? [] : [[file.name, digest] as const];
    });
    if (isDatasetLockFile(context.pipeline, lockFile)) {
      const note = (line: string): void => context.progress.note(line);
      await fetchData(context.root, lockFile, files, { digest: (path) => memo.digest(path), note });
    }
    const command = lockCommand(context.pipeline);
    await verifyFiles(first?.folder ?? '/', byName(wanted), lockFile, command, memo);
  }
}

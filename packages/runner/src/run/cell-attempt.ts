/** One try at a cell: its inputs held against their locks, then the store, then the engine. A failure is an outcome. */
import { embeddedMessages } from '@evalgraph/engines/embedded';
import { byName, type RunRecord, UserError } from '@evalgraph/formats';
import { isDatasetLockFile } from '@evalgraph/spec';
import { isOfCopy, lockCommand, verifyFiles } from '../locking/as-locked.ts';
import { fetchData } from '../locking/fetch-data.ts';
import { openDataLocks } from '../locks/data-lock.ts';
import type { Cell } from '../plan/plan.ts';
import { restoreCell, runCell } from './cell-run.ts';
import type { CellContext } from './context.ts';
import { type MendOptions, mendCopies } from './hub-copies.ts';
import type { RunFacts } from './run-facts.ts';

export interface CellOutcome {
  readonly cell: Cell;
  readonly startedMs: number;
  readonly finishedMs: number;
  readonly result: CellResult;
}

export type CellResult =
  | { readonly ok: true; readonly origin: RunRecord['origin'] }
  | {
      readonly ok: false;
      readonly text: string;
      /** The engine's worker process ended, so another may succeed. */
      readonly workerEnded: boolean;
    };

type Facts = Pick<RunFacts, 'memo' | 'check'>;

export async function attemptCell(cell: Cell, context: CellContext, facts: Facts): Promise<CellResult> {
  try {
    await assertAsLocked(cell, context, facts);
    if (cell.key !== null && (await restoreCell(cell, context))) return { ok: true, origin: 'store' };
    await verifyData(cell, context, facts);
    return { ok: true, origin: await runCell(cell, context) };
  } catch (error) {
    if (error instanceof UserError) {
      const workerEnded = error.problems.some(({ code }) => code === embeddedMessages.workerEnded.code);
      return { ok: false, text: error.message, workerEnded };
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ok: false, text, workerEnded: false };
  }
}

/** What the store has is right for the files that were locked, and for no others. @throws UserError */
async function assertAsLocked(cell: Cell, context: CellContext, facts: Facts): Promise<void> {
  const problems = await facts.check.of(cell);
  const differing = problems.filter((problem) => !isOfCopy(problem));
  if (differing.length > 0) throw new UserError(differing);
  if (problems.length > 0) await mendCopies(context.root, context.pipeline, cell, fetching(context, facts));
}

/** Documents must be here, and those of the lock, before a single prompt is rendered from them. @throws UserError */
async function verifyData(cell: Cell, context: CellContext, facts: Facts): Promise<void> {
  const locks = openDataLocks(context.root);
  for (const [lockFile, files] of Map.groupBy(cell.data, (file) => file.lockFile)) {
    const [first] = files;
    const wanted = files.flatMap((file) => {
      const digest = locks.digest(file);
      return digest === null ? [] : [[file.name, digest] as const];
    });
    if (isDatasetLockFile(context.pipeline, lockFile)) {
      await fetchData(context.root, lockFile, files, fetching(context, facts));
    }
    const command = lockCommand(context.pipeline);
    await verifyFiles(first?.folder ?? '/', byName(wanted), lockFile, command, facts.memo);
  }
}

function fetching({ progress }: CellContext, { memo }: Facts): MendOptions {
  return { digest: (path) => memo.digest(path), note: (line) => progress.note(line) };
}

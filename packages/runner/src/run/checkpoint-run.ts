/** The cells of one checkpoint, one after the other, in one session that opens when the first of them computes. */
import type { Session } from '@evalgraph/engines';
import { steadyMs } from '@evalgraph/system';
import { lockCommand, verifyFiles } from '../locking/as-locked.ts';
import { watchFiles } from '../locking/watch-files.ts';
import type { CheckpointUse } from '../plan/plan.ts';
import { attemptCell, type CellOutcome } from './cell-attempt.ts';
import type { CheckpointGroup, Queue } from './checkpoint-queue.ts';
import type { CheckpointSupply } from './checkpoint-supply.ts';
import { type CellContext, sessionSettings } from './context.ts';
import type { RunFacts } from './run-facts.ts';

export interface CheckpointRun extends RunFacts {
  /** For each session, unless the pipeline says how many. */
  readonly threads: number;
  readonly supply: CheckpointSupply;
  readonly queue: Queue;
}

export async function* runCheckpoint(
  group: CheckpointGroup,
  run: CheckpointRun,
): AsyncGenerator<CellOutcome> {
  run.queue.begin(group);
  const opened = openCheckpoint(group.checkpoint, run);
  let succeeded = true;
  for (const cell of group.cells) {
    const startedMs = steadyMs();
    let result = await attemptCell(cell, opened.context, run);
    if (!result.ok && result.workerEnded) {
      // The journal holds what was answered; opening checks the files, should one of them be the cause.
      run.progress.note(`${cell.id}: ${result.text.split('\n', 1)[0]} It is started again, once.`);
      opened.forget();
      result = await attemptCell(cell, opened.context, run);
      if (!result.ok && result.workerEnded) opened.forget();
    }
    succeeded &&= result.ok;
    yield { cell, startedMs, finishedMs: steadyMs(), result };
  }
  await opened.close();
  if (succeeded) await run.supply.done(group.checkpoint);
}

interface OpenCheckpoint {
  readonly context: CellContext;
  /** The session's worker has died: the next cell opens another. */
  forget(): void;
  close(): Promise<void>;
}

function openCheckpoint(checkpoint: CheckpointUse, run: CheckpointRun): OpenCheckpoint {
  const { engine, plan } = run;
  let session: Promise<Session> | null = null;
  let assertUnchanged = (): void => {};
  const context: CellContext = {
    root: run.root,
    store: run.store,
    pipeline: plan.pipeline.name,
    engine,
    threads: (plan.pipeline.engine.use === 'embedded' ? plan.pipeline.engine.threads : null) ?? run.threads,
    progress: run.progress,
    async verifyCheckpoint() {
      assertUnchanged = () => {};
      const { id, folder, lock, lockFile } = checkpoint;
      if (lock === null) throw new Error(`${id} is not locked`);
      await run.supply.ensure(checkpoint);
      await verifyFiles(folder, lock.files, lockFile, lockCommand(plan.pipeline.name), run.memo);
      // The next download goes on while this checkpoint computes.
      const next = run.queue.nextToCompute();
      if (next !== null) run.supply.prefetch(next);
      assertUnchanged = watchFiles(folder, Object.keys(lock.files));
    },
    assertUnchanged: () => assertUnchanged(),
    session() {
      session ??= open();
      return session;
    },
  };
  const open = async (): Promise<Session> => {
    if (engine.kind !== 'requests') throw new Error(`engine ${engine.identity.name} opens no sessions`);
    await context.verifyCheckpoint();
    return engine.open(checkpoint.folder, sessionSettings(checkpoint), context.threads);
  };
  return {
    context,
    forget() {
      session = null;
    },
    async close() {
      // A session that never opened, or whose worker died, has been reported by the cells that asked for it.
      const last = await session?.catch(() => null);
      await last?.close().catch(() => {});
    },
  };
}

/** Locks of the checkpoints that a stage made: it writes them, also while a training goes on. */
import { UserError } from '@evalgraph/formats';
import { madeLockFile } from '@evalgraph/spec';
import { lockCheckpoint } from '../locks/checkpoint-lock.ts';
import { writeLock } from '../locks/lock-file.ts';
import { readCheckpointLock } from '../locks/read-checkpoint-lock.ts';
import { declaredMaking } from '../plan/declared-place.ts';
import type { StageContext } from './context.ts';
import { madeCheckpoints } from './weights.ts';

export interface Locking {
  /** Begins without waiting. */
  add(step: number): void;
  /** @throws UserError with what kept locks from being written. */
  end(): Promise<void>;
}

/** Locks while a training goes on. A lock that cannot be written (a full disk) is told at the end: the training is worth more. */
export function openLocking(name: string, context: StageContext): Locking {
  const failures: unknown[] = [];
  const underWay: Promise<void>[] = [];
  return {
    add(step) {
      underWay.push(
        lockMade(name, context, step).catch((error: unknown) => {
          failures.push(error);
          try {
            if (error instanceof UserError) context.note(error.message);
          } catch (unheard) {
            // Nobody waits for this promise before the end: a rejection would end the process, and the training with it.
            failures.push(unheard);
          }
        }),
      );
    },
    async end() {
      await Promise.all(underWay);
      const other = failures.find((error) => !(error instanceof UserError));
      if (other !== undefined) throw other;
      const problems = failures.flatMap((error) => (error instanceof UserError ? error.problems : []));
      if (problems.length > 0) throw new UserError(problems);
    },
  };
}

/** Writes the locks of the model's checkpoints; with a step, of that one alone. */
export async function lockMade(
  name: string,
  context: StageContext,
  step: number | null = null,
): Promise<void> {
  const { root, pipeline, memo } = context;
  const { checkpointName } = await import('@evalgraph/pretrain');
  const declared = declaredMaking(pipeline, name);
  const wanted = step === null ? null : checkpointName(step);
  for (const { id, name: own, folder } of madeCheckpoints(context, name)) {
    if (wanted !== null && own !== wanted) continue;
    const lock = await lockCheckpoint(folder, declared, (path) => memo.digest(path));
    await writeLock(root, madeLockFile(pipeline.name, name, id), lock);
  }
}

/** The lock of a checkpoint whose weights are no longer there, after settings changed that change no number. */
export async function redeclareMade(name: string, id: string, context: StageContext): Promise<void> {
  const { root, pipeline } = context;
  const file = madeLockFile(pipeline.name, name, id);
  const lock = readCheckpointLock(root, file);
  if (lock === null || lock === 'outdated') return;
  await writeLock(root, file, { ...lock, declared: declaredMaking(pipeline, name) });
}

/** Writes a pipeline's locks: one file for each checkpoint, one for each data set. */
import { relative } from 'node:path';
import { type FileDigest, isMissing, type Problem, UserError } from '@evalgraph/formats';
import { type Hub, openHub } from '../hub/index.ts';
import { engineLockFile } from '../layout.ts';
import { messages } from '../messages.ts';
import type { Cell, CheckpointUse, Plan } from '../plan/plan.ts';
import { lockCheckpoint } from './checkpoint-lock.ts';
import type { DataFile } from './data-lock.ts';
import { lockEngine } from './engine-lock.ts';
import { lockHubCheckpoint } from './hub-checkpoint-lock.ts';
import { readDataLock, writeLock } from './lock-file.ts';
import type { DigestMemo } from './verify.ts';

export interface LockOutcome {
  readonly file: string;
  readonly state: 'written' | 'unchanged';
}

/**
 * Locks what can be locked, then reports everything that cannot.
 * @throws UserError with a problem for each checkpoint and data set that could not be read.
 */
export async function lockPipeline(
  root: string,
  plan: Plan,
  memo: DigestMemo,
  onLock: (outcome: LockOutcome) => void,
  note: (line: string) => void = () => {},
): Promise<void> {
  let opened: Hub | null = null;
  const hub = (): Hub => {
    opened ??= openHub();
    return opened;
  };
  const problems: Problem[] = [];
  const attempt = async (work: () => Promise<LockOutcome>): Promise<void> => {
    try {
      onLock(await work());
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  };
  const attemptEngine = async (): Promise<void> => {
    const file = engineLockFile(plan.pipeline.name);
    try {
      const written = await lockEngine(root, file, plan.pipeline.engine);
      if (written !== null) onLock(outcome(file, written));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  };
  for (const checkpoint of plan.checkpoints) {
    if (checkpoint.imported === null) await attempt(() => lockOne(root, checkpoint, memo, hub, note));
  }
  for (const [lockFile, files] of dataSets(plan.cells)) {
    await attempt(() => lockData(root, lockFile, files, memo));
  }
  if (plan.cells.some(({ work }) => work.kind !== 'imported')) await attemptEngine();
  await memo.save();
  if (problems.length > 0) throw new UserError(problems);
}

async function lockOne(
  root: string,
  checkpoint: CheckpointUse,
  memo: DigestMemo,
  hub: () => Hub,
  note: (line: string) => void,
): Promise<LockOutcome> {
  const digest = (path: string): Promise<FileDigest> => memo.digest(path);
  const lock =
    checkpoint.place === null
      ? await lockCheckpoint(checkpoint.folder, digest)
      : await lockHubCheckpoint(hub(), checkpoint.place, { digest, note });
  return outcome(checkpoint.lockFile, await writeLock(root, checkpoint.lockFile, lock));
}

function outcome(file: string, written: boolean): LockOutcome {
  return { file, state: written ? 'written' : 'unchanged' };
}

function dataSets(cells: readonly Cell[]): ReadonlyMap<string, readonly DataFile[]> {
  const sets = new Map<string, Map<string, DataFile>>();
  for (const file of cells.flatMap((cell) => cell.data)) {
    const files = sets.get(file.lockFile) ?? new Map<string, DataFile>();
    sets.set(file.lockFile, files.set(file.name, file));
  }
  return new Map([...sets].map(([lockFile, files]) => [lockFile, [...files.values()]]));
}

/** Entries of other pipelines' files stay, as long as those files exist. */
async function lockData(
  root: string,
  lockFile: string,
  used: readonly DataFile[],
  memo: DigestMemo,
): Promise<LockOutcome> {
  const [first] = used;
  if (first === undefined) throw new Error(`no file under ${lockFile}`);
  const files = new Map<string, FileDigest>();
  for (const name of Object.keys(readDataLock(root, lockFile)?.files ?? {})) {
    const digest = await digestIfPresent(`${first.folder}/${name}`, memo);
    if (digest !== null) files.set(name, digest);
  }
  const problems: Problem[] = [];
  for (const file of used) {
    const digest = await digestIfPresent(file.path, memo);
    if (digest === null) problems.push(messages.dataFileMissing(relative(root, file.path)));
    else files.set(file.name, digest);
  }
  if (problems.length > 0) throw new UserError(problems);
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return outcome(lockFile, await writeLock(root, lockFile, { format: 1, files: Object.fromEntries(sorted) }));
}

async function digestIfPresent(path: string, memo: DigestMemo): Promise<FileDigest | null> {
  try {
    return await memo.digest(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw new UserError(messages.unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error)));
  }
}

/** Writes a pipeline's locks: one file for each checkpoint, one for each data set, one for the engine. */

import { relative } from 'node:path';
import {
  byName,
  type FileDigest,
  formatsMessages,
  isMissing,
  openWeights,
  type Problem,
  UserError,
} from '@evalgraph/formats';
import { type Hub, hubSettings, originFolder } from '@evalgraph/sources/hub';
import { engineLockFile, isDatasetLockFile } from '@evalgraph/spec';
import { systemMessages } from '@evalgraph/system';
import { type CheckpointLock, lockCheckpoint } from '../locks/checkpoint-lock.ts';
import type { DataFile } from '../locks/data-lock.ts';
import { readDataLock } from '../locks/data-lock.ts';
import type { DigestMemo } from '../locks/digest-memo.ts';
import { lockEngine } from '../locks/engine-lock.ts';
import { type HubLockOptions, lockHubCheckpoint } from '../locks/hub-checkpoint-lock.ts';
import { writeLock } from '../locks/lock-file.ts';
import { phrases as runnerPhrases } from '../messages.ts';
import { requireComputed } from '../plan/not-computed.ts';
import type { CheckpointUse, Plan } from '../plan/plan.ts';
import { type ConfiguredCheckpoint, chooseEngine } from './choose-engine.ts';
import { lockDataset, wantedDatasets } from './lock-datasets.ts';
import { messages } from './messages.ts';

export interface LockOutcome {
  readonly file: string;
  readonly state: 'written' | 'unchanged';
}

export interface LockOptions {
  readonly memo: DigestMemo;
  /** Opened at the first question: a pipeline without the hub needs no network. */
  readonly hub: () => Hub;
  readonly onLock: (outcome: LockOutcome) => void;
  readonly note: (line: string) => void;
}

/**
 * Locks what can be locked, then reports everything that cannot.
 * @throws UserError with a problem for each checkpoint and data set that could not be read.
 */
export async function lockPipeline(root: string, plan: Plan, options: LockOptions): Promise<void> {
  const { memo, hub, onLock, note } = options;
  const hubOptions = { digest: (path: string) => memo.digest(path), note };
  const problems: Problem[] = [];
  const attempt = async (work: () => Promise<LockOutcome | null>): Promise<void> => {
    try {
      const done = await work();
      if (done !== null) onLock(done);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  };
  const { engine, otherEngine } = plan.pipeline;
  const isOursAlone = engine.use === 'embedded' && otherEngine === null;
  const configured: ConfiguredCheckpoint[] = [];
  for (const checkpoint of plan.checkpoints.filter(
    ({ imported, made }) => imported === null && made === null,
  )) {
    await attempt(async () => {
      const lock = await lockOne(checkpoint, hub, hubOptions, isOursAlone);
      const found = configuredOf(checkpoint, lock);
      // The plan refuses folders; what a checkpoint of the hub is, its copy tells first.
      if (isOursAlone) requireComputed(root, found.id, found.folder);
      configured.push(found);
      return outcome(checkpoint.lockFile, await writeLock(root, checkpoint.lockFile, lock));
    });
  }
  for (const wanted of wantedDatasets(root, plan)) {
    await attempt(async () => outcome(wanted.lockFile, await lockDataset(root, hub(), wanted, hubOptions)));
  }
  for (const [lockFile, files] of dataSets(plan)) {
    await attempt(() => lockData(root, lockFile, files, memo));
  }
  if (plan.cells.some(({ work }) => work.kind !== 'imported')) {
    // A choice that does not know every checkpoint may be the wrong one.
    const isWhole = problems.length === 0;
    await attempt(() => lockEngineOf(root, plan, isWhole ? configured : null, note));
  }
  await memo.save();
  if (problems.length > 0) throw new UserError(problems);
}

async function lockOne(
  checkpoint: CheckpointUse,
  hub: () => Hub,
  options: HubLockOptions,
  isOursAlone: boolean,
): Promise<CheckpointLock> {
  if (checkpoint.place !== null) return lockHubCheckpoint(hub(), checkpoint.place, options);
  const lock = await lockCheckpoint(checkpoint.folder, checkpoint.declared, options.digest);
  await refuseNoWeights(checkpoint.folder, isOursAlone);
  return lock;
}

/**
 * A digest would pin the wrong files, and the error would come days later: headers, offsets and sizes are read as an
 * engine reads them. Types of numbers that ours does not know, another engine may.
 * @throws UserError as `openWeights` does
 */
async function refuseNoWeights(folder: string, isOursAlone: boolean): Promise<void> {
  try {
    await openWeights(folder);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const problems = error.problems.filter(
      ({ code }) => isOursAlone || code !== formatsMessages.unknownDtype.code,
    );
    if (problems.length > 0) throw new UserError(problems);
  }
}

function configuredOf({ id, folder }: CheckpointUse, { hub, files }: CheckpointLock): ConfiguredCheckpoint {
  return {
    id,
    folder: hub === null ? folder : originFolder(hubSettings(), hub),
    configSha256: files['config.json']?.sha256 ?? '',
  };
}

/** @param configured null: not every checkpoint could be locked. */
async function lockEngineOf(
  root: string,
  { pipeline }: Plan,
  configured: readonly ConfiguredCheckpoint[] | null,
  note: (line: string) => void,
): Promise<LockOutcome | null> {
  const file = engineLockFile(pipeline.name);
  const { otherEngine } = pipeline;
  if (otherEngine === null) return outcomeOf(file, await lockEngine(root, file, pipeline.engine, null));
  if (configured === null) return null;
  const chosen = await chooseEngine(configured);
  note(runnerPhrases.engineChosen(chosen.use, chosen.because));
  const engine = chosen.use === 'embedded' ? pipeline.engine : otherEngine;
  return outcomeOf(file, await lockEngine(root, file, engine, chosen));
}

function outcomeOf(file: string, written: boolean | null): LockOutcome | null {
  return written === null ? null : outcome(file, written);
}

function outcome(file: string, written: boolean): LockOutcome {
  return { file, state: written ? 'written' : 'unchanged' };
}

/** Files of this disk by their lock; those of the hub have theirs already. */
function dataSets({ pipeline, cells }: Plan): ReadonlyMap<string, readonly DataFile[]> {
  const sets = new Map<string, Map<string, DataFile>>();
  for (const file of cells.flatMap((cell) => cell.data)) {
    if (isDatasetLockFile(pipeline.name, file.lockFile)) continue;
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
  return outcome(lockFile, await writeLock(root, lockFile, { format: 1, files: byName(sorted) }));
}

async function digestIfPresent(path: string, memo: DigestMemo): Promise<FileDigest | null> {
  try {
    return await memo.digest(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw new UserError(
      systemMessages.unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error)),
    );
  }
}

/** A model's checkpoint as a plan uses it: where it lies, by which lock, and who makes or made it. Reads locks, no weights. */

import { isAbsolute, join } from 'node:path';
import { type Problem, UserError } from '@evalgraph/formats';
import { hubSettings, originFolder } from '@evalgraph/sources/hub';
import type { Checkpoint, Model, Pipeline } from '@evalgraph/spec';
import { checkpointId, checkpointLockFile, importedFile, madeLockFile, stageFolder } from '@evalgraph/spec';
import { stageProjectName } from '../cell-names.ts';
import { readImported } from '../exchange/imported-checkpoint.ts';
import { type DeclaredPlace, isSamePlace, lockWithoutFiles } from '../locks/checkpoint-lock.ts';
import { declaredOfHub, type HubPlace } from '../locks/hub-checkpoint-lock.ts';
import { readCheckpointLock } from '../locks/read-checkpoint-lock.ts';
import { messages as runnerMessages } from '../messages.ts';
import { declaredFolder, declaredMaking, placeText } from './declared-place.ts';
import { messages } from './messages.ts';
import type { CheckpointUse, MadeBy } from './plan.ts';

interface CheckpointContext {
  /** Absolute path of the workspace. */
  readonly root: string;
  readonly weights: 'foreseen' | 'made';
}

/** @throws UserError where nothing was imported for the checkpoint, or a folder is given a revision. */
export function useCheckpoint(
  pipeline: Pipeline,
  model: Model,
  checkpoint: Checkpoint,
  context: CheckpointContext,
): CheckpointUse {
  const id = checkpointId(model, checkpoint);
  if (model.source.kind === 'imported') return useImported(pipeline, model, checkpoint, id, context);
  if (model.source.kind === 'made') return useMade(pipeline, model, checkpoint, model.source.by, context);
  const lockFile = checkpointLockFile(pipeline.name, id);
  if (model.source.kind === 'hub') {
    const place = hubPlace(model.source.repository, checkpoint);
    const declared = declaredOfHub(place);
    const { lock, refused } = readFitting(pipeline, id, lockFile, declared, context.root);
    const folder = lock === null || lock.hub === null ? '' : originFolder(hubSettings(), lock.hub);
    const rest = { declared, lockFile, lock, refused, imported: null, made: null };
    return { id, model, checkpoint, folder, place, ...rest };
  }
  const folder = checkpointFolder(context.root, model, checkpoint);
  const declared = declaredFolder(model, checkpoint);
  const { lock, refused } = readFitting(pipeline, id, lockFile, declared, context.root);
  const rest = { declared, lockFile, lock, refused, imported: null, made: null };
  return { id, model, checkpoint, folder, place: null, ...rest };
}

/** The lock, where it was written for the place that the pipeline names. */
function readFitting(
  pipeline: Pipeline,
  id: string,
  lockFile: string,
  declared: DeclaredPlace,
  root: string,
): Pick<CheckpointUse, 'lock' | 'refused'> {
  let lock: ReturnType<typeof readCheckpointLock>;
  try {
    lock = readCheckpointLock(root, lockFile);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { lock: null, refused: error.problems[0] ?? null };
  }
  if (lock === null) return { lock: null, refused: null };
  if (lock === 'outdated')
    return { lock: null, refused: runnerMessages.outdatedLock(pipeline.name, [lockFile]) };
  if (isSamePlace(lock.declared, declared)) return { lock, refused: null };
  const [then, now] = [placeText(lock.declared), placeText(declared)];
  const refused = messages.lockedElsewhere(id, pipeline.file, pipeline.name, then, now, lockFile);
  return { lock: null, refused };
}

function useMade(
  pipeline: Pipeline,
  model: Model,
  checkpoint: Checkpoint,
  by: MadeBy['target'],
  { root, weights }: CheckpointContext,
): CheckpointUse {
  const { name, file } = pipeline;
  const id = checkpointId(model, checkpoint);
  const stage = { kind: by, name: model.name } as const;
  const own = join(root, stageFolder(name, stage));
  const lockFile = madeLockFile(name, model.name, id);
  const declared = declaredMaking(pipeline, model.name);
  const made = { project: stageProjectName(name, stage), target: by };
  const { lock, refused } =
    weights === 'made'
      ? readMade(root, lockFile, declared, messages.madeOtherwise(id, file, `${made.project}:${by}`))
      : { lock: lockWithoutFiles(`made: ${id}`, declared.source), refused: null };
  return {
    id,
    model,
    checkpoint,
    folder: by === 'train' ? join(own, checkpoint.name) : own,
    place: null,
    declared,
    lockFile,
    lock,
    refused,
    imported: null,
    made,
  };
}

/** A lock of other settings waits for the stage, which writes it anew: there is no other remedy. */
function readMade(
  root: string,
  lockFile: string,
  declared: DeclaredPlace,
  otherwise: Problem,
): Pick<CheckpointUse, 'lock' | 'refused'> {
  const lock = readCheckpointLock(root, lockFile);
  if (lock === null) return { lock: null, refused: null };
  const fits = lock !== 'outdated' && isSamePlace(lock.declared, declared);
  return fits ? { lock, refused: null } : { lock: null, refused: otherwise };
}

function hubPlace(repository: string, { location }: Checkpoint): HubPlace {
  switch (location.kind) {
    case 'revision':
      return { repository, revision: location.revision, folder: '' };
    case 'subfolder':
      return { repository, revision: 'main', folder: location.subfolder };
    case 'made':
    case 'folder':
      throw new Error(`the spec let a folder of ${repository} pass`);
  }
}

/** @throws UserError where nothing was imported for the checkpoint. */
function useImported(
  pipeline: Pipeline,
  model: Model,
  checkpoint: Checkpoint,
  id: string,
  context: CheckpointContext,
): CheckpointUse {
  const lockFile = importedFile(pipeline.name, id);
  const { record, digest } = readImported(context.root, lockFile);
  const lock = lockWithoutFiles(digest, `imported:${checkpoint.name}`);
  const rest = { declared: lock.declared, lockFile, lock, refused: null, imported: record, made: null };
  return { id, model, checkpoint, folder: '', place: null, ...rest };
}

/** @throws UserError where a folder is given a revision. */
function checkpointFolder(root: string, model: Model, checkpoint: Checkpoint): string {
  const { source } = model;
  const { location } = checkpoint;
  if (source.kind !== 'folder') throw new Error(`${model.name} is no folder`);
  const base = isAbsolute(source.path) ? source.path : join(root, source.path);
  switch (location.kind) {
    case 'folder':
      return isAbsolute(location.path) ? location.path : join(root, location.path);
    case 'subfolder':
      return join(base, location.subfolder);
    case 'made':
      throw new Error(`the spec let ${model.name} be made in its folder`);
    case 'revision':
      throw new UserError(messages.revisionOfFolder(model.name, location.revision));
  }
}

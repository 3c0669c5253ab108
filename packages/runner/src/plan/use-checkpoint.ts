/** A model's checkpoint as a plan uses it: where it lies, by which lock, and who makes or made it. Reads locks, no weights. */
import { isAbsolute, join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { stageProjectName } from '../cell-names.ts';
import { readImported } from '../exchange/imported-checkpoint.ts';
import { hubSettings, originFolder } from '../hub/index.ts';
import { checkpointId, checkpointLockFile, importedFile, madeLockFile, stageFolder } from '../layout.ts';
import { type HubPlace, isLockOf } from '../locks/hub-checkpoint-lock.ts';
import { readCheckpointLock } from '../locks/lock-file.ts';
import { messages } from '../messages.ts';
import type { Checkpoint, Model, Pipeline } from '../spec/index.ts';
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
  const lock = readCheckpointLock(context.root, lockFile);
  if (model.source.kind === 'hub') {
    const place = hubPlace(model.source.repository, checkpoint);
    const own = lock !== null && isLockOf(lock, place) ? lock : null;
    const folder = own === null || own.hub === null ? '' : originFolder(hubSettings(), own.hub);
    return { id, model, checkpoint, folder, place, lockFile, lock: own, imported: null, made: null };
  }
  const folder = checkpointFolder(context.root, model, checkpoint);
  return { id, model, checkpoint, folder, place: null, lockFile, lock, imported: null, made: null };
}

function useMade(
  { name: pipeline }: Pipeline,
  model: Model,
  checkpoint: Checkpoint,
  by: MadeBy['target'],
  { root, weights }: CheckpointContext,
): CheckpointUse {
  const id = checkpointId(model, checkpoint);
  const stage = { kind: by, name: model.name } as const;
  const own = join(root, stageFolder(pipeline, stage));
  const lockFile = madeLockFile(pipeline, model.name, id);
  const lock =
    weights === 'made'
      ? readCheckpointLock(root, lockFile)
      : ({ format: 1, files: {}, digest: `made: ${id}`, tokenizerDigest: '', hub: null } as const);
  return {
    id,
    model,
    checkpoint,
    folder: by === 'train' ? join(own, checkpoint.name) : own,
    place: null,
    lockFile,
    lock,
    imported: null,
    made: { project: stageProjectName(pipeline, stage), target: by },
  };
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
  const lock = { format: 1, files: {}, digest, tokenizerDigest: '', hub: null } as const;
  return { id, model, checkpoint, folder: '', place: null, lockFile, lock, imported: record, made: null };
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

/** What a stage starts from: weights and tokenizers, in folders, of the hub, or made by an earlier stage. */

import { isAbsolute, join } from 'node:path';
import { byName, digestValue, type FileDigest, isMissing, UserError } from '@evalgraph/formats';
import type { WeightsReference } from '@evalgraph/spec';
import { checkpointId, stageFolder } from '@evalgraph/spec';
import { TOKENIZER_FILES } from '@evalgraph/tokenizer/files';
import { folderDigest } from '../locks/checkpoint-lock.ts';
import { readCheckpointLock } from '../locks/read-checkpoint-lock.ts';
import { messages } from '../messages.ts';
import type { CheckpointUse } from '../plan/plan.ts';
import { readStage } from '../results/stage-record.ts';
import { readyCheckpoint } from '../run/ready-checkpoint.ts';
import { planPipeline } from '../workspace.ts';
import type { StageContext } from './context.ts';

export interface FoundWeights {
  /** Absolute. */
  readonly folder: string;
  readonly digest: string;
}

/** @throws UserError where they are not there, not locked, or not as they were locked. */
export async function findWeights(reference: WeightsReference, context: StageContext): Promise<FoundWeights> {
  if (reference.kind === 'folder') {
    const folder = absolute(context.root, reference.path);
    return { folder, digest: await folderDigest(folder, (path) => context.memo.digest(path)) };
  }
  const checkpoint = useOf(reference, context);
  const lock = await readyCheckpoint(
    context.root,
    context.pipeline.name,
    lockedNow(checkpoint, context),
    context.note,
  );
  return { folder: checkpoint.folder, digest: lock.digest };
}

/** The same of a tokenizer alone: no weights are fetched or looked at. */
export async function findTokenizer(
  reference: WeightsReference,
  context: StageContext,
): Promise<FoundWeights> {
  if (reference.kind === 'checkpoint') {
    const found = await findWeights(reference, context);
    return { folder: found.folder, digest: await tokenizerDigest(found.folder, context) };
  }
  const folder = absolute(context.root, reference.path);
  return { folder, digest: await tokenizerDigest(folder, context) };
}

async function tokenizerDigest(folder: string, { memo }: StageContext): Promise<string> {
  const files = byName<FileDigest>([]);
  for (const name of TOKENIZER_FILES) {
    try {
      files[name] = await memo.digest(join(folder, name));
    } catch (error) {
      if (!isMissing(error)) throw error;
      if (name === 'tokenizer.json') throw new UserError(messages.incompleteCheckpoint(folder, [name], []));
    }
  }
  return digestValue(files);
}

function useOf(
  { model, checkpoint }: Extract<WeightsReference, { kind: 'checkpoint' }>,
  { root, pipeline }: StageContext,
): CheckpointUse {
  const plan = planPipeline(root, pipeline.name, 'full');
  const found = plan.checkpoints.find(
    (use) => use.model.name === model && use.checkpoint.name === checkpoint,
  );
  if (found === undefined) throw new Error(`the spec let ${model}@${checkpoint} pass`);
  return found;
}

/** A stage of the same run may just have made it. */
function lockedNow(checkpoint: CheckpointUse, { root }: StageContext): CheckpointUse {
  const { made, lockFile, id } = checkpoint;
  if (made === null) return checkpoint;
  const lock = readCheckpointLock(root, lockFile);
  if (lock === null || lock === 'outdated')
    throw new UserError(messages.notMade.checkpoint(id, `${made.project}:${made.target}`));
  return { ...checkpoint, lock };
}

/** A stage's folder and what its key hands on. @throws UserError where it is not made. */
export async function findMade(
  stage: { readonly kind: 'corpus' | 'pack' | 'init'; readonly name: string },
  { root, pipeline }: StageContext,
): Promise<FoundWeights> {
  const folder = join(root, stageFolder(pipeline.name, stage));
  const record = await readStage(folder);
  if (record?.state !== 'done')
    throw new UserError(messages.notMade.stage(stage.kind, stage.name, pipeline.name));
  return { folder, digest: record.digest };
}

export function absolute(root: string, path: string): string {
  return isAbsolute(path) ? path : join(root, path);
}

/** Ids of a made model's checkpoints with their folders. */
export function madeCheckpoints(
  { root, pipeline }: StageContext,
  name: string,
): readonly { readonly id: string; readonly name: string; readonly folder: string }[] {
  const model = pipeline.models.find((one) => one.name === name);
  if (model?.source.kind !== 'made') return [];
  const own = join(root, stageFolder(pipeline.name, { kind: model.source.by, name }));
  const isSeries = model.source.by === 'train';
  return model.checkpoints.map((checkpoint) => ({
    id: checkpointId(model, checkpoint),
    name: checkpoint.name,
    folder: isSeries ? join(own, checkpoint.name) : own,
  }));
}

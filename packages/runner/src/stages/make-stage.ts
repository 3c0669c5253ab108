/**
 * Makes one stage, unless what is there was made under the same key. The key: what is declared, the digests of what the
 * stage reads, and the stage's version. Digests of outputs go into the next key, so a change that changes no byte ends.
 */

import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  byName,
  digestValue,
  type FileDigest,
  isMissing,
  type JsonValue,
  UserError,
} from '@evalgraph/formats';
import { claimFolder, lastStage, type Stage, stageFolder, storeFolder } from '@evalgraph/spec';
import { openClaims } from '@evalgraph/system/claims';
import { messages as runnerMessages } from '../messages.ts';
import { readStage, STAGE_FILE, type StageRecord, writeStage } from '../results/stage-record.ts';
import { type PreparedStage, type StageContext, stageLabel } from './context.ts';
import { lockMade, redeclareMade } from './lock-made.ts';
import { prepareCorpus } from './make-corpus.ts';
import { prepareInit, preparePruning, prepareTraining } from './make-model.ts';
import { preparePack } from './make-pack.ts';
import { messages, phrases } from './messages.ts';
import { differences, digestFiles, placeFolder } from './record.ts';
import { madeCheckpoints } from './weights.ts';

/** The steps of a training, which the report draws. */
const TRAIN_LOG = 'train.jsonl';

/** there: nothing was done; stopped: the signal came, and the next run goes on. */
export type StageOutcome = 'there' | 'made' | 'stopped';

/** @throws UserError: inputs that are missing, and whatever the making ends in. What was made so far stays. */
export async function makeStage(stage: Stage, context: StageContext): Promise<StageOutcome> {
  const { root, pipeline, note } = context;
  // The store may be shared by several workspaces; the folder is not.
  const place = digestValue({ made: join(root, stageFolder(pipeline.name, stage)) });
  const claim = await openClaims(claimFolder(storeFolder(root))).take(place, () =>
    note(phrases.waitingForStage(stageLabel(stage))),
  );
  try {
    return await makeClaimed(stage, context);
  } finally {
    claim.release();
    await context.memo.save();
  }
}

async function makeClaimed(stage: Stage, context: StageContext): Promise<StageOutcome> {
  const { root, pipeline, memo } = context;
  const prepared = await prepare(stage, context);
  const key = digestValue(prepared.keyParts);
  await placeFolder(root, pipeline.name, stage, key);
  const folder = join(root, stageFolder(pipeline.name, stage));
  const before = await readStage(folder);
  if (before?.state === 'done' && (await isThere(stage, folder, before, context))) return 'there';
  if (prepared.isResumable) await begin(folder, before, { key, keyParts: prepared.keyParts });
  if (!(await prepared.make(folder))) return 'stopped';
  const isModel = lastStage(pipeline.models)(stage.name) === stage.kind;
  if (isModel) await lockMade(stage.name, context);
  const files =
    stage.kind === 'train'
      ? await checkpointFiles(stage.name, folder, context)
      : await digestFiles(folder, memo);
  const digest = await prepared.digest(folder);
  await writeStage(folder, { format: 1, key, keyParts: prepared.keyParts, state: 'done', digest, files });
  return 'made';
}

/** What a stage's key is made of now, and what the folder that is there was made of; null: nothing is there. */
export async function stageKeys(
  stage: Stage,
  context: StageContext,
): Promise<{ readonly now: JsonValue; readonly before: JsonValue | null; readonly isDone: boolean }> {
  const { keyParts } = await prepare(stage, context);
  const record = await readStage(join(context.root, stageFolder(context.pipeline.name, stage)));
  return { now: keyParts, before: record?.keyParts ?? null, isDone: record?.state === 'done' };
}

function prepare(stage: Stage, context: StageContext): Promise<PreparedStage> {
  switch (stage.kind) {
    case 'corpus':
      return prepareCorpus(stage, context);
    case 'pack':
      return preparePack(stage, context);
    case 'init':
      return prepareInit(stage, context);
    case 'train':
      return prepareTraining(stage, context);
    case 'prune':
      return preparePruning(stage, context);
  }
}

/**
 * Whether what was made is as it was. Of a training, whole checkpoints may have been removed to save space: their locks
 * and results stay, and nobody trains again for them. @throws UserError where files were changed by hand.
 */
async function isThere(
  stage: Stage,
  folder: string,
  record: StageRecord,
  context: StageContext,
): Promise<boolean> {
  const { missing, changed } = await differences(folder, record, context.memo);
  if (changed.length > 0) throw new UserError(runnerMessages.madeChanged(folder, changed));
  const isModel = lastStage(context.pipeline.models)(stage.name) === stage.kind;
  if (stage.kind !== 'train') {
    if (missing.length > 0) return false;
    if (isModel) await lockMade(stage.name, context);
    return true;
  }
  await restoreLocks(stage, folder, record, missing, context);
  return true;
}

/** After a folder came back from the earlier ones its locks are gone: they are written again where the weights are. */
async function restoreLocks(
  { name }: Stage,
  folder: string,
  { files }: StageRecord,
  missing: readonly string[],
  context: StageContext,
): Promise<void> {
  const gone = new Set(missing.map((file) => file.slice(0, file.indexOf('/'))));
  for (const checkpoint of madeCheckpoints(context, name)) {
    if (gone.has(checkpoint.name)) {
      await redeclareMade(name, checkpoint.id, context);
      context.note(phrases.checkpointGone(checkpoint.id, folder));
    } else if (Object.keys(files).some((file) => file.startsWith(`${checkpoint.name}/`))) {
      await lockMade(name, context, Number(checkpoint.name.replace(/^\D+/, '')));
    }
  }
}

/** @throws UserError where the folder has files that no stage made. */
async function begin(
  folder: string,
  before: StageRecord | null,
  { key, keyParts }: Pick<StageRecord, 'key' | 'keyParts'>,
): Promise<void> {
  if (before === null && (await namesIn(folder)).length > 0)
    throw new UserError(messages.foreignFolder(folder));
  await mkdir(folder, { recursive: true });
  await writeStage(folder, { format: 1, key, keyParts, state: 'begun', digest: '', files: {} });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name !== STAGE_FILE);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function checkpointFiles(
  name: string,
  folder: string,
  context: StageContext,
): Promise<Readonly<Record<string, FileDigest>>> {
  const files = byName<FileDigest>([]);
  if (existsSync(join(folder, TRAIN_LOG)))
    files[TRAIN_LOG] = await context.memo.digest(join(folder, TRAIN_LOG));
  for (const checkpoint of madeCheckpoints(context, name)) {
    const own = await digestFiles(join(folder, checkpoint.name), context.memo);
    for (const [file, digest] of Object.entries(own)) files[`${checkpoint.name}/${file}`] = digest;
  }
  return files;
}

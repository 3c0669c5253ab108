/**
 * What stands in a made folder beside what was made: stage.json, the key it was made under and the digests of its files.
 * It is sealed: a digit of its key that flipped would put hours of training aside as another stage's.
 */

import { join } from 'node:path';
import {
  type JsonValue,
  parseSealed,
  prettyJson,
  type RecordSource,
  readOrNull,
  type ShapeOf,
  sealed,
  sha256Hex,
  shape,
  UserError,
  writeFileAtomic,
} from '@evalgraph/formats';
import { writing } from '@evalgraph/system';
import { messages as runnerMessages } from '../messages.ts';
import { messages } from './messages.ts';

export const STAGE_FILE = 'stage.json';

const { count, dictionary, digest, either, json, oneOf, record } = shape;

const stageRecord = record({
  format: oneOf(1),
  key: digest,
  /** Everything that the key is made of. */
  keyParts: json as shape.Shape<JsonValue>,
  state: oneOf('begun', 'done'),
  /** The digest of what the next stage reads alone: settings that change no byte of it end here. '' while begun. */
  digest: either("a sha256, or '' while it is being made", digest, oneOf('')),
  /** Relative to the folder. */
  files: dictionary(record({ sha256: digest, size: count })),
});
export type StageRecord = ShapeOf<typeof stageRecord>;

/** @returns null where nothing was begun. @throws UserError where the file is damaged, or none of ours */
export async function readStage(folder: string): Promise<StageRecord | null> {
  const path = join(folder, STAGE_FILE);
  const source = { file: path, remedy: messages.badStageRecord(path, folder).remedy ?? '' };
  const content = await readOrNull(path, source);
  return content === null ? null : parseSealed(content, source, stageRecord);
}

export async function writeStage(folder: string, value: StageRecord): Promise<void> {
  const path = join(folder, STAGE_FILE);
  await writing(path, () => writeFileAtomic(path, prettyJson(sealed(value))));
}

/** What a message about a made file says. */
export function madeSource(folder: string, name: string): RecordSource {
  return { file: join(folder, name), remedy: runnerMessages.madeChanged(folder, [name]).remedy ?? '' };
}

/**
 * A file that a stage made, whole and as it was made.
 * @returns null where it does not exist
 * @throws UserError where it is not what the record says
 */
export async function readMade(folder: string, name: string): Promise<Buffer | null> {
  const content = await readOrNull(join(folder, name), madeSource(folder, name));
  if (content === null) return null;
  const made = (await readStage(folder))?.files ?? {};
  // While it is being made, and in records of an earlier release, nobody has written its digest down.
  const listed = Object.hasOwn(made, name) ? made[name]?.sha256 : undefined;
  if (listed !== undefined && listed !== sha256Hex(content)) {
    throw new UserError(runnerMessages.madeChanged(folder, [name]));
  }
  return content;
}

/**
 * What stands in a made folder beside what was made: stage.json, the key it was made under and the digests of its files.
 * A folder is of one key: other settings put it aside, and bring it back when they are asked for again.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type FileDigest,
  isMissing,
  type JsonValue,
  prettyJson,
  UserError,
  writeFileAtomic,
} from '@evalgraph/formats';
import { writing } from '../disk.ts';
import { earlierFolder, madeLockFolder, stageFolder } from '../layout.ts';
import type { DigestMemo } from '../locks/digest-memo.ts';
import { messages } from '../messages.ts';
import type { Stage } from '../spec/index.ts';

export const STAGE_FILE = 'stage.json';

export interface StageRecord {
  readonly format: 1;
  readonly key: string;
  /** Everything that the key is made of. */
  readonly keyParts: JsonValue;
  readonly state: 'begun' | 'done';
  /** Of what the next stage reads, and of nothing else: settings that change no byte of it end here. '' while begun. */
  readonly digest: string;
  /** Relative to the folder. */
  readonly files: Readonly<Record<string, FileDigest>>;
}

/** @returns null where nothing was begun. @throws UserError where the file is none of ours. */
export async function readRecord(folder: string): Promise<StageRecord | null> {
  const path = join(folder, STAGE_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  try {
    const record = JSON.parse(text) as Partial<StageRecord> | null;
    if (record?.format === 1 && typeof record.key === 'string' && typeof record.files === 'object') {
      return record as StageRecord;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new UserError(messages.badStageRecord(path, folder));
}

export async function writeRecord(folder: string, record: StageRecord): Promise<void> {
  const path = join(folder, STAGE_FILE);
  const text = prettyJson(JSON.parse(JSON.stringify(record)) as JsonValue);
  await writing(path, () => writeFileAtomic(path, text));
}

/**
 * Makes the folder that of the key: what another key made goes to its place among the earlier ones, with the locks of
 * its checkpoints, and what this key made before comes back.
 */
export async function placeFolder(root: string, pipeline: string, stage: Stage, key: string): Promise<void> {
  const folder = join(root, stageFolder(pipeline, stage));
  const earlier = (of: string): string => join(root, earlierFolder(pipeline, stage.kind, stage.name, of));
  const current = await readRecord(folder);
  if (current !== null && current.key !== key) {
    await rm(join(root, madeLockFolder(pipeline, stage.name)), { recursive: true, force: true });
    // Nothing was made under that key yet: there is nothing to come back to.
    if (await hasNothing(folder)) await rm(folder, { recursive: true });
    else await move(folder, earlier(current.key));
  }
  if (!existsSync(folder) && existsSync(earlier(key))) await move(earlier(key), folder);
}

async function hasNothing(folder: string): Promise<boolean> {
  return (await readdir(folder)).every((name) => name === STAGE_FILE);
}

async function move(from: string, to: string): Promise<void> {
  await writing(to, async () => {
    await rm(to, { recursive: true, force: true });
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
  });
}

export interface Differences {
  readonly missing: readonly string[];
  readonly changed: readonly string[];
}

/** What of a record's files is not as it was made. */
export async function differences(
  folder: string,
  { files }: StageRecord,
  memo: DigestMemo,
): Promise<Differences> {
  const missing: string[] = [];
  const changed: string[] = [];
  for (const [name, { sha256 }] of Object.entries(files)) {
    try {
      if ((await memo.digest(join(folder, name))).sha256 !== sha256) changed.push(name);
    } catch (error) {
      if (!isMissing(error)) throw error;
      missing.push(name);
    }
  }
  return { missing, changed };
}

/** Every file of a folder, but for stage.json and what tells of times; folders inside are left out. */
export async function digestFiles(
  folder: string,
  memo: DigestMemo,
): Promise<Readonly<Record<string, FileDigest>>> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() && ![STAGE_FILE, 'run.json'].includes(entry.name));
  const files: Record<string, FileDigest> = {};
  for (const { name } of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    files[name] = await memo.digest(join(folder, name));
  }
  return files;
}

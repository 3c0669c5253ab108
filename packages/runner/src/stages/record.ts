/**
 * Made folders and their records: what lies where, and whether it is as it was made. A folder is of one key: other settings put it aside, and bring it back when they are asked for again.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { byName, type FileDigest, isMissing } from '@evalgraph/formats';
import type { Stage } from '@evalgraph/spec';
import { earlierFolder, madeLockFolder, stageFolder } from '@evalgraph/spec';
import { writing } from '@evalgraph/system';
import type { DigestMemo } from '../locks/digest-memo.ts';
import { readStage, STAGE_FILE, type StageRecord } from '../results/stage-record.ts';

/**
 * Makes the folder that of the key: what another key made goes to its place among the earlier ones, with the locks of
 * its checkpoints, and what this key made before comes back.
 */
export async function placeFolder(root: string, pipeline: string, stage: Stage, key: string): Promise<void> {
  const folder = join(root, stageFolder(pipeline, stage));
  const earlier = (of: string): string => join(root, earlierFolder(pipeline, stage.kind, stage.name, of));
  const current = await readStage(folder);
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
  const files = byName<FileDigest>([]);
  for (const { name } of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    files[name] = await memo.digest(join(folder, name));
  }
  return files;
}

/** Reading and writing lock files: small JSON records that are committed and reviewed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  digestValue,
  type FileDigest,
  isMissing,
  prettyJson,
  UserError,
  writeFileAtomic,
} from '@evalgraph/formats';
import { writing } from '../disk.ts';
import { parseOrigin } from '../hub/index.ts';
import { messages } from '../messages.ts';
import type { CheckpointLock } from './checkpoint-lock.ts';
import type { DatasetLock } from './dataset-lock.ts';
import type { EngineLock } from './engine-lock.ts';
import type { SeriesLock } from './series-lock.ts';

/** Digests of a data set's files, relative to the folder that the lock lies in, or to the hub's repository. */
export interface DataLock {
  readonly format: 1;
  readonly files: Readonly<Record<string, FileDigest>>;
}

/** @returns null where there is no such file. @throws UserError where it is not a lock. */
export function readCheckpointLock(root: string, file: string): CheckpointLock | null {
  const record = readRecord(root, file);
  if (record === null) return null;
  const files = checkedFiles(file, record);
  const { digest, tokenizerDigest } = record;
  if (digest !== digestValue(files) || typeof tokenizerDigest !== 'string') {
    throw new UserError(messages.badLock(file));
  }
  const hub = record['hub'] === undefined ? null : parseOrigin(record['hub'], Object.keys(files));
  if (record['hub'] !== undefined && hub === null) throw new UserError(messages.badLock(file));
  return { format: 1, files, digest, tokenizerDigest, hub };
}

/** @returns null where there is no such file. @throws UserError where it is not a lock. */
export function readDataLock(root: string, file: string): DataLock | null {
  const record = readRecord(root, file);
  return record === null ? null : { format: 1, files: checkedFiles(file, record) };
}

/** Writes only what differs, so that an unchanged lock keeps its time. @returns whether it wrote. */
export async function writeLock(
  root: string,
  file: string,
  lock: CheckpointLock | DataLock | DatasetLock | EngineLock | SeriesLock,
): Promise<boolean> {
  // A folder's lock says nothing of the hub.
  const { hub, ...rest } = { hub: null, ...lock };
  const text = prettyJson(hub === null ? rest : lock);
  if (readText(join(root, file)) === text) return false;
  await writing(join(root, file), () => writeFileAtomic(join(root, file), text));
  return true;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw new UserError(messages.unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error)));
  }
}

/** A lock's own keys. @returns null where there is no such file. @throws UserError where it is not a lock. */
export function readRecord(root: string, file: string): Record<string, unknown> | null {
  const text = readText(join(root, file));
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'format' in value && value.format === 1) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Falls through: whatever is wrong with it, the remedy is the same.
  }
  throw new UserError(messages.badLock(file));
}

/** The digests under `files`. @throws UserError where there are none that a lock can have. */
export function checkedFiles(file: string, record: Record<string, unknown>): Record<string, FileDigest> {
  const { files } = record;
  if (typeof files !== 'object' || files === null) throw new UserError(messages.badLock(file));
  for (const [name, entry] of Object.entries(files) as [string, unknown][]) {
    // A name that leads out of the folder is nobody's.
    if (/(^|[/\\])\.\.([/\\]|$)|\0/.test(name)) throw new UserError(messages.badLock(file));
    const { sha256, size } = (entry ?? {}) as Partial<FileDigest>;
    if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256) || !Number.isSafeInteger(size)) {
      throw new UserError(messages.badLock(file));
    }
  }
  return files as Record<string, FileDigest>;
}

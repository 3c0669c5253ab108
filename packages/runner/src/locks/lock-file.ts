/** Reading and writing lock files: small JSON records that are committed and reviewed. */
import { join } from 'node:path';
import {
  byName,
  type FileDigest,
  isMissing,
  type JsonValue,
  prettyJson,
  readRegularSync,
  UserError,
  writeFileAtomic,
} from '@evalgraph/formats';
import { writing } from '../disk.ts';
import { parseOrigin } from '../hub/index.ts';
import { messages } from '../messages.ts';
import { assembleLock, CHECKPOINT_LOCK_FORMAT, type CheckpointLock } from './checkpoint-lock.ts';
import type { DataFile } from './data-lock.ts';
import type { DatasetLock } from './dataset-lock.ts';
import type { EngineLock } from './engine-lock.ts';
import { declaredOfHub } from './hub-checkpoint-lock.ts';
import type { SeriesLock } from './series-lock.ts';

/** Digests of a data set's files, relative to the folder that the lock lies in, or to the hub's repository. */
export interface DataLock {
  readonly format: 1;
  readonly files: Readonly<Record<string, FileDigest>>;
}

export interface DataLocks {
  /** null: the file is not locked. A damaged lock is none: locking writes it anew. */
  digest(file: Pick<DataFile, 'lockFile' | 'name'>): FileDigest | null;
}

/** Each lock is read once. */
export function openDataLocks(root: string): DataLocks {
  const files = new Map<string, Readonly<Record<string, FileDigest>>>();
  return {
    digest({ lockFile, name }) {
      const known = files.get(lockFile) ?? readFilesOf(root, lockFile);
      files.set(lockFile, known);
      return Object.hasOwn(known, name) ? (known[name] ?? null) : null;
    },
  };
}

function readFilesOf(root: string, lockFile: string): Readonly<Record<string, FileDigest>> {
  try {
    return readDataLock(root, lockFile)?.files ?? {};
  } catch (error) {
    if (error instanceof UserError) return {};
    throw error;
  }
}

type Lock = CheckpointLock | DataLock | DatasetLock | EngineLock | SeriesLock;

/**
 * @returns null where there is no such file; 'outdated' where an earlier version of evalgraph wrote it
 * @throws UserError where it is not a lock, or a later version wrote it.
 */
export function readCheckpointLock(root: string, file: string): CheckpointLock | 'outdated' | null {
  const record = readRecord(root, file, CHECKPOINT_LOCK_FORMAT);
  if (record === null || record === 'outdated') return record;
  const files = checkedFiles(file, record);
  const hub = record['hub'] === undefined ? null : parseOrigin(record['hub'], Object.keys(files));
  if (record['hub'] !== undefined && hub === null) throw new UserError(messages.badLock(file));
  const declared = hub === null ? checkedPlace(file, record) : declaredOfHub(hub);
  const lock = assembleLock(files, declared, hub, checkedReading(file, record));
  if (record['digest'] !== lock.digest) throw new UserError(messages.badLock(file));
  return lock;
}

/** Left out of the file where there is none. */
function checkedReading(file: string, { reading = [] }: Record<string, unknown>): readonly string[] {
  const isRule = (rule: unknown): rule is string => typeof rule === 'string';
  if (Array.isArray(reading) && reading.every(isRule)) return reading;
  throw new UserError(messages.badLock(file));
}

function checkedPlace(file: string, { declared }: Record<string, unknown>): CheckpointLock['declared'] {
  if (typeof declared !== 'object' || declared === null) throw new UserError(messages.badLock(file));
  const { source, revision, subfolder } = declared as Partial<
    Record<keyof CheckpointLock['declared'], unknown>
  >;
  const isTextOrNull = (value: unknown): value is string | null =>
    value === null || typeof value === 'string';
  if (typeof source !== 'string' || !isTextOrNull(revision) || !isTextOrNull(subfolder)) {
    throw new UserError(messages.badLock(file));
  }
  return { source, revision, subfolder };
}

/** @returns null where there is no such file. @throws UserError where it is not a lock. */
export function readDataLock(root: string, file: string): DataLock | null {
  const record = readRecordOf1(root, file);
  return record === null ? null : { format: 1, files: checkedFiles(file, record) };
}

/** Writes only what differs, so that an unchanged lock keeps its time. @returns whether it wrote. */
export async function writeLock(root: string, file: string, lock: Lock): Promise<boolean> {
  const text = prettyJson(recordOf(lock));
  if (readText(join(root, file)) === text) return false;
  await writing(join(root, file), () => writeFileAtomic(join(root, file), text));
  return true;
}

/** A folder's lock says nothing of the hub; one of the hub says there where the checkpoint is. */
function recordOf(lock: Lock): JsonValue {
  const { hub, declared, reading, ...facts } = { hub: null, declared: null, reading: [], ...lock };
  const rest = reading.length === 0 ? facts : { ...facts, reading };
  if (hub !== null) return JSON.parse(JSON.stringify({ ...rest, hub })) as JsonValue;
  return JSON.parse(JSON.stringify(declared === null ? rest : { ...rest, declared })) as JsonValue;
}

/** Enough for 100,000 files with their digests. */
const MAX_LOCK_BYTES = 64 * 1024 * 1024;

/** @throws UserError where it cannot be read, or is no file that can be a lock */
function readText(path: string): string | null {
  try {
    return readRegularSync(path, MAX_LOCK_BYTES).toString('utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    if (error instanceof UserError) throw error;
    throw new UserError(messages.unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error)));
  }
}

/** The same as `readRecord`, for a lock whose format was never raised. */
export function readRecordOf1(root: string, file: string): Record<string, unknown> | null {
  const record = readRecord(root, file, 1);
  if (record === 'outdated') throw new UserError(messages.badLock(file));
  return record;
}

/**
 * A lock's own keys.
 * @param format the one that is written now
 * @returns null where there is no such file; 'outdated' where its format is an earlier one
 * @throws UserError where it is not a lock, or its format is a later one.
 */
function readRecord(root: string, file: string, format: number): Record<string, unknown> | 'outdated' | null {
  const text = readText(join(root, file));
  if (text === null) return null;
  const value = parsed(text);
  const found = isRecord(value) ? value['format'] : null;
  if (!isRecord(value) || !Number.isSafeInteger(found) || Number(found) < 1) {
    throw new UserError(messages.badLock(file));
  }
  if (Number(found) > format) throw new UserError(messages.laterLock(file, Number(found), format));
  return found === format ? value : 'outdated';
}

/** null where the text is no JSON: whatever is wrong with it, the remedy is the same. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The digests under `files`. @throws UserError where there are none that a lock can have. */
export function checkedFiles(file: string, record: Record<string, unknown>): Record<string, FileDigest> {
  const { files } = record;
  if (!isRecord(files)) throw new UserError(messages.badLock(file));
  const checked: [string, FileDigest][] = [];
  for (const [name, entry] of Object.entries(files)) {
    // A name that leads out of the folder is nobody's.
    if (/(^|[/\\])\.\.([/\\]|$)|\0/.test(name) || !isRecord(entry))
      throw new UserError(messages.badLock(file));
    const { sha256, size } = entry;
    const isSize = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
    if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256) || !isSize) {
      throw new UserError(messages.badLock(file));
    }
    checked.push([name, { sha256, size }]);
  }
  return byName(checked);
}

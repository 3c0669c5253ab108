/** Reading and writing lock files: small JSON records that are committed and reviewed. */

import { join } from 'node:path';
import {
  byName,
  type FileDigest,
  isMissing,
  type JsonValue,
  prettyJson,
  readRegularSync,
  shape,
  UserError,
  writeFileAtomic,
} from '@evalgraph/formats';
import { systemMessages, writing } from '@evalgraph/system';
import { messages } from './messages.ts';

/** Writes only what differs, so that an unchanged lock keeps its time. @returns whether it wrote. */
export async function writeLock<L extends { readonly format: number }>(
  root: string,
  file: string,
  lock: L,
): Promise<boolean> {
  const text = prettyJson(recordOf(lock));
  if (readText(join(root, file)) === text) return false;
  await writing(join(root, file), () => writeFileAtomic(join(root, file), text));
  return true;
}

/** A folder's lock says nothing of the hub; one of the hub says there where the checkpoint is. */
function recordOf(lock: object): JsonValue {
  const none: { hub: object | null; declared: object | null; reading: readonly string[] } = {
    hub: null,
    declared: null,
    reading: [],
  };
  const { hub, declared, reading, ...facts } = { ...none, ...lock };
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
    throw new UserError(
      systemMessages.unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error)),
    );
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
export function readRecord(
  root: string,
  file: string,
  format: number,
): Record<string, unknown> | 'outdated' | null {
  const text = readText(join(root, file));
  if (text === null) return null;
  const value = parsed(text);
  const found = shape.isObject(value) ? value['format'] : null;
  if (!shape.isObject(value) || !Number.isSafeInteger(found) || Number(found) < 1) {
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

/** The digests under `files`. @throws UserError where there are none that a lock can have. */
export function checkedFiles(file: string, record: Record<string, unknown>): Record<string, FileDigest> {
  const { files } = record;
  if (!shape.isObject(files)) throw new UserError(messages.badLock(file));
  const checked: [string, FileDigest][] = [];
  for (const [name, entry] of Object.entries(files)) {
    // A name that leads out of the folder is nobody's.
    if (/(^|[/\\])\.\.([/\\]|$)|\0/.test(name) || !shape.isObject(entry))
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

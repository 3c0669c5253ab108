/** Reads the lock of a checkpoint, in a folder or on the hub. */
import { UserError } from '@evalgraph/formats';
import { parseOrigin } from '@evalgraph/sources/hub';
import { assembleLock, CHECKPOINT_LOCK_FORMAT, type CheckpointLock } from './checkpoint-lock.ts';
import { declaredOfHub } from './hub-checkpoint-lock.ts';
import { checkedFiles, readRecord } from './lock-file.ts';
import { messages } from './messages.ts';

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

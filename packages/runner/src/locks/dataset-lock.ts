/**
 * The lock of a data set of the hub: repository, commit, digests of the files that are read, and which file is which
 * split. With it plans are made offline, and the same on every machine; the rows are fetched when they are read.
 */

import { byName, type FileDigest, UserError } from '@evalgraph/formats';
import { type HubOrigin, isSafePath, parseOrigin } from '@evalgraph/sources/hub';
import { checkedFiles, readRecordOf1 } from './lock-file.ts';
import { messages } from './messages.ts';

export interface DatasetLock {
  readonly format: 1;
  /** Relative to the repository. Those that tasks read, and no others. */
  readonly files: Readonly<Record<string, FileDigest>>;
  readonly hub: HubOrigin;
  /** The name that tasks and corpora use. null: a lock of an earlier release, which did not say. */
  readonly asked: AskedDataset | null;
  readonly configs: readonly LockedConfig[];
}

export interface AskedDataset {
  readonly path: string;
  /** null: whatever is newest. */
  readonly revision: string | null;
}

export interface LockedConfig {
  /** As tasks write it; null: they name none. */
  readonly name: string | null;
  /** Split -> files in order, relative to the repository; also of splits that no task reads. */
  readonly splits: Readonly<Record<string, readonly string[]>>;
}

/** @returns null where there is no such file. @throws UserError where it is not a lock. */
export function readDatasetLock(root: string, file: string): DatasetLock | null {
  const record = readRecordOf1(root, file);
  if (record === null) return null;
  const files = checkedFiles(file, record);
  const hub = parseOrigin(record['hub'], Object.keys(files));
  const { configs } = record;
  const asked = record['asked'] ?? null;
  if (hub === null || !Array.isArray(configs) || !configs.every(isConfig) || !isAsked(asked)) {
    throw new UserError(messages.badLock(file));
  }
  const named = configs.map(({ name, splits }) => ({ name, splits: byName(Object.entries(splits)) }));
  return { format: 1, files, hub, asked, configs: named };
}

/**
 * Whether a lock was written for this data set. The name of its file does not tell: `a--b/c` and `a/b--c` have one, and
 * a file may have been copied. A lock that does not say what was asked counts where the repository has the very name.
 */
export function isLockOf({ asked, hub }: DatasetLock, path: string, revision: string | null): boolean {
  if (asked !== null) return asked.path === path && asked.revision === revision;
  return hub.repository === path && (revision === null || hub.revision === revision);
}

function isAsked(value: unknown): value is AskedDataset | null {
  if (value === null) return true;
  if (typeof value !== 'object') return false;
  const { path, revision } = value as Partial<Record<keyof AskedDataset, unknown>>;
  return typeof path === 'string' && (revision === null || typeof revision === 'string');
}

function isConfig(value: unknown): value is LockedConfig {
  if (typeof value !== 'object' || value === null) return false;
  const { name, splits } = value as Partial<Record<keyof LockedConfig, unknown>>;
  if (name !== null && typeof name !== 'string') return false;
  if (typeof splits !== 'object' || splits === null) return false;
  return Object.values(splits).every(
    (files: unknown) =>
      Array.isArray(files) && files.every((file) => typeof file === 'string' && isSafePath(file)),
  );
}

/** Whether a text can be a data set's name on the hub: `owner/name`, or an old name without owner. */
export function isDatasetName(text: string): boolean {
  const parts = text.split('/');
  return parts.length <= 2 && parts.every((part) => /^(?!.*\.\.)\w[\w.-]{0,95}$/.test(part));
}

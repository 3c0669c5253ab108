/**
 * Which lock a data file belongs to. A data set is the nearest folder above the file that holds a dataset.yaml,
 * else the file's own folder; its lock.json lies there. Files outside the workspace cannot have a lock beside
 * them that this repository tracks: the pipeline keeps theirs. Files of the hub stand in the lock of their data set.
 */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type FileDigest, UserError } from '@evalgraph/formats';
import { pipelineFolder } from '@evalgraph/spec';
import { checkedFiles, readRecordOf1 } from './lock-file.ts';

export interface LockedPlace {
  /** Relative to the workspace root. */
  readonly lockFile: string;
  /** Absolute: what names in the lock are relative to. */
  readonly folder: string;
}

export interface DataFile {
  /** Absolute. */
  readonly path: string;
  /** Relative to the workspace root. */
  readonly lockFile: string;
  /** The file's name in the lock. */
  readonly name: string;
  /** Absolute: what `name` is relative to. */
  readonly folder: string;
}

/**
 * @param path as a task writes it: relative to the workspace root, or absolute
 * @param lockOf the lock of a file of the hub; null: it is none
 */
export function locateDataFile(
  root: string,
  pipeline: string,
  path: string,
  lockOf: (path: string) => LockedPlace | null = () => null,
): DataFile {
  const absolute = resolve(root, path);
  const place = lockOf(absolute);
  if (place !== null) {
    const { lockFile, folder } = place;
    return { path: absolute, lockFile, name: posix(relative(folder, absolute)), folder };
  }
  const inside = relative(root, absolute);
  if (inside.startsWith('..') || isAbsolute(inside)) {
    return {
      path: absolute,
      lockFile: `${pipelineFolder(pipeline)}/locks/data.json`,
      name: posix(relative('/', absolute)),
      folder: '/',
    };
  }
  const folder = dataSetFolder(root, dirname(absolute));
  return {
    path: absolute,
    lockFile: posix(join(relative(root, folder), 'lock.json')),
    name: posix(relative(folder, absolute)),
    folder,
  };
}

function dataSetFolder(root: string, start: string): string {
  for (let folder = start; folder !== root && folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'dataset.yaml'))) return folder;
  }
  return start;
}

function posix(path: string): string {
  return path.split(sep).join('/');
}

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

/** @returns null where there is no such file. @throws UserError where it is not a lock. */
export function readDataLock(root: string, file: string): DataLock | null {
  const record = readRecordOf1(root, file);
  return record === null ? null : { format: 1, files: checkedFiles(file, record) };
}

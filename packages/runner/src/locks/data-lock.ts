/**
 * Which lock a data file belongs to. A data set is the nearest folder above the file that holds a dataset.yaml,
 * else the file's own folder; its lock.json lies there. Files outside the workspace cannot have a lock beside
 * them that this repository tracks: the pipeline keeps theirs. Files of the hub stand in the lock of their data set.
 */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { pipelineFolder } from '../layout.ts';
import type { LockedPlace } from './locked-catalog.ts';

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

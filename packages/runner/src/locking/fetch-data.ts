/** Rows of the hub onto this disk before they are read. What lies there already, and is what its lock says, stays. */
import { byName, type FileDigest, ownValue, UserError } from '@evalgraph/formats';
import { openHub, originRequest } from '@evalgraph/sources/hub';
import { dataFiles, type ResolvedTask } from '@evalgraph/tasks';
import type { DataFile } from '../locks/data-lock.ts';
import { locateDataFile } from '../locks/data-lock.ts';
import { readDatasetLock } from '../locks/dataset-lock.ts';
import type { LockedCatalog } from '../locks/locked-catalog.ts';

export interface FetchDataOptions {
  /** null: the size of a file that is there is enough. */
  readonly digest: ((path: string) => Promise<FileDigest>) | null;
  readonly note: (line: string) => void;
}

/** @param files of one lock of a data set of the hub. @throws UserError where they cannot be had. */
export async function fetchData(
  root: string,
  lockFile: string,
  files: readonly DataFile[],
  options: FetchDataOptions,
): Promise<void> {
  const lock = readDatasetLock(root, lockFile);
  if (lock === null) return;
  const wanted = files.flatMap(({ name }) => {
    const digest = ownValue(lock.files, name);
    return digest === undefined ? [] : [[name, digest] as const];
  });
  const request = originRequest(lock.hub, byName(wanted), 'dataset');
  await openHub().fetch(request, { ...options, label: lock.hub.repository });
}

/** Fetches the data of tasks without a cell. What is wrong with a task is left to whoever reads its files. */
export async function fetchTaskData(
  root: string,
  tasks: readonly ResolvedTask[],
  catalog: LockedCatalog,
  options: FetchDataOptions,
): Promise<void> {
  const byLock = new Map<string, DataFile[]>();
  for (const path of tasks.flatMap((task) => pathsOf(task, catalog))) {
    const place = catalog.lockOf(path);
    if (place === null) continue;
    const file = locateDataFile(root, '', path, catalog.lockOf);
    byLock.set(place.lockFile, [...(byLock.get(place.lockFile) ?? []), file]);
  }
  for (const [lockFile, files] of byLock) await fetchData(root, lockFile, files, options);
}

function pathsOf(task: ResolvedTask, catalog: LockedCatalog): readonly string[] {
  try {
    return dataFiles(task, catalog).map(({ path }) => path);
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/**
 * Copies of the hub's files in its cache that are not what was locked: they are fetched again. What is absent stays absent:
 * a stored result needs no file.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { byName, type FileDigest } from '@evalgraph/formats';
import { openHub, originRequest } from '@evalgraph/sources/hub';
import { isDatasetLockFile } from '@evalgraph/spec';
import { fetchData } from '../locking/fetch-data.ts';
import type { Cell } from '../plan/plan.ts';

export interface MendOptions {
  readonly digest: (path: string) => Promise<FileDigest>;
  readonly note: (line: string) => void;
}

/** @throws UserError where they cannot be had. */
export async function mendCopies(
  root: string,
  pipeline: string,
  { checkpoint, work, data }: Cell,
  options: MendOptions,
): Promise<void> {
  for (const { id, folder, lock } of [checkpoint, ...(work.kind === 'divergence' ? [work.dense] : [])]) {
    if (lock === null || lock.hub === null) continue;
    const present = Object.entries(lock.files).filter(([name]) => existsSync(join(folder, name)));
    await openHub().fetch(originRequest(lock.hub, byName(present)), { ...options, label: id });
  }
  const copies = data.filter(
    ({ path, lockFile }) => isDatasetLockFile(pipeline, lockFile) && existsSync(path),
  );
  for (const [lockFile, files] of Map.groupBy(copies, (file) => file.lockFile)) {
    await fetchData(root, lockFile, files, options);
  }
}

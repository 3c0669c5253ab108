/** The workspace's data sets together with those of the hub that pipelines have locked. Fetches nothing. */

import { sep } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { openCatalog, type ResolveHubDataset } from '@evalgraph/sources/data';
import { type HubSettings, hubSettings, originFolder } from '@evalgraph/sources/hub';
import { datasetLockFile } from '@evalgraph/spec';
import type { DataCatalog } from '@evalgraph/tasks';
import { messages } from '../messages.ts';
import type { LockedPlace } from './data-lock.ts';
import { type DatasetLock, isDatasetName, isLockOf, readDatasetLock } from './dataset-lock.ts';

export interface LockedCatalog extends DataCatalog {
  /** Gives the lock that a file of `find` stands in; null: it is none of the hub. */
  lockOf(path: string): LockedPlace | null;
}

interface Known extends LockedPlace {
  readonly lock: DatasetLock;
}

/** @param pipelines whose locks count, in this order. Of a single one it is told what it has not locked. */
export function openLockedCatalog(root: string, pipelines: readonly string[]): LockedCatalog {
  const read = new Map<string, Known | null>();
  let settings: HubSettings | null = null;
  const placeOf = (lockFile: string): Known | null => {
    const known = read.get(lockFile);
    if (known !== undefined) return known;
    const lock = readDatasetLock(root, lockFile);
    settings ??= hubSettings();
    const place =
      lock === null ? null : { lockFile, folder: originFolder(settings, lock.hub, 'dataset'), lock };
    read.set(lockFile, place);
    return place;
  };
  const resolveHubDataset: ResolveHubDataset = (path, name, revision) => {
    if (!isDatasetName(path)) return null;
    for (const pipeline of pipelines) {
      const place = placeOf(datasetLockFile(pipeline, path, revision));
      if (place === null || !isLockOf(place.lock, path, revision)) continue;
      const config = place.lock.configs.find((one) => one.name === name);
      if (config !== undefined) return { folder: place.folder, files: config.splits };
    }
    const [only, ...others] = pipelines;
    if (only === undefined || others.length > 0) return null;
    throw new UserError(messages.datasetNotLocked(path, name, only));
  };
  return {
    ...openCatalog(root, { resolveHubDataset }),
    lockOf(path) {
      const around = [...read.values()].filter(
        (place) => place !== null && path.startsWith(place.folder + sep),
      );
      // Two names of one repository have two locks over one folder.
      const naming = around.find(
        (place) => place !== null && Object.hasOwn(place.lock.files, nameIn(place, path)),
      );
      return naming ?? around[0] ?? null;
    },
  };
}

function nameIn({ folder }: LockedPlace, path: string): string {
  return path
    .slice(folder.length + sep.length)
    .split(sep)
    .join('/');
}

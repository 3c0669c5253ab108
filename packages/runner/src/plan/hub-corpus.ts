/** A corpus on the hub, as the spec writes it: `hf:owner/name` or `hf:owner/name/configuration`. */

import { join } from 'node:path';
import { ownValue, UserError } from '@evalgraph/formats';
import type { CorpusUse } from '@evalgraph/spec';
import { datasetLockFile } from '@evalgraph/spec';
import { type DataFile, locateDataFile } from '../locks/data-lock.ts';
import type { LockedCatalog } from '../locks/locked-catalog.ts';
import { messages as runnerMessages } from '../messages.ts';
import { messages } from './messages.ts';

export interface HubCorpus {
  readonly path: string;
  /** null: the only configuration, or the default one. */
  readonly config: string | null;
}

/** null: a file or a folder of this disk. */
export function hubCorpus({ data }: Pick<CorpusUse, 'data'>): HubCorpus | null {
  const found = /^hf:([^/]+\/[^/]+)(?:\/(.+))?$/.exec(data);
  return found?.[1] === undefined ? null : { path: found[1], config: found[2] ?? null };
}

/** @returns a file that no lock has where the corpus is not locked. @throws UserError where the split is not one file. */
export function hubCorpusFile(
  root: string,
  pipeline: string,
  { path, config }: HubCorpus,
  split: string,
  catalog: LockedCatalog,
): DataFile {
  try {
    const entry = catalog.find(path, config, null);
    const files = (entry === null ? null : ownValue(entry.files, split)) ?? [];
    const [only, ...others] = files;
    if (entry === null || only === undefined || others.length > 0) {
      throw new UserError(messages.corpusSplit(path, split, files.length, Object.keys(entry?.files ?? {})));
    }
    return locateDataFile(root, pipeline, join(entry.folder, only), catalog.lockOf);
  } catch (error) {
    const isUnlocked =
      error instanceof UserError &&
      error.problems.every(({ code }) => code === runnerMessages.datasetNotLocked.code);
    if (!isUnlocked) throw error;
    return { path: '', lockFile: datasetLockFile(pipeline, path, null), name: '', folder: '' };
  }
}

/** What every kind of cell is made of: its place, its files and their digests, its limit. */

import type { Pipeline } from '@evalgraph/spec';
import { cellFolder, type Variant } from '@evalgraph/spec';
import type { DataFile, DataLocks } from '../locks/data-lock.ts';
import type { DataDigests } from './key.ts';
import type { Cell, CheckpointUse } from './plan.ts';

/**
 * Documents of a task, or windows of a corpus: what the file says, in a quick run at most quick's. In the place of a
 * share quick's limit stands: how many documents a share is, nobody knows before they are read.
 */
export function limitOf({ quick }: Pipeline, variant: Variant, declared: number | null): number | null {
  if (variant === 'full') return declared;
  return declared === null || declared < 1 ? quick.limit : Math.min(declared, quick.limit);
}

/** Documents by their rows: what the file says, in a quick run the first of them. */
export function samplesOf(
  { quick }: Pipeline,
  variant: Variant,
  declared: readonly number[] | null,
): readonly number[] | null {
  return variant === 'full' ? declared : (declared?.slice(0, quick.limit) ?? null);
}

/** null where a file is not locked. */
export function digestsOf(data: ReadonlyMap<string, DataFile>, locks: DataLocks): DataDigests | null {
  const entries = [...data].map(([place, file]) => [place, locks.digest(file)?.sha256 ?? null] as const);
  return entries.every((entry) => entry[1] !== null)
    ? Object.fromEntries(entries as [string, string][])
    : null;
}

export function lockFiles(files: Iterable<DataFile>): readonly string[] {
  return [...new Set([...files].map((file) => file.lockFile))];
}

export function cellFacts(
  pipeline: Pipeline,
  variant: Variant,
  checkpoint: CheckpointUse,
  name: string,
  data: readonly DataFile[],
): Pick<Cell, 'id' | 'checkpoint' | 'name' | 'output' | 'data'> {
  return {
    id: `${checkpoint.id}/${name}`,
    checkpoint,
    name,
    output: cellFolder(pipeline.name, variant, checkpoint.id, name),
    data,
  };
}

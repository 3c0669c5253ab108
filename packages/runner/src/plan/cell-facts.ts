/** What every kind of cell is made of: its place, its files and their digests, its limit. */
import { cellFolder, type Variant } from '../layout.ts';
import type { DataFile } from '../locks/data-lock.ts';
import type { DataLocks } from '../locks/lock-file.ts';
import type { Pipeline } from '../spec/index.ts';
import type { DataDigests } from './key.ts';
import type { Cell, CheckpointUse } from './plan.ts';

function smaller(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

/** Documents of a task, or windows of a corpus: what the file says, in a quick run at most quick's. */
export function limitOf(pipeline: Pipeline, variant: Variant, declared: number | null): number | null {
  return variant === 'full' ? declared : smaller(declared, pipeline.quick.limit);
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

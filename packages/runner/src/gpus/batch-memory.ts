/**
 * Batch sizes that did not fit a GPU, remembered across runs: the next run begins where the last one ended up. Nothing
 * depends on it but time, and no key knows of it; a file that cannot be read is one that is not there.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { digestValue, writeFileAtomic } from '@evalgraph/formats';
import { writing, writingSync } from '../disk.ts';

/** What a batch has to fit: all that decides how much memory it takes, and how much there is. */
export interface BatchPlace {
  /** Digest of the model's shape: checkpoints of a series share it. */
  readonly model: string;
  /** Name and memory of the GPU. */
  readonly gpu: string;
  readonly task: string;
  /** Engine, its model type, dtype and arguments. */
  readonly engine: string;
}

export interface KnownBatch {
  /** The largest that fitted. */
  readonly fits: string;
  /** The smallest that did not. */
  readonly failed: string;
}

interface BatchRecord extends KnownBatch {
  readonly format: 1;
  readonly place: BatchPlace;
}

/** `auto` finds its own size, so what was learnt of it holds for it alone. */
function fileOf(folder: string, place: BatchPlace, asked: string): string {
  const kind = asked.startsWith('auto') ? 'auto' : 'number';
  return join(folder, `${digestValue({ ...place, kind }).slice(0, 32)}.json`);
}

/** @returns what to begin with instead of `asked`, null where nothing speaks against it. */
export function rememberedBatch(folder: string, place: BatchPlace, asked: string): KnownBatch | null {
  const known = read(fileOf(folder, place, asked));
  if (known === null) return null;
  return asked.startsWith('auto') || Number(asked) >= Number(known.failed) ? known : null;
}

/** @throws UserError where the folder cannot be written. */
export async function rememberBatch(
  folder: string,
  place: BatchPlace,
  asked: string,
  known: KnownBatch,
): Promise<void> {
  const file = fileOf(folder, place, asked);
  const record: BatchRecord = { format: 1, place, ...known };
  writingSync(folder, () => mkdirSync(dirname(file), { recursive: true }));
  await writing(file, () => writeFileAtomic(file, `${JSON.stringify(record, null, 2)}\n`));
}

function read(file: string): KnownBatch | null {
  try {
    const { format, fits, failed } = JSON.parse(readFileSync(file, 'utf8')) as Partial<BatchRecord>;
    const sound = format === 1 && isSize(fits) && (isSize(failed) || /^auto(:\d+)?$/.test(String(failed)));
    return sound ? { fits: String(fits), failed: String(failed) } : null;
  } catch {
    return null;
  }
}

function isSize(value: unknown): boolean {
  return typeof value === 'string' && /^[1-9]\d{0,5}$/.test(value);
}

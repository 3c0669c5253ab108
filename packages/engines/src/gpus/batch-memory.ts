/**
 * Batch sizes that did not fit a GPU, remembered across runs: the next run begins where the last one ended up. Nothing
 * depends on it but time, and no key knows of it; a file that cannot be read is one that is not there.
 */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  digestValue,
  parseSealed,
  readOrNullSync,
  type Shape,
  sealed,
  shape,
  UserError,
  writeFileAtomic,
} from '@evalgraph/formats';
import { writing, writingSync } from '@evalgraph/system';

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
  await writing(file, () => writeFileAtomic(file, `${JSON.stringify(sealed(record), null, 2)}\n`));
}

const size = /^[1-9]\d{0,5}$/;

const batchRecord: Shape<KnownBatch> = (value, place) => {
  const { fits, failed } = fields(value, place);
  if (!size.test(fits)) throw new shape.ShapeMismatch(place, fits, 'a batch size');
  if (!size.test(failed) && !/^auto(:\d+)?$/.test(failed)) {
    throw new shape.ShapeMismatch(place, failed, 'a batch size, or auto');
  }
  return { fits, failed };
};
const fields = shape.record({ format: shape.oneOf(1), fits: shape.text, failed: shape.text });

/** Damaged, it counts as not there: it decides what a run begins with, and no number. */
function read(file: string): KnownBatch | null {
  try {
    const source = { file, remedy: '' };
    const content = readOrNullSync(file, source);
    return content === null ? null : parseSealed(content, source, batchRecord);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

/**
 * Where an unfinished corpus lies: units, decisions and shards of one key, each written whole, so that a run after a kill
 * goes on where the last one was. Another key begins anew.
 */
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  isMissing,
  MAX_RECORD_BYTES,
  parseSealed,
  readOrNull,
  readRegular,
  type Shape,
  sealed,
  sha256Hex,
  shape as shapes,
  UserError,
  writeFileAtomic,
} from '@evalgraph/formats';
import type { Decision } from './decide.ts';
import type { StepCounts } from './document.ts';

const { count, dictionary, digest, json, list, record } = shapes;

export interface MadeDecision {
  readonly drops: Uint8Array;
  readonly counts: StepCounts;
}

export const stepCounts: Shape<object> = record({
  documentsIn: count,
  documentsOut: count,
  charactersIn: count,
  charactersOut: count,
  documentsChanged: count,
  reasons: dictionary(count),
  examples: list(json),
  overlaps: dictionary(record({ documents: count, taskDocuments: list(count) })),
});

const decisionRecord = record({ drops: digest, counts: stepCounts });

export async function openWorkFolder(path: string, key: string): Promise<void> {
  if ((await readIfThere(join(path, 'key')))?.toString() === key) return;
  await rm(path, { recursive: true, force: true });
  await mkdir(join(path, 'shards'), { recursive: true });
  await mkdir(join(path, 'out'));
  await writeFileAtomic(join(path, 'key'), key);
}

export async function storedDecision(folder: string, phase: number): Promise<MadeDecision | null> {
  const stored = await recordIfSound(join(folder, `decision-${phase}.json`), decisionRecord);
  const drops = await readIfThere(join(folder, `decision-${phase}.drops`));
  if (stored === null || drops === null || sha256Hex(drops) !== stored.drops) return null;
  return { drops: new Uint8Array(drops), counts: stored.counts as StepCounts };
}

export async function storeDecision(
  folder: string,
  phase: number,
  { drops }: Decision,
  counts: StepCounts,
): Promise<void> {
  await writeFileAtomic(join(folder, `decision-${phase}.drops`), drops);
  await writeFileAtomic(
    join(folder, `decision-${phase}.json`),
    JSON.stringify(sealed({ drops: sha256Hex(drops), counts })),
  );
}

/**
 * A record of work that is under way. One that is damaged counts as none: what it tells is made again from the inputs,
 * which changes no byte of the corpus. @throws UserError where it cannot be read at all
 */
export async function recordIfSound<T extends object>(path: string, shape: Shape<T>): Promise<T | null> {
  const source = { file: path, remedy: 'Remove it: it is made again.' };
  const content = await readOrNull(path, source);
  if (content === null) return null;
  try {
    return parseSealed(content, source, shape);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

/** Puts the finished corpus where it belongs, in place of an older one. */
export async function publish(folder: string, output: string): Promise<void> {
  await rm(output, { recursive: true, force: true });
  await rename(join(folder, 'out'), output);
  await rm(folder, { recursive: true, force: true });
}

export async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readRegular(path, MAX_RECORD_BYTES);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/**
 * Where an unfinished corpus lies: units, decisions and shards of one key, each written whole, so that a run after a kill
 * goes on where the last one was. Another key begins anew.
 */
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, writeFileAtomic } from '@evalgraph/formats';
import type { Decision } from './decide.ts';
import type { StepCounts } from './document.ts';

export interface MadeDecision {
  readonly drops: Uint8Array;
  readonly counts: StepCounts;
}

export async function openWorkFolder(path: string, key: string): Promise<void> {
  if ((await readIfThere(join(path, 'key')))?.toString() === key) return;
  await rm(path, { recursive: true, force: true });
  await mkdir(join(path, 'shards'), { recursive: true });
  await mkdir(join(path, 'out'));
  await writeFileAtomic(join(path, 'key'), key);
}

export async function storedDecision(folder: string, phase: number): Promise<MadeDecision | null> {
  const counts = await readIfThere(join(folder, `decision-${phase}.json`));
  if (counts === null) return null;
  const drops = new Uint8Array(await readFile(join(folder, `decision-${phase}.drops`)));
  return { drops, counts: JSON.parse(counts.toString()) as StepCounts };
}

export async function storeDecision(
  folder: string,
  phase: number,
  { drops }: Decision,
  counts: StepCounts,
): Promise<void> {
  await writeFileAtomic(join(folder, `decision-${phase}.drops`), drops);
  await writeFileAtomic(join(folder, `decision-${phase}.json`), JSON.stringify(counts));
}

/** Puts the finished corpus where it belongs, in place of an older one. */
export async function publish(folder: string, output: string): Promise<void> {
  await rm(output, { recursive: true, force: true });
  await rename(join(folder, 'out'), output);
  await rm(folder, { recursive: true, force: true });
}

export async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** A checkpoint's sparsity, counted once: reading 13 GB again for each comparison would be work twice. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { placesIn, type RawConfig, readConfig } from '@evalgraph/architectures';
import { digestValue, openWeights, readTensor, UserError } from '@evalgraph/formats';
import { profileSparsity, type SparsityProfile, type WeightTensor } from '@evalgraph/ppl-compare';
import type { CheckpointUse } from '../plan/plan.ts';
import { publishStored, readStored } from '../store/results.ts';
import { messages } from './messages.ts';

/** Raise it when the rules of what counts change. */
const SPARSITY_VERSION = 3;
const FILE = 'sparsity.json';
/** Along the longer side of a matrix's heat map: 576 numbers a matrix at most. */
const HEAT_CELLS = 24;

/** @returns null where it was not counted yet */
export async function storedSparsity(
  store: string,
  checkpoint: CheckpointUse,
): Promise<SparsityProfile | null> {
  const stored = await readStored(store, keyOf(checkpoint));
  const known = stored?.get(FILE);
  // The store's manifest vouches for it: what is there is what was counted.
  return known === undefined ? null : (JSON.parse(String(known)) as SparsityProfile);
}

/** @param checkpoint on the disk and verified @throws UserError where a tensor cannot be counted */
export async function checkpointSparsity(store: string, checkpoint: CheckpointUse): Promise<SparsityProfile> {
  const key = keyOf(checkpoint);
  const known = await storedSparsity(store, checkpoint);
  if (known !== null) return known;
  const weights = await openWeights(checkpoint.folder);
  const tensors = [...weights.tensors].map(
    ([name, { shape }]): WeightTensor => ({
      name,
      shape,
      visit: async (onChunk) => {
        for await (const chunk of readTensor(weights, name)) onChunk(chunk);
      },
    }),
  );
  const findPlace = placesIn(await configIn(checkpoint.folder));
  const profile = await profileSparsity(tensors, { findPlace, heatCells: HEAT_CELLS });
  await publishStored(store, key, new Map([[FILE, JSON.stringify(profile)]]));
  return profile;
}

/** null: only weights were compared, and nothing needs a config.json. */
async function configIn(folder: string): Promise<RawConfig | null> {
  return existsSync(join(folder, 'config.json')) ? readConfig(folder) : null;
}

function keyOf({ id, lock }: CheckpointUse): string {
  if (lock === null) throw new UserError(messages.cellNotLocked(id));
  return digestValue({ kind: 'sparsity', version: SPARSITY_VERSION, checkpoint: lock.digest });
}

/** How many checkpoints run side by side, and on how many threads each. */
import { availableParallelism } from 'node:os';
import type { Engine } from '@evalgraph/engines';
import type { CheckpointUse } from '../plan/plan.ts';

/**
 * Below this, a model's matrices are too small for two threads to be worth their synchronisation: checkpoints run
 * side by side on one thread each.
 */
const SMALL_MODEL_BYTES = 64 * 1024 * 1024;

export interface Lanes {
  readonly count: number;
  readonly threads: number;
}

/** A server has its own parallelism: one checkpoint after the other. Programs say how many they run at once. */
export async function lanesFor(engine: Engine, checkpoints: readonly CheckpointUse[]): Promise<Lanes> {
  if (engine.identity.name === 'embedded') return embeddedLanes(checkpoints);
  const count = engine.kind === 'tasks' ? await engine.atOnce() : 1;
  return { count: Math.max(1, Math.min(count, checkpoints.length)), threads: availableParallelism() };
}

export function embeddedLanes(checkpoints: readonly CheckpointUse[]): Lanes {
  const cpus = availableParallelism();
  const largest = Math.max(0, ...checkpoints.map(weightBytes));
  return largest <= SMALL_MODEL_BYTES ? { count: cpus, threads: 1 } : { count: 1, threads: cpus };
}

function weightBytes({ lock }: CheckpointUse): number {
  return Object.values(lock?.files ?? {}).reduce((sum, file) => sum + file.size, 0);
}

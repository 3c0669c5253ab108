/** How many checkpoints run side by side, on how many threads each, and how their outcomes come together. */
import { availableParallelism } from 'node:os';
import type { Engine } from '@evalgraph/engines';
import pMap from 'p-map';
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

/**
 * Works on `count` items at a time, begun in their order. A failure of one ends the sequence, after what was yielded
 * before it.
 */
export async function* runInLanes<Item, Outcome>(
  items: readonly Item[],
  count: number,
  work: (item: Item) => AsyncIterable<Outcome>,
): AsyncGenerator<Outcome> {
  let failure: { readonly error: unknown } | null = null;
  const outcomes = new ReadableStream<Outcome>({
    async start(controller) {
      const lane = async (item: Item): Promise<void> => {
        for await (const outcome of work(item)) controller.enqueue(outcome);
      };
      try {
        await pMap(items, lane, { concurrency: count });
      } catch (error) {
        failure = { error };
      }
      controller.close();
    },
  });
  yield* outcomes;
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
}

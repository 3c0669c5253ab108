/** `engine:` -> EngineUse. */
import type { Context } from './context.ts';
import type { EngineInput } from './input.ts';
import { messages } from './messages.ts';
import type { EmbeddedUse } from './pipeline.ts';

/** Keys of engines that later releases run. */
const otherKeys = ['model', 'gpus'] as const;

export function normalizeEngine(input: EngineInput | null | undefined, { problems }: Context): EmbeddedUse {
  const use = input?.use ?? 'embedded';
  if (use !== 'embedded') problems.value(['engine', 'use'], messages.engineNotYet(use));
  for (const key of use === 'embedded' && input?.use !== null ? otherKeys : []) {
    if (input?.[key] !== undefined) problems.key(['engine', key], messages.engineKey(key, use));
  }
  const threads = input?.threads;
  return {
    use: 'embedded',
    dtype: input?.dtype ?? 'float32',
    threads: typeof threads === 'number' ? threads : null,
  };
}

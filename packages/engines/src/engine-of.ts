/** The engine that a pipeline names. */
import type { EngineIdentity } from '@evalgraph/formats';
import type { EngineUse } from '@evalgraph/spec';
import { embeddedEngineWith } from './embedded/adapter.ts';
import type { Engine } from './engine.ts';
import { type LockedBy, lmEvalEngine } from './lm-eval/adapter.ts';
import { openAiEngine } from './openai/adapter.ts';

/** What the plan knows of the engine: `identity` is null where a program's versions are not locked. */
export interface PlannedEngine extends LockedBy {
  readonly identity: EngineIdentity | null;
}

/** @param planned needed by engines with a lock. */
export function engineOf(use: EngineUse, planned: PlannedEngine | null = null): Engine {
  switch (use.use) {
    case 'embedded':
      return embeddedEngineWith(use.silenceMs);
    case 'openai':
      return openAiEngine(use);
    case 'lm-eval':
      if (planned === null || planned.identity === null) throw new Error('lm-eval runs without its lock');
      return lmEvalEngine(use, planned.identity, planned);
  }
}

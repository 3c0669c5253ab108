/**
 * Identities of engines, apart from the engines: planning needs the one without loading the other. What cannot be
 * known without asking (a program's versions) is asked when a pipeline is locked, and stands in its engine lock.
 */
import type { EngineIdentity } from '@evalgraph/formats';
import type { EngineUse } from '@evalgraph/spec';
import { EMBEDDED_IDENTITY } from './embedded/identity.ts';
import { type EngineVersions, lmEvalIdentity } from './lm-eval/identity.ts';
import { openAiIdentity } from './openai/identity.ts';

/** @param versions out of the engine lock; null: none. @returns null where the engine needs a lock and has none. */
export function engineIdentity(use: EngineUse, versions: EngineVersions | null): EngineIdentity | null {
  switch (use.use) {
    case 'embedded':
      return EMBEDDED_IDENTITY;
    case 'openai':
      return openAiIdentity(use);
    case 'lm-eval':
      return versions === null ? null : lmEvalIdentity(use, versions);
  }
}

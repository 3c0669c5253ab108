/**
 * Identities of engines, apart from the engines: planning needs the one without loading the other. What cannot be
 * known without asking (a program's versions) is asked when a pipeline is locked, and stands in its engine lock.
 */
import type { EngineIdentity } from '@evalgraph/formats';
import type { EngineUse } from '../spec/index.ts';
import { EMBEDDED_IDENTITY } from './embedded/identity.ts';

export function engineIdentity(use: EngineUse): EngineIdentity {
  switch (use.use) {
    case 'embedded':
      return EMBEDDED_IDENTITY;
    default:
      throw new Error(`the spec let engine '${use.use}' pass`);
  }
}

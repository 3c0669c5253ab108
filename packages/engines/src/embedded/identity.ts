/** The embedded engine's identity, apart from the engine itself: planning needs the one without loading the other. */
import { NUMERICS_VERSION } from '@evalgraph/engine/numerics';
import type { EngineIdentity } from '@evalgraph/formats';

export const EMBEDDED_IDENTITY: EngineIdentity = {
  name: 'embedded',
  numericsVersion: NUMERICS_VERSION,
  dtype: 'float32',
  details: {},
};

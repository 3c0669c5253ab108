/** The identity of what lm-eval computes; planning needs it without starting the program. */
import type { EngineIdentity } from '@evalgraph/formats';
import type { LmEvalUse } from '@evalgraph/spec';

/** Raise it when the way of handing tasks over, or of reading results back, changes numbers. */
const LM_EVAL_VERSION = 1;

/** Package -> version, without the build's label (2.9.0, not 2.9.0+cu128): machines are in no key. */
export type EngineVersions = Readonly<Record<string, string>>;

/** Packages whose versions are locked: those, and the one that is called as the model type is (vllm, sglang). */
export function lockedPackages({ model }: LmEvalUse): readonly string[] {
  return ['lm_eval', 'torch', 'transformers', ...(/^[a-z][a-z0-9_]*$/.test(model) ? [model] : [])];
}

/**
 * Batch size, device and program are not in it. Model arguments are, all of them: only lm-eval knows which of them
 * change numbers.
 */
export function lmEvalIdentity(use: LmEvalUse, versions: EngineVersions): EngineIdentity {
  const args = Object.entries(use.modelArgs).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    name: 'lm-eval',
    numericsVersion: LM_EVAL_VERSION,
    dtype: use.dtype,
    details: {
      model: use.model,
      model_args: args.map(([name, value]) => `${name}=${value}`).join(','),
      tasks: use.tasks,
      ...versions,
    },
  };
}

/** The locked versions in an identity. */
export function versionsIn(use: LmEvalUse, { details }: EngineIdentity): EngineVersions {
  const names = lockedPackages(use);
  return Object.fromEntries(Object.entries(details).filter(([name]) => names.includes(name)));
}

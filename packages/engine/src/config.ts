/** A checkpoint's config.json as a model that the engine computes. */
import { join } from 'node:path';
import {
  architectureIn,
  type Decoder,
  describeModel,
  FAMILIES,
  type Family,
  familyOf,
  type RawConfig,
  readConfig,
} from '@evalgraph/architectures';
import { type Problem, UserError } from '@evalgraph/formats';
import { hasNodesFor } from './layer-graph.ts';
import { messages } from './messages.ts';

/** What the engine computes, by the names in config.json's `architectures`. */
export const COMPUTED_ARCHITECTURES: readonly string[] = FAMILIES.filter(isComputed).map(
  ({ architecture }) => architecture,
);

/** Codes of a config.json that is right, and that another engine may compute. */
export const REFUSED_SETTINGS: ReadonlySet<string> = new Set(['unknown-architecture', 'unsupported-config']);

/** The kernel that rotates works on whole groups of so many values. */
const ROTATED_AT_ONCE = 8;

/**
 * Reads `<folder>/config.json`.
 * @throws UserError missing-config, invalid-config, unknown-architecture, unsupported-config: all that is wrong at once.
 */
export async function readModelConfig(folder: string): Promise<Decoder> {
  return parseModelConfig(join(folder, 'config.json'), await readConfig(folder));
}

/** The same for a parsed config.json; `file` is for messages. */
export function parseModelConfig(file: string, raw: RawConfig): Decoder {
  const family = familyOf(raw);
  if (family === null || !isComputed(family)) {
    const found = architectureIn(raw) ?? raw.model_type;
    throw new UserError(messages.unknownArchitecture(file, found, COMPUTED_ARCHITECTURES));
  }
  const problems: Problem[] = [];
  const model = describeModel(family, file, raw, problems);
  refuseSettings(file, raw, model, problems);
  if (problems.length > 0) throw new UserError(problems);
  return model;
}

/** Whether the graph has nodes for the blocks of a family, whatever the sizes. */
function isComputed(family: Family): boolean {
  return hasNodesFor(describeModel(family, 'config.json', family.example, []));
}

/** Values of a computed family's settings that are not computed. */
function refuseSettings(file: string, raw: RawConfig, model: Decoder, problems: Problem[]): void {
  const { headDim, rotary, layers, maxPositions } = model;
  const refuse = (field: string, value: unknown, supported: string): void => {
    problems.push(messages.unsupportedConfig(file, field, value, supported));
  };
  if (headDim % ROTATED_AT_ONCE !== 0) refuse('head_dim', headDim, `multiples of ${ROTATED_AT_ONCE}`);
  const activation = layers[0]?.mlp.activation;
  if (activation !== 'silu') refuse('hidden_act', activation, 'silu');
  if ((raw.quantization_config ?? null) !== null) {
    refuse('quantization_config', raw.quantization_config, 'models without it');
  }
  if (rotary.dims !== headDim) {
    refuse('partial_rotary_factor', rotary.dims / headDim, 'models without it');
  }
  if (rotary.scaling.type === 'other') {
    refuse(rotary.scaling.field, rotary.scaling.name, 'rope types default, linear and llama3');
  }
  const window = Math.min(...layers.map(({ attention }) => attention.window ?? maxPositions));
  if (window < maxPositions) {
    const supported = `null, or at least max_position_embeddings (${maxPositions})`;
    refuse('sliding_window', window, supported);
  }
}

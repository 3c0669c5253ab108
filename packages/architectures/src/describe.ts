/** Finds the family that a config.json names, and the model that it means. */
import type { Problem } from '@evalgraph/formats';
import type { Decoder } from './blocks.ts';
import { configFields, type RawConfig } from './config-fields.ts';
import { FAMILIES } from './families/index.ts';
import type { Family } from './family.ts';

/** null: no family here has that name. */
export function familyOf(config: RawConfig): Family | null {
  const named = architectureIn(config);
  // Configs saved from a bare model name `LlamaModel` or nothing: model_type still tells the family.
  const isModelName = typeof named === 'string' && named.endsWith('ForCausalLM');
  return (
    FAMILIES.find(({ architecture, modelType }) =>
      isModelName ? architecture === named : modelType === config.model_type,
    ) ?? null
  );
}

/** The architecture that a config names, for messages; undefined where it names none. */
export function architectureIn(config: RawConfig): unknown {
  return Array.isArray(config.architectures) ? config.architectures[0] : undefined;
}

/** @param file for messages @param problems where mistakes are noted; with any, the result is not to be used */
export function describeModel(family: Family, file: string, config: RawConfig, problems: Problem[]): Decoder {
  return family.describe(configFields(file, config, problems));
}

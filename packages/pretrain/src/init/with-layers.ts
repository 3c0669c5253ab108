/** A config.json for a model with other layers than its source. */
import { architectureMessages, layerCountField, type RawConfig } from '@evalgraph/architectures';
import { type Problem, UserError } from '@evalgraph/formats';
import { messages } from './messages.ts';

/** Fields whose meaning depends on a layer's number: refused, because new numbers would change what they say. */
const BY_NUMBER = ['moe_layer_freq', 'mlp_only_layers', 'first_k_dense_replace', 'no_rope_layers'] as const;

/**
 * The config of the model that has these layers of the source: the count, and lists with an entry for each layer.
 * @throws UserError unsupported-config.
 */
export function withLayers(file: string, config: RawConfig, layers: readonly number[]): RawConfig {
  const problems: Problem[] = [];
  for (const field of BY_NUMBER) {
    const value = config[field];
    if (value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)) {
      problems.push(messages.unsupportedConfig(file, field, 'depends on the numbers of layers'));
    }
  }
  if (config.use_sliding_window === true && config.layer_types === undefined) {
    problems.push(messages.unsupportedConfig(file, 'use_sliding_window', 'depends on the numbers of layers'));
  }
  const changed: Record<string, unknown> = { ...config, [layerCountField(config)]: layers.length };
  const types = config.layer_types;
  if (types !== undefined && types !== null) {
    if (!Array.isArray(types) || types.length !== config[layerCountField(config)]) {
      problems.push(
        architectureMessages.invalidConfig.field(
          file,
          'layer_types',
          types,
          'a list with an entry for each layer',
        ),
      );
    } else {
      changed.layer_types = layers.map((layer) => (types as readonly unknown[])[layer]);
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return changed;
}

import { join } from 'node:path';
import { isMissing, type Problem, readRegular, UserError } from '@evalgraph/formats';
import { initMessages as messages } from './messages.ts';

/** Real ones have a few kB; label maps of classifiers reach some 100 kB. */
const MAX_CONFIG_BYTES = 10_000_000;

export type RawConfig = Readonly<Record<string, unknown>>;

/** @throws UserError missing-config, invalid-config. */
export async function readConfig(folder: string): Promise<RawConfig> {
  const file = join(folder, 'config.json');
  try {
    return await readJsonObject(file, MAX_CONFIG_BYTES);
  } catch (error) {
    if (isMissing(error)) throw new UserError(messages.noConfig(folder));
    throw error;
  }
}

/** @throws UserError invalid-config; the file system's errors. */
export async function readJsonObject(file: string, limitBytes: number): Promise<RawConfig> {
  let value: unknown;
  try {
    value = JSON.parse((await readRegular(file, limitBytes)).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UserError(messages.configNotJson(file, error.message));
    throw error;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UserError(messages.configNotJson(file, 'another value stands there'));
  }
  return value as RawConfig;
}

/** The key that counts layers; GPT-2's family has names of its own. */
export function layerCountField(config: RawConfig): 'num_hidden_layers' | 'n_layer' {
  return config.num_hidden_layers === undefined && config.n_layer !== undefined
    ? 'n_layer'
    : 'num_hidden_layers';
}

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
      problems.push(messages.unsupported(file, field, 'depends on the numbers of layers'));
    }
  }
  if (config.use_sliding_window === true && config.layer_types === undefined) {
    problems.push(messages.unsupported(file, 'use_sliding_window', 'depends on the numbers of layers'));
  }
  const changed: Record<string, unknown> = { ...config, [layerCountField(config)]: layers.length };
  const types = config.layer_types;
  if (types !== undefined && types !== null) {
    if (!Array.isArray(types) || types.length !== config[layerCountField(config)]) {
      problems.push(messages.badField(file, 'layer_types', types, 'a list with an entry for each layer'));
    } else {
      changed.layer_types = layers.map((layer) => (types as readonly unknown[])[layer]);
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return changed;
}

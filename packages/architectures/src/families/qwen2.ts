/** Qwen2 (Yang and others 2024): Llama with biases on queries, keys and values; its upper layers may see a window. */
import type { ConfigFields } from '../config-fields.ts';
import { type Family, initializerRange } from '../family.ts';
import { describeLlama, LLAMA_TRAITS, llama } from './llama.ts';

const architecture = 'Qwen2ForCausalLM';

export const qwen2: Family = {
  architecture,
  modelType: 'qwen2',
  describe(config) {
    return describeLlama(architecture, config, {
      ...LLAMA_TRAITS,
      defaultKvHeads: 32,
      defaultMaxPositions: 32_768,
      qkvBias: true,
      window: readQwenWindows(config),
    });
  },
  initialStd: initializerRange,
  example: { ...llama.example, num_key_value_heads: 2 },
};

/** Nothing slides unless `use_sliding_window`; then `layer_types` says which layers do, or those from max_window_layers on. */
export function readQwenWindows(config: ConfigFields): (layer: number) => number | null {
  const { raw } = config;
  if (!config.flag('use_sliding_window', false) || raw.sliding_window === null) return () => null;
  const window = config.count('sliding_window', 4096);
  const types: unknown = raw.layer_types ?? null;
  if (Array.isArray(types)) return (layer) => (types[layer] === 'sliding_attention' ? window : null);
  if (types !== null) config.refuse('layer_types', types, 'a list with an entry for each layer');
  const first = raw.max_window_layers === 0 ? 0 : config.count('max_window_layers', 28);
  return (layer) => (layer >= first ? window : null);
}

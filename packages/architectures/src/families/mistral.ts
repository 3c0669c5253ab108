/** Mistral (Jiang and others 2023): Llama without biases, whose layers see a window of the tokens before them. */
import { type Family, initializerRange } from '../family.ts';
import { describeLlama, LLAMA_TRAITS, llama } from './llama.ts';

const architecture = 'MistralForCausalLM';

export const mistral: Family = {
  architecture,
  modelType: 'mistral',
  describe(config) {
    // A null switches the window off; a missing field is transformers' default.
    const window = config.raw.sliding_window === null ? null : config.count('sliding_window', 4096);
    return describeLlama(architecture, config, {
      ...LLAMA_TRAITS,
      defaultKvHeads: 8,
      defaultMaxPositions: 131_072,
      window: () => window,
    });
  },
  initialStd: initializerRange,
  example: { ...llama.example, num_key_value_heads: 2 },
};

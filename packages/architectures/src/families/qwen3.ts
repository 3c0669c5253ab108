/** Qwen3 (Yang and others 2025): Llama whose queries and keys are normed head by head before they are rotated. */
import { type Family, initializerRange } from '../family.ts';
import { describeLlama, LLAMA_TRAITS, llama } from './llama.ts';
import { readQwenWindows } from './qwen2.ts';

const architecture = 'Qwen3ForCausalLM';

export const qwen3: Family = {
  architecture,
  modelType: 'qwen3',
  describe(config) {
    const attentionBias = config.flag('attention_bias', false);
    return describeLlama(architecture, config, {
      ...LLAMA_TRAITS,
      defaultKvHeads: 32,
      defaultHeadDim: 128,
      defaultMaxPositions: 32_768,
      qkvBias: attentionBias,
      outputBias: attentionBias,
      headNorms: true,
      window: readQwenWindows(config),
    });
  },
  initialStd: initializerRange,
  example: { ...llama.example, num_key_value_heads: 2 },
};

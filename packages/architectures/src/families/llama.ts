/**
 * Llama (Touvron and others 2023), and what has its tensors. A layer norms what it reads (RMSNorm), attends with
 * rotated queries and keys, and adds a gated perceptron. Grouped keys came with Llama 2.
 */
import { type Decoder, type Layer, linear, type Norm } from '../blocks.ts';
import type { ConfigFields } from '../config-fields.ts';
import { type Family, initializerRange } from '../family.ts';
import { readRotary } from '../rotary.ts';

/** What tells the families with Llama's tensors apart. Defaults are transformers', for fields that are missing. */
export interface LlamaTraits {
  readonly defaultKvHeads: 'heads' | number;
  readonly defaultHeadDim: 'hidden size / heads' | number;
  readonly defaultMaxPositions: number;
  readonly qkvBias: boolean;
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  readonly headNorms: boolean;
  /** The window of a layer; null: it sees all tokens before it. */
  readonly window: (layer: number) => number | null;
}

/** The plain form; a family names what it does otherwise. */
export const LLAMA_TRAITS: LlamaTraits = {
  defaultKvHeads: 'heads',
  defaultHeadDim: 'hidden size / heads',
  defaultMaxPositions: 2048,
  qkvBias: false,
  outputBias: false,
  mlpBias: false,
  headNorms: false,
  window: () => null,
};

/** The names of all layers' tensors are listed before anything is read; the deepest published models have some hundred. */
const MAX_LAYERS = 10_000;

const architecture = 'LlamaForCausalLM';

export const llama: Family = {
  architecture,
  modelType: 'llama',
  describe(config) {
    const attentionBias = config.flag('attention_bias', false);
    return describeLlama(architecture, config, {
      ...LLAMA_TRAITS,
      qkvBias: attentionBias,
      outputBias: attentionBias,
      mlpBias: config.flag('mlp_bias', false),
    });
  },
  initialStd: initializerRange,
  example: {
    vocab_size: 64,
    hidden_size: 32,
    intermediate_size: 48,
    num_hidden_layers: 2,
    num_attention_heads: 4,
  },
};

export function describeLlama(architecture: string, config: ConfigFields, traits: LlamaTraits): Decoder {
  const hiddenSize = config.count('hidden_size');
  const heads = config.count('num_attention_heads');
  const kvHeads = readKvHeads(config, heads, traits.defaultKvHeads);
  const { defaultHeadDim } = traits;
  const headDim = config.count(
    'head_dim',
    typeof defaultHeadDim === 'number' ? defaultHeadDim : Math.floor(hiddenSize / heads),
  );
  const innerSize = config.count('intermediate_size');
  const vocabSize = config.count('vocab_size');
  const maxPositions = config.count('max_position_embeddings', traits.defaultMaxPositions);
  const epsilon = config.positive('rms_norm_eps', 1e-6);
  const activation = config.word('hidden_act', 'silu');
  const norm = (name: string, size: number): Norm => ({ name, size, epsilon });
  const layer = (number: number): Layer => {
    const name = `model.layers.${number}`;
    const attention = `${name}.self_attn`;
    return {
      name,
      attentionNorm: norm(`${name}.input_layernorm`, hiddenSize),
      attention: {
        query: linear(`${attention}.q_proj`, hiddenSize, heads * headDim, traits.qkvBias),
        key: linear(`${attention}.k_proj`, hiddenSize, kvHeads * headDim, traits.qkvBias),
        value: linear(`${attention}.v_proj`, hiddenSize, kvHeads * headDim, traits.qkvBias),
        output: linear(`${attention}.o_proj`, heads * headDim, hiddenSize, traits.outputBias),
        headNorms: traits.headNorms
          ? { query: norm(`${attention}.q_norm`, headDim), key: norm(`${attention}.k_norm`, headDim) }
          : null,
        window: traits.window(number),
      },
      mlpNorm: norm(`${name}.post_attention_layernorm`, hiddenSize),
      mlp: {
        gate: linear(`${name}.mlp.gate_proj`, hiddenSize, innerSize, traits.mlpBias),
        up: linear(`${name}.mlp.up_proj`, hiddenSize, innerSize, traits.mlpBias),
        down: linear(`${name}.mlp.down_proj`, innerSize, hiddenSize, traits.mlpBias),
        activation,
      },
    };
  };
  const count = config.count('num_hidden_layers', undefined, MAX_LAYERS);
  const isTied = config.flag('tie_word_embeddings', false);
  return {
    architecture,
    vocabSize,
    hiddenSize,
    maxPositions,
    heads,
    kvHeads,
    headDim,
    rotary: readRotary(config, headDim, maxPositions),
    embedding: { name: 'model.embed_tokens' },
    layers: Array.from({ length: count }, (_, number) => layer(number)),
    norm: norm('model.norm', hiddenSize),
    head: isTied ? null : linear('lm_head', hiddenSize, vocabSize, false),
  };
}

/** A null is not the default, in any of these families: it means as many heads of keys as of queries. */
function readKvHeads(config: ConfigFields, heads: number, fallback: 'heads' | number): number {
  const isPlain = fallback === 'heads' || config.raw.num_key_value_heads === null;
  const kvHeads = config.count('num_key_value_heads', isPlain ? heads : fallback);
  if (heads % kvHeads !== 0) config.refuse('num_key_value_heads', kvHeads, `a divisor of ${heads} heads`);
  return kvHeads;
}

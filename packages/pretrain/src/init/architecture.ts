/** Which tensors a model of a config has, and how each begins: for models made from nothing. */
import { join } from 'node:path';
import { type Problem, UserError } from '@evalgraph/formats';
import type { RawConfig } from './config.ts';
import { initMessages as messages } from './messages.ts';
import type { Residual } from './settings.ts';

/** What a tensor's values are before training; `normal` has mean 0 and this standard deviation. */
export type Start = { readonly kind: 'normal'; readonly std: number } | { readonly kind: 'ones' | 'zeros' };

export interface NewTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly start: Start;
}

interface Traits {
  /** null: what the config's attention_bias says. */
  readonly qkvBias: boolean | null;
  readonly outputBias: boolean | null;
  readonly mlpBias: boolean | null;
  /** Norms of each head's queries and keys. */
  readonly headNorms: boolean;
  readonly kvHeads: 'heads' | number;
}

const ARCHITECTURES: Readonly<Record<string, Traits>> = {
  LlamaForCausalLM: { qkvBias: null, outputBias: null, mlpBias: null, headNorms: false, kvHeads: 'heads' },
  MistralForCausalLM: { qkvBias: false, outputBias: false, mlpBias: false, headNorms: false, kvHeads: 8 },
  Qwen2ForCausalLM: { qkvBias: true, outputBias: false, mlpBias: false, headNorms: false, kvHeads: 32 },
  Qwen3ForCausalLM: { qkvBias: null, outputBias: null, mlpBias: false, headNorms: true, kvHeads: 32 },
};

/**
 * - `plain`: every matrix, embedding and head included, is normal(0, initializer_range); norms are 1, biases 0:
 *   transformers' rule for these architectures.
 * - `scaled`: the two matrices that write to the residual stream (o_proj, down_proj) have
 *   initializer_range / sqrt(2 x layers) instead, so that its variance does not grow with depth (Radford and others
 *   2019, GPT-2).
 */

/** @throws UserError unknown-architecture, invalid-config: all that is wrong at once. */
export function newTensors(folder: string, config: RawConfig, residual: Residual): readonly NewTensor[] {
  const file = join(folder, 'config.json');
  const named: unknown = Array.isArray(config.architectures) ? config.architectures[0] : undefined;
  const traits =
    typeof named === 'string' && Object.hasOwn(ARCHITECTURES, named) ? ARCHITECTURES[named] : undefined;
  if (traits === undefined) {
    throw new UserError(messages.unknownArchitecture(file, named, Object.keys(ARCHITECTURES)));
  }
  const problems: Problem[] = [];
  const count = (field: string, fallback?: number): number => {
    const value = config[field] ?? fallback;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value < 2 ** 31)
      return value;
    problems.push(messages.badField(file, field, value, 'a whole number of at least 1'));
    return 1;
  };
  const flag = (field: string): boolean => {
    const value = config[field] ?? false;
    if (typeof value === 'boolean') return value;
    problems.push(messages.badField(file, field, value, 'true or false'));
    return false;
  };
  const hidden = count('hidden_size');
  const inner = count('intermediate_size');
  const layers = count('num_hidden_layers');
  const heads = count('num_attention_heads');
  const kvHeads = count('num_key_value_heads', traits.kvHeads === 'heads' ? heads : traits.kvHeads);
  const headDim = count('head_dim', named === 'Qwen3ForCausalLM' ? 128 : Math.floor(hidden / heads));
  const vocab = count('vocab_size');
  const std = config.initializer_range ?? 0.02;
  if (typeof std !== 'number' || !(std > 0 && std < 10)) {
    problems.push(messages.badField(file, 'initializer_range', std, 'a number above 0'));
  }
  if (heads % kvHeads !== 0) {
    problems.push(messages.badField(file, 'num_key_value_heads', kvHeads, `a divisor of ${heads} heads`));
  }
  const attentionBias = flag('attention_bias');
  const qkvBias = traits.qkvBias ?? attentionBias;
  const outputBias = traits.outputBias ?? attentionBias;
  const mlpBias = traits.mlpBias ?? flag('mlp_bias');
  const isTied = flag('tie_word_embeddings');
  if (problems.length > 0) throw new UserError(problems);

  const plain: Start = { kind: 'normal', std: std as number };
  const writing: Start =
    residual === 'plain' ? plain : { kind: 'normal', std: plain.std / Math.sqrt(2 * layers) };
  const linear = (
    name: string,
    rows: number,
    columns: number,
    bias: boolean,
    start: Start,
  ): readonly NewTensor[] => [
    { name: `${name}.weight`, shape: [rows, columns], start },
    ...(bias ? [{ name: `${name}.bias`, shape: [rows], start: { kind: 'zeros' } as const }] : []),
  ];
  const norm = (name: string, size: number): NewTensor => ({
    name: `${name}.weight`,
    shape: [size],
    start: { kind: 'ones' },
  });
  const layer = (at: string): readonly NewTensor[] => [
    norm(`${at}.input_layernorm`, hidden),
    ...linear(`${at}.self_attn.q_proj`, heads * headDim, hidden, qkvBias, plain),
    ...linear(`${at}.self_attn.k_proj`, kvHeads * headDim, hidden, qkvBias, plain),
    ...linear(`${at}.self_attn.v_proj`, kvHeads * headDim, hidden, qkvBias, plain),
    ...linear(`${at}.self_attn.o_proj`, hidden, heads * headDim, outputBias, writing),
    ...(traits.headNorms
      ? [norm(`${at}.self_attn.q_norm`, headDim), norm(`${at}.self_attn.k_norm`, headDim)]
      : []),
    norm(`${at}.post_attention_layernorm`, hidden),
    ...linear(`${at}.mlp.gate_proj`, inner, hidden, mlpBias, plain),
    ...linear(`${at}.mlp.up_proj`, inner, hidden, mlpBias, plain),
    ...linear(`${at}.mlp.down_proj`, hidden, inner, mlpBias, writing),
  ];
  return [
    { name: 'model.embed_tokens.weight', shape: [vocab, hidden], start: plain },
    ...Array.from({ length: layers }, (_, index) => layer(`model.layers.${index}`)).flat(),
    norm('model.norm', hidden),
    ...(isTied ? [] : linear('lm_head', vocab, hidden, false, plain)),
  ];
}

/**
 * A checkpoint small enough for tests: a Llama of two layers with seeded random weights, and a tokenizer with one
 * token a byte. Its numbers mean nothing; they only have to be the same every time.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const HIDDEN = 32;
const LAYERS = 2;
const MLP = 48;
const HEADS = 2;
const KV_HEADS = 1;
const HEAD_DIM = 16;
const VOCAB = 258;
const BOS = 256;
const EOS = 257;

/** Configuration and weights alone, for a tokenizer of another size. */
export function writeTinyWeights(folder: string, seed: number, vocabulary: number, more: object): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({ ...config(), vocab_size: vocabulary, ...more }),
  );
  writeFileSync(join(folder, 'model.safetensors'), safetensors(tensors(vocabulary), seed));
}

export function writeTinyModel(folder: string, seed: number): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config()));
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer()));
  writeFileSync(
    join(folder, 'tokenizer_config.json'),
    JSON.stringify({ tokenizer_class: 'PreTrainedTokenizerFast', bos_token: '<s>', eos_token: '</s>' }),
  );
  writeFileSync(join(folder, 'model.safetensors'), safetensors(tensors(VOCAB), seed));
}

function config(): object {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: HIDDEN,
    intermediate_size: MLP,
    num_hidden_layers: LAYERS,
    num_attention_heads: HEADS,
    num_key_value_heads: KV_HEADS,
    head_dim: HEAD_DIM,
    vocab_size: VOCAB,
    max_position_embeddings: 256,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    hidden_act: 'silu',
    tie_word_embeddings: true,
    bos_token_id: BOS,
    eos_token_id: EOS,
  };
}

function tensors(vocabulary: number): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>([
    ['model.embed_tokens.weight', [vocabulary, HIDDEN]],
    ['model.norm.weight', [HIDDEN]],
  ]);
  for (let layer = 0; layer < LAYERS; layer++) {
    const at = `model.layers.${layer}`;
    shapes.set(`${at}.input_layernorm.weight`, [HIDDEN]);
    shapes.set(`${at}.post_attention_layernorm.weight`, [HIDDEN]);
    shapes.set(`${at}.self_attn.q_proj.weight`, [HEADS * HEAD_DIM, HIDDEN]);
    shapes.set(`${at}.self_attn.k_proj.weight`, [KV_HEADS * HEAD_DIM, HIDDEN]);
    shapes.set(`${at}.self_attn.v_proj.weight`, [KV_HEADS * HEAD_DIM, HIDDEN]);
    shapes.set(`${at}.self_attn.o_proj.weight`, [HIDDEN, HEADS * HEAD_DIM]);
    shapes.set(`${at}.mlp.gate_proj.weight`, [MLP, HIDDEN]);
    shapes.set(`${at}.mlp.up_proj.weight`, [MLP, HIDDEN]);
    shapes.set(`${at}.mlp.down_proj.weight`, [HIDDEN, MLP]);
  }
  return shapes;
}

function safetensors(shapes: ReadonlyMap<string, readonly number[]>, seed: number): Buffer {
  const random = generator(seed);
  const header: Record<string, object> = {};
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [name, shape] of shapes) {
    const count = shape.reduce((product, size) => product * size, 1);
    const isNorm = shape.length === 1;
    const values = Float32Array.from({ length: count }, () => (isNorm ? 1 : (random() - 0.5) * 0.4));
    const bytes = Buffer.from(values.buffer);
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
    parts.push(bytes);
  }
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...parts]);
}

/** mulberry32: the same sequence for the same seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function tokenizer(): object {
  const special = (content: string, id: number): object => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false };
  return {
    version: '1.0',
    added_tokens: [special('<s>', BOS), special('</s>', EOS)],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: { '<s>': { id: '<s>', ids: [BOS], tokens: ['<s>'] } },
    },
    decoder: byteLevel,
    model: { type: 'BPE', vocab: byteVocabulary(), merges: [] },
  };
}

/** GPT-2's printable stand-ins for bytes: printable Latin-1 stands for itself, the rest follows from U+0100. */
export function byteVocabulary(): Record<string, number> {
  const vocabulary: Record<string, number> = {};
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    vocabulary[String.fromCodePoint(printable ? byte : next++)] = byte;
  }
  return vocabulary;
}

/**
 * The vocabulary in which an architecture is described: what a decoder is built of, with the names that its tensors
 * have in transformers' checkpoints. It is data: the engine makes a graph of it, `init` makes weights.
 */
import type { Rotary } from './rotary.ts';

/** A table of one row a token; its tensor is `<name>.weight`, [vocabSize, hiddenSize]. */
export interface Embedding {
  readonly name: string;
}

/** A product with `<name>.weight`, [outputs, inputs], and where it has one the sum with `<name>.bias`, [outputs]. */
export interface Linear {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly bias: boolean;
}

/** Zhang and Sennrich 2019 (RMSNorm): divides by the root mean square, multiplies by `<name>.weight`, [size]. */
export interface Norm {
  readonly name: string;
  readonly size: number;
  readonly epsilon: number;
}

/** Grouped-query attention (Ainslie and others 2023); with as many heads of keys as of queries it is the plain one. */
export interface Attention {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  /** Writes to the residual stream. */
  readonly output: Linear;
  /** Norms of each head's queries and keys, before they are rotated; null where there are none. */
  readonly headNorms: { readonly query: Norm; readonly key: Norm } | null;
  /** How many tokens back a token sees, itself included; null: all. */
  readonly window: number | null;
}

/** Shazeer 2020 (GLU variants): down(activation(gate(x)) * up(x)). */
export interface GatedMlp {
  readonly gate: Linear;
  readonly up: Linear;
  /** Writes to the residual stream. */
  readonly down: Linear;
  /** The name that config.json gives it, such as `silu`. */
  readonly activation: string;
}

/** x + attention(norm(x)), and of that y: y + mlp(norm(y)). */
export interface Layer {
  /** What the names of its tensors begin with, such as `model.layers.0`. */
  readonly name: string;
  readonly attentionNorm: Norm;
  readonly attention: Attention;
  readonly mlpNorm: Norm;
  readonly mlp: GatedMlp;
}

/** A model: token ids in, logits out. */
export interface Decoder {
  /** The name in config.json's `architectures`. */
  readonly architecture: string;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  /** The longest input, in tokens, that the model was made for. */
  readonly maxPositions: number;
  readonly heads: number;
  /** Heads of keys and values; a divisor of `heads`. */
  readonly kvHeads: number;
  readonly headDim: number;
  readonly rotary: Rotary;
  readonly embedding: Embedding;
  /** Bottom up. */
  readonly layers: readonly Layer[];
  readonly norm: Norm;
  /** null: the head is the embedding, transposed. */
  readonly head: Linear | null;
}

export function linear(name: string, inputs: number, outputs: number, bias: boolean): Linear {
  return { name, inputs, outputs, bias };
}

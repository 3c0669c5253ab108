/** Where a tensor stands in a model, by its name: its layer, its kind, and what papers count it among. */

/** Papers' sparsity is of `linear` alone; `embedding` and `head` are shown apart, `other` is norms, biases and the like. */
export type TensorGroup = 'linear' | 'embedding' | 'head' | 'other';

export interface TensorPlace {
  readonly group: TensorGroup;
  /** Number of the layer, null outside the layers. */
  readonly layer: number | null;
  /** The name without what is before the layer's number and without ".weight": "self_attn.q_proj". */
  readonly kind: string;
}

const EMBEDDING =
  /(^|\.)(embed_tokens|wte|wpe|embed_in|embed_positions|word_embeddings|position_embeddings)\.weight$/;
const HEAD = /(^|\.)(lm_head|embed_out)\.weight$/;
const LAYER = /(?:^|\.)(?:layers|layer|h|blocks|block)\.(\d+)\.(.+)$/;

export function placeOf(name: string, isLinear: boolean): TensorPlace {
  const inLayer = LAYER.exec(name);
  // The experts of a mixture are of one kind.
  const kind = (inLayer?.[2] ?? name).replace(/\.weight$/, '').replace(/\.\d+(?=\.|$)/g, '.*');
  return {
    group: isLinear ? 'linear' : EMBEDDING.test(name) ? 'embedding' : HEAD.test(name) ? 'head' : 'other',
    layer: inLayer?.[1] === undefined ? null : Number(inLayer[1]),
    kind,
  };
}

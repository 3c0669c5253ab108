/**
 * Where a tensor stands in a model: its layer, its kind, and what papers count it among. A described model says it
 * itself. Of any other the names tell it, as transformers' families choose them.
 */
import type { Problem } from '@evalgraph/formats';
import type { RawConfig } from './config-fields.ts';
import { describeModel, familyOf } from './describe.ts';
import { tensorsOf } from './tensors.ts';

/** Papers' sparsity is of `linear` alone; `embedding` and `head` are shown apart, `other` is norms, biases and the like. */
export type TensorGroup = 'linear' | 'embedding' | 'head' | 'other';

export interface TensorPlace {
  readonly group: TensorGroup;
  /** Number of the layer, null outside the layers. */
  readonly layer: number | null;
  /** The name without what is before the layer's number and without ".weight": "self_attn.q_proj". */
  readonly kind: string;
}

/** The place of a tensor by its name and shape; null: a mask or a table that stands among the weights. */
export type FindPlace = (name: string, shape: readonly number[]) => TensorPlace | null;

const EMBEDDING =
  /(^|\.)(embed_tokens|wte|wpe|embed_in|embed_positions|word_embeddings|position_embeddings)\.weight$/;
const HEAD = /(^|\.)(lm_head|embed_out)\.weight$/;
const NORM = /(^|\.)[a-z_]*(norm|ln)[a-z_0-9]*\.weight$/;

/** Masks and tables that old GPT-2 and GPT-NeoX files carry among the weights: no parameters, half of them zeros. */
const BUFFER = /(^|\.)(attn|attention)\.(bias|masked_bias)$|\.rotary_emb\.inv_freq$/;

// `model.layers.3.mlp.up_proj.weight`, `transformer.h.3.…`, `gpt_neox.layers.3.…`, `model.decoder.layers.3.…`
const LAYER = /^((?:.*?\.)?(?:layers?|h|blocks?)\.)(\d{1,6})(\..+)$/;

/** A tensor's name, cut at the number of its layer. */
export interface LayerName {
  readonly prefix: string;
  readonly layer: number;
  readonly suffix: string;
}

/** null where the tensor belongs to no layer. */
export function layerName(tensor: string): LayerName | null {
  const match = LAYER.exec(tensor);
  if (match === null) return null;
  const [, prefix = '', layer = '', suffix = ''] = match;
  return { prefix, layer: Number(layer), suffix };
}

/** The key that counts layers; GPT-2's family has names of its own. */
export function layerCountField(config: RawConfig): 'num_hidden_layers' | 'n_layer' {
  return config.num_hidden_layers === undefined && config.n_layer !== undefined
    ? 'n_layer'
    : 'num_hidden_layers';
}

/** Goes by the name alone. What has two dimensions and is neither embedding nor head nor norm is linear, as is GPT-2's Conv1D. */
export const placeByName: FindPlace = (name, shape) => {
  // A projection's own bias is called `attn.bias` in no family; there it is a mask of four dimensions or a scalar.
  if (BUFFER.test(name) && (shape.length !== 1 || name.endsWith('inv_freq'))) return null;
  return placeOf(name, groupByName(name, shape));
};

/** @param config the model's config.json; null: there is none */
export function placesIn(config: RawConfig | null): FindPlace {
  const groups = config === null ? null : describedGroups(config);
  if (groups === null) return placeByName;
  return (name, shape) => {
    const group = groups.get(name);
    const isAsDescribed = group !== undefined && (group !== 'linear' || shape.length === 2);
    return isAsDescribed ? placeOf(name, group) : placeByName(name, shape);
  };
}

/** null: the model is of no described family, or its config is wrong. */
function describedGroups(config: RawConfig): ReadonlyMap<string, TensorGroup> | null {
  const family = familyOf(config);
  if (family === null) return null;
  const problems: Problem[] = [];
  const model = describeModel(family, 'config.json', config, problems);
  if (problems.length > 0) return null;
  return new Map(
    tensorsOf(model).map(({ name, role }) => [name, role === 'norm' || role === 'bias' ? 'other' : role]),
  );
}

function groupByName(name: string, shape: readonly number[]): TensorGroup {
  if (EMBEDDING.test(name)) return 'embedding';
  if (HEAD.test(name)) return 'head';
  return shape.length === 2 && !NORM.test(name) ? 'linear' : 'other';
}

function placeOf(name: string, group: TensorGroup): TensorPlace {
  const inLayer = layerName(name);
  const own = inLayer === null ? name : inLayer.suffix.slice(1);
  // The experts of a mixture are of one kind.
  const kind = own.replace(/\.weight$/, '').replace(/\.\d+(?=\.|$)/g, '.*');
  return { group, layer: inLayer?.layer ?? null, kind };
}

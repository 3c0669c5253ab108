/** Source tensors -> the tensors of a model with other layers, in order. Names and places only; no byte is read. */
import { layerName } from '@evalgraph/architectures';
import {
  readTensorBytes,
  type TensorSource,
  UserError,
  type WeightEntry,
  type Weights,
} from '@evalgraph/formats';
import { messages } from './messages.ts';

/** A tensor of the new model and the source's tensor that it is a copy of. */
export interface CopiedTensor {
  readonly name: string;
  readonly source: WeightEntry;
}

/** Every tensor as it is. */
export function copiedTensors(weights: Weights): readonly CopiedTensor[] {
  return [...weights.tensors].map(([name, source]) => ({ name, source }));
}

/** Layers of the source: one more than the highest number. @throws UserError no-layers. */
export function countLayers(folder: string, weights: Weights): number {
  const numbers = [...weights.tensors.keys()].flatMap((name) => layerName(name)?.layer ?? []);
  if (numbers.length === 0) throw new UserError(messages.noLayers(folder));
  return numbers.reduce((most, number) => Math.max(most, number), 0) + 1;
}

/**
 * The tensors of a model whose layers are these of the source; all that belongs to no layer is copied.
 * @param layers the source layer of each new layer. @throws UserError missing-tensor (a damaged source).
 */
export function depthTensors(weights: Weights, layers: readonly number[]): readonly CopiedTensor[] {
  const outside: CopiedTensor[] = [];
  // Every name with its number taken out, in the order of the first layer that has it.
  const kinds = new Map<string, { readonly prefix: string; readonly suffix: string }>();
  for (const [name, source] of weights.tensors) {
    const parts = layerName(name);
    if (parts === null) outside.push({ name, source });
    else kinds.set(`${parts.prefix}*${parts.suffix}`, parts);
  }
  const inside = layers.flatMap((layer, index) =>
    [...kinds.values()].map(({ prefix, suffix }) => {
      const wanted = `${prefix}${layer}${suffix}`;
      const source = weights.tensors.get(wanted);
      if (source === undefined) throw new UserError(messages.missingTensor(wanted));
      return { name: `${prefix}${index}${suffix}`, source };
    }),
  );
  return [...outside, ...inside];
}

export function copiedTensorSource({ name, source }: CopiedTensor): TensorSource {
  return { name, dtype: source.dtype, shape: source.shape, bytes: () => readTensorBytes(source) };
}

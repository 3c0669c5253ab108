/** Every tensor of a described model. */
import type { Decoder, Layer, Linear, Norm } from './blocks.ts';

/**
 * What a tensor is. `linear` are the matrices of the layers' projections: what pruning papers count and prune (Wanda,
 * SparseGPT and their successors leave embedding and head out).
 */
export type TensorRole = 'linear' | 'embedding' | 'head' | 'norm' | 'bias';

export interface ModelTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly role: TensorRole;
  /** Number of its layer, from 0; null outside the layers. */
  readonly layer: number | null;
  /** Whether it is the matrix of a projection whose result is added to the residual stream. */
  readonly isResidual: boolean;
}

/** The order is fixed, and `init` writes it: a bias comes after its matrix, layers stand bottom up. */
export function tensorsOf(model: Decoder): readonly ModelTensor[] {
  const { embedding, hiddenSize, vocabSize, layers, norm, head } = model;
  const outside = { layer: null, isResidual: false };
  return [
    { name: `${embedding.name}.weight`, shape: [vocabSize, hiddenSize], role: 'embedding', ...outside },
    ...layers.flatMap(layerTensors),
    normTensor(norm, null),
    ...(head === null ? [] : linearTensors(head, null, 'head')),
  ];
}

/** The projections of a layer. */
export function linearsOf({ attention, mlp }: Layer): readonly Linear[] {
  return [attention.query, attention.key, attention.value, attention.output, mlp.gate, mlp.up, mlp.down];
}

function layerTensors({ attentionNorm, attention, mlpNorm, mlp }: Layer, layer: number): ModelTensor[] {
  const { query, key, value, output, headNorms } = attention;
  const linears = (...list: readonly Linear[]): ModelTensor[] =>
    list.flatMap((one) => linearTensors(one, layer, 'linear', one === output || one === mlp.down));
  return [
    normTensor(attentionNorm, layer),
    ...linears(query, key, value, output),
    ...(headNorms === null ? [] : [normTensor(headNorms.query, layer), normTensor(headNorms.key, layer)]),
    normTensor(mlpNorm, layer),
    ...linears(mlp.gate, mlp.up, mlp.down),
  ];
}

function normTensor({ name, size }: Norm, layer: number | null): ModelTensor {
  return { name: `${name}.weight`, shape: [size], role: 'norm', layer, isResidual: false };
}

function linearTensors(
  { name, inputs, outputs, bias }: Linear,
  layer: number | null,
  role: 'linear' | 'head',
  isResidual = false,
): ModelTensor[] {
  return [
    { name: `${name}.weight`, shape: [outputs, inputs], role, layer, isResidual },
    ...(bias
      ? [{ name: `${name}.bias`, shape: [outputs], role: 'bias', layer, isResidual: false } as const]
      : []),
  ];
}

/**
 * A decoder as an ONNX graph: token ids, positions, a bias on attention scores and the buffers of keys and values in;
 * log-probabilities of the asked tokens and the greedy token of the asked rows out. Rotation happens outside
 * GroupQueryAttention (its own is wrong where positions are not the rows' order), the wanted rows are gathered before
 * the final norm and the head, everything is computed in float32.
 */
import type { Decoder } from '@evalgraph/architectures';
import { type GraphBuilder, graphBuilder } from './graph-builder.ts';
import { COLUMN_SHAPE, FLAT_SHAPE, GRAPH_NAMES, HEADS_SHAPE } from './graph-names.ts';
import { addLayer } from './layer-graph.ts';
import { encodeModel, type IntegerTensor, type ValueInfo } from './onnx.ts';
import type { ModelWeights } from './weights.ts';

/** @returns a ModelProto whose initializers lie in the weights' files. */
export function buildGraph(model: Decoder, weights: ModelWeights): Uint8Array {
  const build = graphBuilder(weights);
  let hidden = build.rowsOf(`${model.embedding.name}.weight`, GRAPH_NAMES.tokens);
  for (const number of model.layers.keys()) hidden = addLayer(build, model, number, hidden);
  addHead(build, model, hidden);
  return encodeModel({
    nodes: build.nodes,
    inputs: graphInputs(model),
    outputs: graphOutputs(model),
    weights: [...weights.tensors.values()],
    constants: shapes(model),
  });
}

function shapes({ kvHeads, headDim, hiddenSize }: Decoder): readonly IntegerTensor[] {
  return [
    // 0 keeps batch and sequence as they are.
    { name: HEADS_SHAPE, shape: [4], values: [0, 0, kvHeads, headDim] },
    // Lets rows be gathered over batch and sequence alike.
    { name: FLAT_SHAPE, shape: [2], values: [-1, hiddenSize] },
    { name: COLUMN_SHAPE, shape: [2], values: [-1, 1] },
  ];
}

function addHead(build: GraphBuilder, { embedding, norm, head, ...sizes }: Decoder, hidden: string): void {
  const flat = build.add('Reshape', [hidden, FLAT_SHAPE]);
  const rows = build.add('Gather', [flat, GRAPH_NAMES.rows], { axis: 0 });
  const tied = { ...embedding, inputs: sizes.hiddenSize, outputs: sizes.vocabSize, bias: false };
  const logits = build.linear(build.norm(rows, norm), head ?? tied, GRAPH_NAMES.logits);
  // ArgMax takes the first of equal values, as torch does on a CPU.
  const greedy = build.add('ArgMax', [logits], { axis: 1, keepdims: 0, select_last_index: 0 });
  // ReduceLogSumExp would add 1.6e-4 nats a token; LogSoftmax subtracts the maximum first.
  const logProbs = GRAPH_NAMES.logProbRows;
  build.addNamed('LogSoftmax', [logits], [logProbs], { axis: 1 });
  build.addNamed('Cast', [greedy], [GRAPH_NAMES.greedy], { to: 6 });
  build.addNamed('GatherND', [logProbs, GRAPH_NAMES.targets], [GRAPH_NAMES.logProbs]);
  const column = build.add('Reshape', [greedy, COLUMN_SHAPE]);
  build.addNamed('GatherElements', [logProbs, column], [GRAPH_NAMES.greedyLogProbs], { axis: 1 });
}

function graphInputs(model: Decoder): readonly ValueInfo[] {
  const names = GRAPH_NAMES;
  const half = model.rotary.dims / 2;
  const inputs: ValueInfo[] = [
    { name: names.tokens, type: 'int32', shape: ['batch', 'sequence'] },
    { name: names.positions, type: 'int64', shape: ['batch', 'sequence'] },
    { name: names.cos, type: 'float32', shape: ['positions', half] },
    { name: names.sin, type: 'float32', shape: ['positions', half] },
    { name: names.bias, type: 'float32', shape: [1, 1, 'sequence', 'keys'] },
    { name: names.lastKeys, type: 'int32', shape: ['batch'] },
    { name: names.totalKeys, type: 'int32', shape: [1] },
    { name: names.rows, type: 'int32', shape: ['rows'] },
    { name: names.targets, type: 'int64', shape: ['targets', 2] },
  ];
  return [...inputs, ...buffers(model, 'capacity', names.pastKey, names.pastValue)];
}

function graphOutputs(model: Decoder): readonly ValueInfo[] {
  const names = GRAPH_NAMES;
  const outputs: ValueInfo[] = [
    { name: names.logProbs, type: 'float32', shape: ['targets'] },
    { name: names.greedy, type: 'int32', shape: ['rows'] },
    { name: names.greedyLogProbs, type: 'float32', shape: ['rows', 1] },
    { name: names.logProbRows, type: 'float32', shape: ['rows', model.vocabSize] },
    { name: names.logits, type: 'float32', shape: ['rows', model.vocabSize] },
  ];
  return [...outputs, ...buffers(model, 'sequence', names.newKey, names.newValue)];
}

function buffers(
  { layers, kvHeads, headDim }: Decoder,
  rows: string,
  key: (layer: number) => string,
  value: (layer: number) => string,
): readonly ValueInfo[] {
  const shape = ['batch', kvHeads, rows, headDim] as const;
  return layers.flatMap((_, layer) =>
    [key(layer), value(layer)].map((name): ValueInfo => ({ name, type: 'float32', shape })),
  );
}

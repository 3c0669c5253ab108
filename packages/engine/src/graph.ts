/**
 * The decoder of the Llama family as an ONNX graph: token ids, positions, a bias on attention scores and the
 * buffers of keys and values in; log-probabilities of the asked tokens and the greedy token of the asked rows out.
 * Rotation happens outside GroupQueryAttention (its own is wrong where positions are not the rows' order), the
 * wanted rows are gathered before the final norm and the head, everything is computed in float32.
 */
import type { ModelConfig } from './config.ts';
import {
  type Attribute,
  encodeModel,
  type IntegerTensor,
  MICROSOFT,
  type Node,
  type ValueInfo,
} from './onnx.ts';
import type { ModelWeights } from './weights.ts';

/** Names of inputs and outputs that the session feeds and fetches. */
export const GRAPH_NAMES = {
  tokens: 'tokens',
  positions: 'positions',
  cos: 'cos',
  sin: 'sin',
  bias: 'bias',
  lastKeys: 'last_keys',
  totalKeys: 'total_keys',
  rows: 'rows',
  targets: 'targets',
  logProbs: 'log_probs',
  greedy: 'greedy',
  greedyLogProbs: 'greedy_log_probs',
  logProbRows: 'log_prob_rows',
  logits: 'logits',
  pastKey: (layer: number): string => `past_key.${layer}`,
  pastValue: (layer: number): string => `past_value.${layer}`,
  newKey: (layer: number): string => `new_key.${layer}`,
  newValue: (layer: number): string => `new_value.${layer}`,
} as const;

interface GraphBuilder {
  readonly nodes: Node[];
  /** Adds a node and returns its first output's name. */
  add(
    op: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
    domain?: string,
  ): string;
  /** Name of the weight as float32. */
  weight(name: string): string;
  linear(input: string, name: string, bias: boolean): string;
  norm(input: string, name: string): string;
}

/** @returns a ModelProto whose initializers lie in the weights' files. */
export function buildGraph(config: ModelConfig, weights: ModelWeights): Uint8Array {
  const build = graphBuilder(config, weights);
  const table = 'model.embed_tokens.weight';
  // Gathered in the stored type: a float32 copy of the whole table is made only where the head needs it.
  const gathered = build.add('Gather', [table, GRAPH_NAMES.tokens]);
  let hidden =
    weights.tensors.get(table)?.type === 'float32' ? gathered : build.add('Cast', [gathered], { to: 1 });
  for (let layer = 0; layer < config.layers; layer += 1) hidden = addLayer(build, config, layer, hidden);
  addHead(build, config, hidden);
  return encodeModel({
    nodes: build.nodes,
    inputs: graphInputs(config),
    outputs: graphOutputs(config),
    weights: [...weights.tensors.values()],
    constants: shapes(config),
  });
}

function addLayer(build: GraphBuilder, config: ModelConfig, layer: number, input: string): string {
  const prefix = `model.layers.${layer}`;
  const normed = build.norm(input, `${prefix}.input_layernorm.weight`);
  const project = (name: string): string =>
    build.linear(normed, `${prefix}.self_attn.${name}`, config.qkvBias);
  const rotate = (values: string, heads: number): string =>
    build.add(
      'RotaryEmbedding',
      [values, GRAPH_NAMES.positions, GRAPH_NAMES.cos, GRAPH_NAMES.sin],
      { interleaved: 0, num_heads: heads },
      MICROSOFT,
    );
  const attended = `${prefix}.attended`;
  const keys = rotate(project('k_proj'), config.kvHeads);
  const values = project('v_proj');
  addNewRows(build, keys, GRAPH_NAMES.newKey(layer));
  addNewRows(build, values, GRAPH_NAMES.newValue(layer));
  build.nodes.push({
    op: 'GroupQueryAttention',
    domain: MICROSOFT,
    inputs: [
      rotate(project('q_proj'), config.heads),
      keys,
      values,
      GRAPH_NAMES.pastKey(layer),
      GRAPH_NAMES.pastValue(layer),
      GRAPH_NAMES.lastKeys,
      GRAPH_NAMES.totalKeys,
      '',
      '',
      '',
      GRAPH_NAMES.bias,
    ],
    // The whole present stays inside: the binding would copy it out on every run.
    outputs: [attended, `${prefix}.present_key`, `${prefix}.present_value`],
    attributes: { num_heads: config.heads, kv_num_heads: config.kvHeads, do_rotary: 0 },
  });
  const afterAttention = build.add('Add', [
    input,
    build.linear(attended, `${prefix}.self_attn.o_proj`, config.outputBias),
  ]);
  const mlpInput = build.norm(afterAttention, `${prefix}.post_attention_layernorm.weight`);
  const gate = build.linear(mlpInput, `${prefix}.mlp.gate_proj`, config.mlpBias);
  const up = build.linear(mlpInput, `${prefix}.mlp.up_proj`, config.mlpBias);
  const activated = build.add('QuickGelu', [gate], { alpha: { float: 1 } }, MICROSOFT);
  const down = build.linear(build.add('Mul', [activated, up]), `${prefix}.mlp.down_proj`, config.mlpBias);
  return build.add('Add', [afterAttention, down]);
}

/** The keys or values of this run's rows, [batch, sequence, heads * dim] -> [batch, heads, sequence, dim]. */
function addNewRows(build: GraphBuilder, input: string, output: string): void {
  const split = build.add('Reshape', [input, HEADS_SHAPE]);
  build.nodes.push({
    op: 'Transpose',
    domain: '',
    inputs: [split],
    outputs: [output],
    attributes: { perm: [0, 2, 1, 3] },
  });
}

const HEADS_SHAPE = 'shape.heads';
const FLAT_SHAPE = 'shape.flat';
const COLUMN_SHAPE = 'shape.column';

function shapes(config: ModelConfig): readonly IntegerTensor[] {
  return [
    // 0 keeps batch and sequence as they are.
    { name: HEADS_SHAPE, shape: [4], values: [0, 0, config.kvHeads, config.headDim] },
    // Lets rows be gathered over batch and sequence alike.
    { name: FLAT_SHAPE, shape: [2], values: [-1, config.hiddenSize] },
    { name: COLUMN_SHAPE, shape: [2], values: [-1, 1] },
  ];
}

function addHead(build: GraphBuilder, config: ModelConfig, hidden: string): void {
  const flat = build.add('Reshape', [hidden, FLAT_SHAPE]);
  const rows = build.add('Gather', [flat, GRAPH_NAMES.rows], { axis: 0 });
  const normed = build.norm(rows, 'model.norm.weight');
  const head = config.tiedEmbeddings ? 'model.embed_tokens' : 'lm_head';
  const logits = named(build, build.linear(normed, head, false), GRAPH_NAMES.logits);
  // ArgMax takes the first of equal values, as torch does on a CPU.
  const greedy = build.add('ArgMax', [logits], { axis: 1, keepdims: 0, select_last_index: 0 });
  // ReduceLogSumExp would add 1.6e-4 nats a token; LogSoftmax subtracts the maximum first.
  const logProbs = GRAPH_NAMES.logProbRows;
  build.nodes.push(
    { op: 'LogSoftmax', domain: '', inputs: [logits], outputs: [logProbs], attributes: { axis: 1 } },
    {
      op: 'Cast',
      domain: '',
      inputs: [greedy],
      outputs: [GRAPH_NAMES.greedy],
      attributes: { to: 6 },
    },
    {
      op: 'GatherND',
      domain: '',
      inputs: [logProbs, GRAPH_NAMES.targets],
      outputs: [GRAPH_NAMES.logProbs],
      attributes: {},
    },
    {
      op: 'GatherElements',
      domain: '',
      inputs: [logProbs, build.add('Reshape', [greedy, COLUMN_SHAPE])],
      outputs: [GRAPH_NAMES.greedyLogProbs],
      attributes: { axis: 1 },
    },
  );
}

/** Gives the output of the node that was added last another name: the one it leaves the graph by. */
function named({ nodes }: GraphBuilder, output: string, name: string): string {
  const last = nodes.pop();
  if (last === undefined || last.outputs[0] !== output) throw new Error(`${output} is not the last node's`);
  nodes.push({ ...last, outputs: [name] });
  return name;
}

function graphBuilder(config: ModelConfig, weights: ModelWeights): GraphBuilder {
  const nodes: Node[] = [];
  const casts = new Map<string, string>();
  const build: GraphBuilder = {
    nodes,
    add(op, inputs, attributes = {}, domain = '') {
      const output = `${op}.${nodes.length}`;
      nodes.push({ op, domain, inputs, outputs: [output], attributes });
      return output;
    },
    weight(name) {
      if (weights.tensors.get(name)?.type === 'float32') return name;
      // Folded while loading: onnxruntime computes it once.
      const cast = casts.get(name) ?? build.add('Cast', [name], { to: 1 });
      casts.set(name, cast);
      return cast;
    },
    linear(input, name, bias) {
      const product = build.add(
        'FusedMatMul',
        [input, build.weight(`${name}.weight`)],
        { transB: 1, transA: 0, alpha: { float: 1 } },
        MICROSOFT,
      );
      return bias ? build.add('Add', [product, build.weight(`${name}.bias`)]) : product;
    },
    norm: (input, name) =>
      build.add('SimplifiedLayerNormalization', [input, build.weight(name)], {
        axis: -1,
        epsilon: { float: config.rmsEpsilon },
        stash_type: 1,
      }),
  };
  return build;
}

function graphInputs(config: ModelConfig): readonly ValueInfo[] {
  const names = GRAPH_NAMES;
  const half = config.headDim / 2;
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
  return [...inputs, ...buffers(config, 'capacity', names.pastKey, names.pastValue)];
}

function graphOutputs(config: ModelConfig): readonly ValueInfo[] {
  const names = GRAPH_NAMES;
  const outputs: ValueInfo[] = [
    { name: names.logProbs, type: 'float32', shape: ['targets'] },
    { name: names.greedy, type: 'int32', shape: ['rows'] },
    { name: names.greedyLogProbs, type: 'float32', shape: ['rows', 1] },
    { name: names.logProbRows, type: 'float32', shape: ['rows', config.vocabSize] },
    { name: names.logits, type: 'float32', shape: ['rows', config.vocabSize] },
  ];
  return [...outputs, ...buffers(config, 'sequence', names.newKey, names.newValue)];
}

function buffers(
  config: ModelConfig,
  rows: string,
  key: (layer: number) => string,
  value: (layer: number) => string,
): readonly ValueInfo[] {
  const shape = ['batch', config.kvHeads, rows, config.headDim] as const;
  return Array.from({ length: config.layers }, (_, layer) => [key(layer), value(layer)])
    .flat()
    .map((name) => ({ name, type: 'float32', shape }));
}

/** The nodes of one layer, made of its blocks. */
import type { Attention, Decoder, GatedMlp } from '@evalgraph/architectures';
import type { GraphBuilder } from './graph-builder.ts';
import { GRAPH_NAMES, HEADS_SHAPE } from './graph-names.ts';
import { MICROSOFT } from './onnx.ts';

/** Whether there are nodes for every block of the model. */
export function hasNodesFor({ layers }: Decoder): boolean {
  return layers.every(({ attention }) => attention.headNorms === null);
}

/** Adds layer `number` to the residual stream `input`, and returns the stream behind it. */
export function addLayer(build: GraphBuilder, model: Decoder, number: number, input: string): string {
  const layer = model.layers[number];
  if (layer === undefined) throw new RangeError(`no layer ${number}`);
  const normed = build.norm(input, layer.attentionNorm);
  const attended = addAttention(build, model, number, layer.attention, normed);
  const between = build.add('Add', [input, attended]);
  const mlp = addMlp(build, layer.mlp, build.norm(between, layer.mlpNorm));
  return build.add('Add', [between, mlp]);
}

function addAttention(
  build: GraphBuilder,
  { heads, kvHeads }: Decoder,
  layer: number,
  { query, key, value, output }: Attention,
  input: string,
): string {
  const rotate = (values: string, count: number): string =>
    build.add(
      'RotaryEmbedding',
      [values, GRAPH_NAMES.positions, GRAPH_NAMES.cos, GRAPH_NAMES.sin],
      { interleaved: 0, num_heads: count },
      MICROSOFT,
    );
  const keys = rotate(build.linear(input, key), kvHeads);
  const values = build.linear(input, value);
  addNewRows(build, keys, GRAPH_NAMES.newKey(layer));
  addNewRows(build, values, GRAPH_NAMES.newValue(layer));
  const attended = `attended.${layer}`;
  build.addNamed(
    'GroupQueryAttention',
    [
      rotate(build.linear(input, query), heads),
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
    [attended, `present_key.${layer}`, `present_value.${layer}`],
    { num_heads: heads, kv_num_heads: kvHeads, do_rotary: 0 },
    MICROSOFT,
  );
  return build.linear(attended, output);
}

function addMlp(build: GraphBuilder, { gate, up, down }: GatedMlp, input: string): string {
  const gated = build.linear(input, gate);
  const raised = build.linear(input, up);
  // With alpha 1 it is SiLU.
  const activated = build.add('QuickGelu', [gated], { alpha: { float: 1 } }, MICROSOFT);
  return build.linear(build.add('Mul', [activated, raised]), down);
}

/** The keys or values of this run's rows, [batch, sequence, heads * dim] -> [batch, heads, sequence, dim]. */
function addNewRows(build: GraphBuilder, input: string, output: string): void {
  const split = build.add('Reshape', [input, HEADS_SHAPE]);
  build.addNamed('Transpose', [split], [output], { perm: [0, 2, 1, 3] });
}

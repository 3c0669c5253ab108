/** Nodes of a graph, gathered one after the other, and the blocks that are a node or two each. */
import type { Linear, Norm } from '@evalgraph/architectures';
import { type Attribute, MICROSOFT, type Node } from './onnx.ts';
import type { ModelWeights } from './weights.ts';

type Attributes = Readonly<Record<string, Attribute>>;

export interface GraphBuilder {
  readonly nodes: readonly Node[];
  /** Adds a node and returns its output's name. */
  add(op: string, inputs: readonly string[], attributes?: Attributes, domain?: string): string;
  /** The same with names that are asked for: of what leaves the graph, or of several outputs. */
  addNamed(
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes?: Attributes,
    domain?: string,
  ): void;
  /** The rows of a table, as float32. A float32 copy of the whole table is made only where something else needs it. */
  rowsOf(table: string, rows: string): string;
  /** Gives its result the name `output` where one is asked for. */
  linear(input: string, linear: Linear, output?: string): string;
  norm(input: string, norm: Norm): string;
}

const CAST_TO_FLOAT32 = { to: 1 } as const;

export function graphBuilder(weights: ModelWeights): GraphBuilder {
  const nodes: Node[] = [];
  const casts = new Map<string, string>();
  const isFloat32 = (name: string): boolean => weights.tensors.get(name)?.type === 'float32';
  const addNamed: GraphBuilder['addNamed'] = (op, inputs, outputs, attributes = {}, domain = '') => {
    nodes.push({ op, domain, inputs, outputs, attributes });
  };
  const add: GraphBuilder['add'] = (op, inputs, attributes, domain) => {
    const output = `${op}.${nodes.length}`;
    addNamed(op, inputs, [output], attributes, domain);
    return output;
  };
  /** The name of a weight as float32. */
  const weight = (name: string): string => {
    if (isFloat32(name)) return name;
    // Folded while loading: onnxruntime computes it once.
    const cast = casts.get(name) ?? add('Cast', [name], CAST_TO_FLOAT32);
    casts.set(name, cast);
    return cast;
  };
  return {
    nodes,
    add,
    addNamed,
    rowsOf(table, rows) {
      const gathered = add('Gather', [table, rows]);
      return isFloat32(table) ? gathered : add('Cast', [gathered], CAST_TO_FLOAT32);
    },
    linear(input, { name, bias }, output) {
      const inputs = [input, weight(`${name}.weight`)];
      const attributes = { transB: 1, transA: 0, alpha: { float: 1 } } as const;
      const product = bias || output === undefined ? `FusedMatMul.${nodes.length}` : output;
      addNamed('FusedMatMul', inputs, [product], attributes, MICROSOFT);
      if (!bias) return product;
      const summands = [product, weight(`${name}.bias`)];
      const sum = output ?? `Add.${nodes.length}`;
      addNamed('Add', summands, [sum]);
      return sum;
    },
    norm: (input, { name, epsilon }) =>
      add('SimplifiedLayerNormalization', [input, weight(`${name}.weight`)], {
        axis: -1,
        epsilon: { float: epsilon },
        stash_type: 1,
      }),
  };
}

/**
 * ONNX messages as bytes: as much of onnx.proto as a decoder's graph needs. Knows no model.
 * Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import {
  bytesField,
  concat,
  type Encoded,
  floatField,
  integerField,
  messageField,
  textField,
} from './protobuf.ts';

export type ElementType = 'float32' | 'float16' | 'bfloat16' | 'int32' | 'int64';

const ELEMENT_CODES: Readonly<Record<ElementType, number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  float16: 10,
  bfloat16: 16,
};

/** ir_version 10 came with opset 21, the first with bfloat16 in Gather and Cast that onnxruntime runs here. */
const IR_VERSION = 10;
const OPSET = 21;
export const MICROSOFT = 'com.microsoft';

export type Attribute = number | string | { readonly float: number } | readonly number[];

export interface Node {
  readonly op: string;
  /** '' is ONNX's own domain. */
  readonly domain: string;
  /** '' leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** A plain number is an integer attribute, a list one of integers. */
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A graph's input or output; a text names a dimension that runs decide. */
export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
}

/** An initializer whose bytes stay in a file. */
export interface ExternalTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Relative to the folder that the session is told. */
  readonly location: string;
  readonly offset: number;
  readonly byteLength: number;
}

export interface IntegerTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly weights: readonly ExternalTensor[];
  readonly constants: readonly IntegerTensor[];
}

/** The bytes of a ModelProto. */
export function encodeModel(graph: Graph): Uint8Array {
  const parts = [
    ...graph.nodes.map((node) => messageField(1, encodeNode(node))),
    textField(2, 'decoder'),
    ...graph.weights.map((tensor) => messageField(5, encodeExternal(tensor))),
    ...graph.constants.map((tensor) => messageField(5, encodeIntegers(tensor))),
    ...graph.inputs.map((value) => messageField(11, encodeValueInfo(value))),
    ...graph.outputs.map((value) => messageField(12, encodeValueInfo(value))),
  ];
  return concat([
    integerField(1, IR_VERSION),
    messageField(8, [textField(1, ''), integerField(2, OPSET)]),
    messageField(8, [textField(1, MICROSOFT), integerField(2, 1)]),
    textField(2, 'evalgraph'),
    messageField(7, parts),
  ]);
}

function encodeNode(node: Node): readonly Encoded[] {
  return [
    ...node.inputs.map((name) => textField(1, name)),
    ...node.outputs.map((name) => textField(2, name)),
    // Names make onnxruntime's own error messages readable.
    textField(3, node.outputs[0] ?? ''),
    textField(4, node.op),
    ...Object.entries(node.attributes).map(([name, value]) => messageField(5, encodeAttribute(name, value))),
    textField(7, node.domain),
  ];
}

function encodeAttribute(name: string, value: Attribute): readonly Encoded[] {
  const [float, integer, text, integers] = [1, 2, 3, 7];
  const key = textField(1, name);
  if (typeof value === 'number') return [key, integerField(3, value), integerField(20, integer)];
  if (typeof value === 'string') return [key, textField(4, value), integerField(20, text)];
  if ('float' in value) return [key, floatField(2, value.float), integerField(20, float)];
  return [key, ...value.map((item) => integerField(8, item)), integerField(20, integers)];
}

function encodeExternal(tensor: ExternalTensor): readonly Encoded[] {
  const entries = { location: tensor.location, offset: tensor.offset, length: tensor.byteLength };
  return [
    ...tensor.shape.map((size) => integerField(1, size)),
    integerField(2, ELEMENT_CODES[tensor.type]),
    textField(8, tensor.name),
    ...Object.entries(entries).map(([key, value]) =>
      messageField(13, [textField(1, key), textField(2, String(value))]),
    ),
    integerField(14, 1),
  ];
}

function encodeIntegers(tensor: IntegerTensor): readonly Encoded[] {
  const values = BigInt64Array.from(tensor.values, BigInt);
  return [
    ...tensor.shape.map((size) => integerField(1, size)),
    integerField(2, ELEMENT_CODES.int64),
    textField(8, tensor.name),
    bytesField(9, new Uint8Array(values.buffer)),
  ];
}

function encodeValueInfo(value: ValueInfo): readonly Encoded[] {
  const dimensions = value.shape.map((size) =>
    messageField(1, [typeof size === 'number' ? integerField(1, size) : textField(2, size)]),
  );
  const type = messageField(1, [integerField(1, ELEMENT_CODES[value.type]), messageField(2, dimensions)]);
  return [textField(1, value.name), messageField(2, [type])];
}

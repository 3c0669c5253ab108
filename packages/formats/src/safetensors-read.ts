/**
 * Values of one tensor as float32, in pieces: for counting over models that do not fit into memory.
 * F64 is rounded; F32, F16 and BF16 are exact.
 */
import { UserError } from './errors.ts';
import { messages } from './messages.ts';
import { openRegular } from './regular-file.ts';
import type { SafetensorsDtype, Weights } from './safetensors.ts';

/** Large enough that reading, not the number of calls, takes the time; small against any model. */
const CHUNK_BYTES = 4 << 20;

const READABLE: readonly SafetensorsDtype[] = ['F32', 'F16', 'BF16', 'F64'];

/**
 * Yields the tensor's values in row-major order, some at a time (shape [n], n > 0). The array is reused: copy what
 * must outlive the step.
 * @throws UserError missing-tensor, unsupported-dtype, truncated-weights (the file shrank since it was opened).
 */
export async function* readTensor(
  weights: Weights,
  name: string,
): AsyncGenerator<Float32Array, void, undefined> {
  const entry = weights.tensors.get(name);
  if (entry === undefined) throw new UserError(messages.missingTensor(name));
  const { dtype } = entry;
  if (!READABLE.includes(dtype)) throw new UserError(messages.unsupportedDtype(name, dtype, READABLE));
  const elementBytes = dtype === 'F32' ? 4 : dtype === 'F64' ? 8 : 2;
  const bytes = new Uint8Array(Math.min(CHUNK_BYTES, entry.byteLength));
  const values = new Float32Array(bytes.length / elementBytes);
  const file = await openRegular(entry.file);
  try {
    for (let at = 0; at < entry.byteLength; at += bytes.length) {
      const wanted = Math.min(bytes.length, entry.byteLength - at);
      let got = 0;
      while (got < wanted) {
        const { bytesRead } = await file.read(bytes, got, wanted - got, entry.offset + at + got);
        if (bytesRead === 0) {
          const end = entry.offset + entry.byteLength;
          throw new UserError(messages.truncatedWeights.shorter(entry.file, end, (await file.stat()).size));
        }
        got += bytesRead;
      }
      const count = wanted / elementBytes;
      decodeFloats(dtype, bytes, values, count);
      yield values.subarray(0, count);
    }
  } finally {
    await file.close();
  }
}

function decodeFloats(dtype: SafetensorsDtype, bytes: Uint8Array, values: Float32Array, count: number): void {
  if (dtype === 'F32') {
    new Uint8Array(values.buffer, 0, count * 4).set(bytes.subarray(0, count * 4));
  } else if (dtype === 'F64') {
    values.set(new Float64Array(bytes.buffer, 0, count));
  } else if (dtype === 'BF16') {
    const halves = new Uint16Array(bytes.buffer, 0, count);
    const bits = new Uint32Array(values.buffer, 0, count);
    for (let i = 0; i < count; i += 1) bits[i] = (halves[i] ?? 0) << 16;
  } else {
    const halves = new Uint16Array(bytes.buffer, 0, count);
    const table = halfTable();
    for (let i = 0; i < count; i += 1) values[i] = table[halves[i] ?? 0] ?? 0;
  }
}

let halves: Float32Array | null = null;

/** Every IEEE 754 half (F16) as float32, by its 16 bits. */
function halfTable(): Float32Array {
  if (halves !== null) return halves;
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits += 1) {
    const sign = bits >= 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) table[bits] = fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    else if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else table[bits] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  halves = table;
  return table;
}

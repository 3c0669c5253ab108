/** The bytes of a tensor that begins from nothing, in pieces. */
import { createHash } from 'node:crypto';
import { type Draw, mersenneTwister, normalQuantile, type TensorSource } from '@evalgraph/formats';
import type { NewTensor } from './new-tensors.ts';

/** So many numbers are made at once. */
const PIECE = 1 << 20;

export type InitDtype = 'F32' | 'BF16';

/** @param seed a whole number; with the tensor's name it determines every value. */
export function newTensorSource(tensor: NewTensor, seed: number, dtype: InitDtype): TensorSource {
  return { name: tensor.name, dtype, shape: tensor.shape, bytes: () => pieces(tensor, seed, dtype) };
}

async function* pieces(
  { name, shape, start }: NewTensor,
  seed: number,
  dtype: InitDtype,
): AsyncGenerator<Uint8Array> {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = new Float32Array(Math.min(PIECE, count));
  const draw = tensorDraws(seed, name);
  for (let at = 0; at < count; at += values.length) {
    const part = values.subarray(0, Math.min(values.length, count - at));
    if (start.kind === 'normal') {
      for (let i = 0; i < part.length; i += 1) part[i] = start.std * normalOf(draw());
    } else {
      part.fill(start.kind === 'ones' ? 1 : 0);
    }
    yield dtype === 'F32' ? new Uint8Array(part.buffer, 0, part.byteLength) : toBfloat16(part);
  }
}

/** Draws for one tensor: by its name, so that neither order nor shards nor other tensors change its values. */
function tensorDraws(seed: number, name: string): Draw {
  const digest = createHash('sha256').update(`${seed}:${name}`).digest();
  return mersenneTwister(Array.from({ length: 8 }, (_, word) => digest.readUInt32LE(word * 4)));
}

/**
 * A standard normal number out of one draw, so that a tensor can be made in pieces of any size: the quantile of the middle of
 * the draw's cell of 2^-32.
 */
function normalOf(draw: number): number {
  return normalQuantile((draw + 0.5) / 2 ** 32);
}

/** Rounds finite float32 numbers to bfloat16, halves to even, as torch does. */
export function toBfloat16(values: Float32Array): Uint8Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i += 1) {
    const word = bits[i] ?? 0;
    halves[i] = (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return new Uint8Array(halves.buffer);
}

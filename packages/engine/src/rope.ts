/**
 * The table of cosines and sines that rotates queries and keys. Angles are float32, as in transformers: at position
 * 2000 an angle in float64 would differ by 1e-4.
 */
import { inverseFrequencies, type Rotary } from '@evalgraph/architectures';

export interface RopeTable {
  readonly positions: number;
  /** Shape [positions, rotary.dims / 2], both. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

export function ropeTable(rotary: Rotary, positions: number): RopeTable {
  const frequencies = inverseFrequencies(rotary);
  const half = frequencies.length;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let position = 0; position < positions; position += 1) {
    for (let i = 0; i < half; i += 1) {
      const angle = Math.fround(position * (frequencies[i] ?? 0));
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  }
  return { positions, cos, sin };
}

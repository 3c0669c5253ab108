/**
 * The table of cosines and sines that rotates queries and keys. It follows transformers' float32 arithmetic step
 * by step (frequencies, angles): at position 2000 an angle in float64 would differ by 1e-4.
 * Source: Su et al. 2021 (RoFormer); llama3 scaling: Llama 3.1's inference code.
 */
import type { ModelConfig } from './config.ts';

export interface RopeTable {
  readonly positions: number;
  /** Shape [positions, headDim / 2], both. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

export function ropeTable(config: ModelConfig, positions: number): RopeTable {
  const frequencies = inverseFrequencies(config);
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

/** Radians a position, by pair of values; shape [headDim / 2]. */
export function inverseFrequencies(config: ModelConfig): Float32Array {
  const { headDim, ropeTheta, ropeScaling: scaling } = config;
  const frequencies = new Float32Array(headDim / 2);
  for (let i = 0; i < frequencies.length; i += 1) {
    const base = Math.fround(1 / Math.fround(ropeTheta ** Math.fround((2 * i) / headDim)));
    frequencies[i] =
      scaling.type === 'default' ? base : scaling.type === 'linear' ? base / scaling.factor : stretch(base);
  }
  return frequencies;

  /** Long waves are slowed by the factor, short ones stay, those between are blended. */
  function stretch(base: number): number {
    if (scaling.type !== 'llama3') return base;
    const { factor, lowFreqFactor, highFreqFactor, originalMaxPositions } = scaling;
    const wavelength = (2 * Math.PI) / base;
    if (wavelength < originalMaxPositions / highFreqFactor) return base;
    if (wavelength > originalMaxPositions / lowFreqFactor) return base / factor;
    const smooth = (originalMaxPositions / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    return (1 - smooth) * (base / factor) + smooth * base;
  }
}

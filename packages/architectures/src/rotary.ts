/**
 * The rotary settings of config.json, in the spelling of transformers 4 (rope_theta, rope_scaling) and of
 * transformers 5 (rope_parameters), and the frequencies that they mean.
 */
import type { ConfigFields } from './config-fields.ts';

/** How the frequencies differ from those of the paper. */
export type RopeScaling =
  | { readonly type: 'default' }
  | { readonly type: 'linear'; readonly factor: number }
  | {
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      /** max_position_embeddings before the context was lengthened. */
      readonly originalMaxPositions: number;
    }
  /** A scaling of which only the name is known here, and the field that names it. */
  | { readonly type: 'other'; readonly name: unknown; readonly field: string };

/** Su and others 2021 (RoFormer). */
export interface Rotary {
  /** How many values of each head are rotated, from the first on; the others stay. */
  readonly dims: number;
  readonly theta: number;
  readonly scaling: RopeScaling;
}

/** transformers' default where config.json does not say. */
const DEFAULT_THETA = 10000;

export function readRotary(config: ConfigFields, headDim: number, maxPositions: number): Rotary {
  const { raw } = config;
  const field = (raw.rope_parameters ?? null) === null ? 'rope_scaling' : 'rope_parameters';
  const rope = config.object(field);
  const theta = rope.positive('rope_theta', raw.rope_theta ?? DEFAULT_THETA);
  const factor = rope.positive('partial_rotary_factor', raw.partial_rotary_factor ?? 1);
  const dims = Math.floor(headDim * factor);
  return { dims, theta, scaling: readScaling(rope, field, maxPositions) };
}

function readScaling(rope: ConfigFields, field: string, maxPositions: number): RopeScaling {
  const type = rope.raw.rope_type ?? rope.raw.type ?? 'default';
  if (type === 'default') return { type };
  if (type === 'linear') return { type, factor: rope.positive('factor') };
  if (type !== 'llama3') return { type: 'other', name: type, field: `${field}.rope_type` };
  return {
    type,
    factor: rope.positive('factor'),
    lowFreqFactor: rope.positive('low_freq_factor'),
    highFreqFactor: rope.positive('high_freq_factor'),
    originalMaxPositions: rope.positive('original_max_position_embeddings', maxPositions),
  };
}

/**
 * Radians a position, by pair of rotated values; shape [dims / 2]. It follows transformers' float32 arithmetic step
 * by step. llama3 scaling: Llama 3.1's inference code.
 */
export function inverseFrequencies({ dims, theta, scaling }: Rotary): Float32Array {
  return Float32Array.from({ length: dims / 2 }, (_, i) =>
    scaled(Math.fround(1 / Math.fround(theta ** Math.fround((2 * i) / dims))), scaling),
  );
}

function scaled(base: number, scaling: RopeScaling): number {
  if (scaling.type === 'other') throw new Error(`no frequencies are known for ${String(scaling.name)}`);
  if (scaling.type === 'default') return base;
  if (scaling.type === 'linear') return base / scaling.factor;
  // Long waves are slowed by the factor, short ones stay, those between are blended.
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositions } = scaling;
  const wavelength = (2 * Math.PI) / base;
  if (wavelength < originalMaxPositions / highFreqFactor) return base;
  if (wavelength > originalMaxPositions / lowFreqFactor) return base / factor;
  const smooth = (originalMaxPositions / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
  return (1 - smooth) * (base / factor) + smooth * base;
}

/**
 * The rotary settings of config.json, in the spelling of transformers 4 (rope_theta, rope_scaling) and of
 * transformers 5 (rope_parameters). Only scalings that change the frequencies once are supported: they go into the
 * cos/sin table; those that depend on the input's length do not.
 */
import type { Problem } from '@evalgraph/formats';
import { engineMessages as messages } from './messages.ts';

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
    };

const SUPPORTED = 'rope types default, linear and llama3';
/** transformers' default where config.json does not say. */
const DEFAULT_THETA = 10000;

/** Notes problems instead of throwing; what it returns then is not to be used. */
export function readRope(
  file: string,
  raw: Readonly<Record<string, unknown>>,
  maxPositions: number,
  problems: Problem[],
): { theta: number; scaling: RopeScaling } {
  const field =
    raw.rope_parameters === undefined || raw.rope_parameters === null ? 'rope_scaling' : 'rope_parameters';
  const parameters: unknown = raw[field] ?? {};
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) {
    problems.push(messages.badField(file, field, parameters, 'an object or null'));
    return { theta: DEFAULT_THETA, scaling: { type: 'default' } };
  }
  const values = parameters as Readonly<Record<string, unknown>>;
  const number = (name: string, fallback?: unknown): number => {
    const value = values[name] ?? fallback;
    if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value;
    problems.push(messages.badField(file, `${field}.${name}`, value, 'a number above 0'));
    return 1;
  };
  const theta = number('rope_theta', raw.rope_theta ?? DEFAULT_THETA);
  const type = values.rope_type ?? values.type ?? 'default';
  if (values.partial_rotary_factor !== undefined && values.partial_rotary_factor !== 1) {
    const found = values.partial_rotary_factor;
    problems.push(
      messages.unsupportedSetting(file, `${field}.partial_rotary_factor`, found, 'models without it'),
    );
  }
  if (type === 'default') return { theta, scaling: { type } };
  if (type === 'linear') return { theta, scaling: { type, factor: number('factor') } };
  if (type === 'llama3') {
    const scaling = {
      type,
      factor: number('factor'),
      lowFreqFactor: number('low_freq_factor'),
      highFreqFactor: number('high_freq_factor'),
      originalMaxPositions: number('original_max_position_embeddings', maxPositions),
    } as const;
    return { theta, scaling };
  }
  problems.push(messages.unsupportedSetting(file, `${field}.rope_type`, type, SUPPORTED));
  return { theta, scaling: { type: 'default' } };
}

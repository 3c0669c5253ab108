/** What a file in families/ holds. */
import type { Decoder } from './blocks.ts';
import type { ConfigFields, RawConfig } from './config-fields.ts';

export interface Family {
  /** The name in config.json's `architectures`. */
  readonly architecture: string;
  /** The name in config.json's `model_type`. */
  readonly modelType: string;
  /** What a config.json of the family means; mistakes are noted by `config`. */
  describe(config: ConfigFields): Decoder;
  /** Standard deviation of a matrix before training; biases begin as 0, weights of norms as 1. */
  initialStd(config: ConfigFields): number;
  /** A small config.json with no field but those that the family has no default for. */
  readonly example: RawConfig;
}

/** transformers' rule for most families. */
export function initializerRange(config: ConfigFields): number {
  const std = config.positive('initializer_range', 0.02);
  if (std >= 10) config.refuse('initializer_range', std, 'a number above 0, below 10');
  return std;
}

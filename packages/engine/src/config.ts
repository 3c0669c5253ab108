import { join } from 'node:path';
import { isMissing, type Problem, readRegular, UserError } from '@evalgraph/formats';
import { engineMessages as messages } from './messages.ts';
import { type RopeScaling, readRope } from './rope-config.ts';

/** Real ones have a few kB; label maps of classifiers reach some 100 kB. */
const MAX_CONFIG_BYTES = 10_000_000;

export interface ModelConfig {
  readonly architecture: Architecture;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values; a divisor of `heads`. */
  readonly kvHeads: number;
  readonly headDim: number;
  /** Positions that the model was made for: the longest input in tokens. */
  readonly maxPositions: number;
  readonly rmsEpsilon: number;
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling;
  readonly qkvBias: boolean;
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  /** The head is the embedding, transposed. */
  readonly tiedEmbeddings: boolean;
}

export type Architecture = 'LlamaForCausalLM' | 'MistralForCausalLM' | 'Qwen2ForCausalLM';

interface ArchitectureTraits {
  /** null: what the config's attention_bias says. */
  readonly qkvBias: boolean | null;
  readonly outputBias: boolean | null;
  /** transformers' default where config.json does not say. */
  readonly defaultKvHeads: 'heads' | number;
  /** Whether sliding_window applies; false where it is only read with use_sliding_window. */
  readonly slidingWindow: 'always' | 'if-used' | 'none';
}

const ARCHITECTURES: Readonly<Record<Architecture, ArchitectureTraits>> = {
  LlamaForCausalLM: { qkvBias: null, outputBias: null, defaultKvHeads: 'heads', slidingWindow: 'none' },
  MistralForCausalLM: { qkvBias: false, outputBias: false, defaultKvHeads: 8, slidingWindow: 'always' },
  Qwen2ForCausalLM: { qkvBias: true, outputBias: false, defaultKvHeads: 32, slidingWindow: 'if-used' },
};

/** What the engine computes, by the names in config.json's `architectures`. */
export const COMPUTED_ARCHITECTURES: readonly string[] = Object.keys(ARCHITECTURES);

/**
 * Reads `<folder>/config.json`.
 * @throws UserError missing-config, invalid-config, unknown-architecture, unsupported-config: all that is wrong at once.
 */
export async function readModelConfig(folder: string): Promise<ModelConfig> {
  const file = join(folder, 'config.json');
  return parseModelConfig(file, await readJsonObject(folder, file));
}

/** The same for a parsed config.json; `file` is for messages. */
export function parseModelConfig(file: string, raw: Readonly<Record<string, unknown>>): ModelConfig {
  const problems: Problem[] = [];
  const fields = fieldReader(file, raw, problems);
  const architecture = readArchitecture(file, raw);
  const traits = ARCHITECTURES[architecture];
  const hiddenSize = fields.count('hidden_size');
  const heads = fields.count('num_attention_heads');
  const kvHeads = fields.count(
    'num_key_value_heads',
    traits.defaultKvHeads === 'heads' ? heads : traits.defaultKvHeads,
  );
  const headDim = fields.count('head_dim', Math.floor(hiddenSize / heads));
  const maxPositions = fields.count('max_position_embeddings');
  if (heads % kvHeads !== 0) {
    problems.push(messages.badField(file, 'num_key_value_heads', kvHeads, `a divisor of ${heads} heads`));
  }
  // The kernel that rotates works on whole groups of eight values.
  if (headDim % 8 !== 0) {
    problems.push(messages.unsupportedSetting(file, 'head_dim', headDim, 'multiples of 8'));
  }
  const activation = raw.hidden_act ?? 'silu';
  if (activation !== 'silu')
    problems.push(messages.unsupportedSetting(file, 'hidden_act', activation, 'silu'));
  for (const field of ['quantization_config', 'partial_rotary_factor'] as const) {
    const value = raw[field];
    if (value !== undefined && value !== null && value !== 1) {
      problems.push(messages.unsupportedSetting(file, field, value, 'models without it'));
    }
  }
  refuseSlidingWindow(file, raw, traits, maxPositions, problems);
  const attentionBias = fields.flag('attention_bias', false);
  const rope = readRope(file, raw, maxPositions, problems);
  const config: ModelConfig = {
    architecture,
    vocabSize: fields.count('vocab_size'),
    hiddenSize,
    intermediateSize: fields.count('intermediate_size'),
    layers: fields.count('num_hidden_layers', undefined, MAX_LAYERS),
    heads,
    kvHeads,
    headDim,
    maxPositions,
    rmsEpsilon: fields.positive('rms_norm_eps', 1e-6),
    ropeTheta: rope.theta,
    ropeScaling: rope.scaling,
    qkvBias: traits.qkvBias ?? attentionBias,
    outputBias: traits.outputBias ?? attentionBias,
    mlpBias: architecture === 'LlamaForCausalLM' && fields.flag('mlp_bias', false),
    tiedEmbeddings: fields.flag('tie_word_embeddings', false),
  };
  if (problems.length > 0) throw new UserError(problems);
  return config;
}

function readArchitecture(file: string, raw: Readonly<Record<string, unknown>>): Architecture {
  const named: unknown = Array.isArray(raw.architectures) ? raw.architectures[0] : undefined;
  // Configs saved from a bare model name `LlamaModel` or nothing: model_type still tells the family.
  const found =
    typeof named === 'string' && named.endsWith('ForCausalLM') ? named : byModelType(raw.model_type);
  if (found !== undefined && Object.hasOwn(ARCHITECTURES, found)) return found as Architecture;
  throw new UserError(
    messages.unknownArchitecture(file, named ?? raw.model_type, Object.keys(ARCHITECTURES)),
  );
}

function byModelType(modelType: unknown): string | undefined {
  const names: Readonly<Record<string, Architecture>> = {
    llama: 'LlamaForCausalLM',
    mistral: 'MistralForCausalLM',
    qwen2: 'Qwen2ForCausalLM',
  };
  return typeof modelType === 'string' && Object.hasOwn(names, modelType) ? names[modelType] : undefined;
}

function refuseSlidingWindow(
  file: string,
  raw: Readonly<Record<string, unknown>>,
  traits: ArchitectureTraits,
  maxPositions: number,
  problems: Problem[],
): void {
  const used =
    traits.slidingWindow === 'always' ||
    (traits.slidingWindow === 'if-used' && raw.use_sliding_window === true);
  // Mistral's transformers default is 4096 where the key is absent.
  const window =
    raw.sliding_window === undefined && traits.slidingWindow === 'always' ? 4096 : raw.sliding_window;
  if (!used || window === null || window === undefined) return;
  if (typeof window === 'number' && window >= maxPositions) return;
  problems.push(
    messages.unsupportedSetting(
      file,
      'sliding_window',
      window,
      `null, or at least max_position_embeddings (${maxPositions})`,
    ),
  );
}

/** The names of all layers' tensors are listed before anything is read; the deepest published models have some hundred. */
const MAX_LAYERS = 10_000;
const MAX_COUNT = 2 ** 31 - 1;

interface FieldReader {
  /** A whole number from 1 to `most`. */
  count(name: string, fallback?: number, most?: number): number;
  positive(name: string, fallback: number): number;
  flag(name: string, fallback: boolean): boolean;
}

/** Notes a problem and goes on with 1, so that one reading finds every mistake. */
function fieldReader(file: string, raw: Readonly<Record<string, unknown>>, problems: Problem[]): FieldReader {
  const refuse = (name: string, expected: string): number => {
    problems.push(messages.badField(file, name, raw[name], expected));
    return 1;
  };
  return {
    count: (name, fallback, most = MAX_COUNT) => {
      const value = raw[name] ?? fallback;
      const legal = typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= most;
      return legal ? value : refuse(name, `a whole number from 1 to ${most}`);
    },
    positive: (name, fallback) => {
      const value = raw[name] ?? fallback;
      return typeof value === 'number' && value > 0 ? value : refuse(name, 'a number above 0');
    },
    flag: (name, fallback) => {
      const value = raw[name] ?? fallback;
      if (typeof value === 'boolean') return value;
      refuse(name, 'true or false');
      return fallback;
    },
  };
}

async function readJsonObject(folder: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  let text: string;
  try {
    text = (await readRegular(file, MAX_CONFIG_BYTES)).toString('utf8');
  } catch (error) {
    if (isMissing(error)) throw new UserError(messages.noConfig(folder));
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(messages.configNotJson(file, error instanceof Error ? error.message : String(error)));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UserError(messages.configNotJson(file, 'not an object'));
  }
  return value as Readonly<Record<string, unknown>>;
}

/**
 * How a checkpoint generates, as transformers reads it (generation/configuration_utils.py): generation_config.json, or
 * config.json where that is missing; what a task or a request sets goes before it. lm-eval's `generate` obeys these files
 * in greedy decoding as well. What we do not compute is refused by name when a text is generated, never left out.
 */
import { join } from 'node:path';
import { NO_PROCESSING, type Processing, type TokenBias } from '@evalgraph/engine/processing';
import { type JsonValue, type Problem, UserError } from '@evalgraph/formats';
import { GENERATION_FILE, type JsonObject, objectOf, readObject } from './files.ts';
import { messages } from './messages.ts';

/** Keys of transformers that a task's generation_kwargs, a drawing and a request may set; null switches one off. */
export type GenerationKeys = Readonly<Record<string, JsonValue>>;

/** A checkpoint's own settings, as they stand in its file. */
export interface GenerationFile {
  readonly path: string;
  readonly settings: JsonObject;
}

/** What one request's generation obeys. */
export interface GenerationRules {
  /** null: no rule changes a logit. */
  readonly processing: Processing | null;
  /** Ids that end a generation. */
  readonly eosTokens: ReadonlySet<number>;
  /** transformers lets it overrule the length that lm-eval asks for; null: it is not set. */
  readonly maxNewTokens: number | null;
  /** What a sampled generation takes where its task names none; 0 leaves every token in. */
  readonly topK: number;
  /** A number in (0, 1]. */
  readonly topP: number;
}

/** The place of a wrong value: a file, or the name of what set it. */
type Place = string;

/** @throws UserError where the file is no JSON object. */
export async function readGenerationFile(folder: string): Promise<GenerationFile> {
  const path = join(folder, GENERATION_FILE);
  const settings = await readObject(path);
  if (settings !== null) return { path, settings };
  const config = join(folder, 'config.json');
  return { path: config, settings: (await readObject(config)) ?? new Map() };
}

/**
 * @param keys what the task or the request sets, in transformers' names
 * @param isSampled whether tokens are drawn
 * @throws UserError unsupported-generation, bad-generation: all that is wrong at once.
 */
export function generationRules(
  file: GenerationFile,
  keys: GenerationKeys,
  isSampled: boolean,
): GenerationRules {
  const problems: Problem[] = [];
  const set = new Map<string, unknown>(Object.entries(keys));
  const value = (key: string): unknown => (set.has(key) ? set.get(key) : file.settings.get(key)) ?? null;
  const place = (key: string): Place => (set.has(key) ? 'generation_kwargs' : file.path);
  for (const [key, { isNeutral, why }] of Object.entries(isSampled ? SAMPLED_REFUSED : REFUSED)) {
    const found = value(key);
    if (found !== null && !isNeutral(found)) {
      problems.push(messages.unsupportedGeneration(place(key), key, found, why));
    }
  }
  refuseContrastive(value, place, isSampled, problems);
  const read = <T>(key: string, check: Check<T>): T => {
    const found = value(key);
    const checked = found === null ? check.off : check.read(found);
    if (checked !== undefined) return checked;
    problems.push(messages.badGeneration(place(key), key, found, check.says));
    return check.off;
  };
  const ends = read('eos_token_id', TOKENS) ?? [];
  const processing = readProcessing(read, ends);
  const rules = {
    processing: isNeutral(processing) ? null : processing,
    eosTokens: new Set(ends),
    maxNewTokens: read('max_new_tokens', POSITIVE_COUNT),
    // A greedy generation is not judged by what only sampled ones read.
    topK: isSampled ? read('top_k', TOP_K) : TOP_K.off,
    topP: isSampled ? read('top_p', SHARE) : SHARE.off,
  };
  if (problems.length > 0) throw new UserError(problems);
  return rules;
}

/** What is wrong with a key of generation_kwargs by itself; null: nothing. @param key one of PROCESSING_KEYS */
export function wrongGenerationKey(key: string, value: JsonValue): string | null {
  const check = PROCESSING_CHECKS[key];
  if (check === undefined || value === null || check.read(value) !== undefined) return null;
  return check.says;
}

interface Check<T> {
  /** undefined: the value is illegal. */
  readonly read: (value: unknown) => T | undefined;
  readonly off: T;
  readonly says: string;
}

function check<T>(off: T, says: string, read: (value: unknown) => T | undefined): Check<T> {
  return { off, says, read };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const counted = (value: unknown): number | undefined => (isCount(value) ? value : undefined);
const listed = (value: unknown): readonly number[] | undefined => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.every(isCount) ? list : undefined;
};

const COUNT = check(0, 'a whole number from 0', counted);
/** `generate` takes the 50 likeliest tokens where neither the call nor the checkpoint says how many. */
const TOP_K = check(50, 'a whole number from 0', counted);
const POSITIVE_COUNT = check<number | null>(null, 'a whole number above 0', (value) =>
  isCount(value) && value > 0 ? value : undefined,
);
const SHARE = check(1, 'a number above 0, up to 1', (value) =>
  typeof value === 'number' && value > 0 && value <= 1 ? value : undefined,
);
const PENALTY = check(1, 'a number above 0', (value) =>
  typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : undefined,
);
const TOKEN = check<number | null>(null, 'a token id', counted);
const TOKENS = check<readonly number[] | null>(null, 'a token id, or a list of token ids', listed);
const TOKEN_LIST = check<readonly number[]>([], 'a list of token ids', (value) =>
  Array.isArray(value) ? listed(value) : undefined,
);
const WORDS = check<readonly (readonly number[])[]>([], 'a list with lists of token ids', (value) => {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const words = (value as readonly unknown[]).map((word) => (Array.isArray(word) ? listed(word) : undefined));
  return words.every((word) => word !== undefined && word.length > 0)
    ? words.flatMap((word) => (word === undefined ? [] : [word]))
    : undefined;
});
const BIASES = check<readonly TokenBias[]>([], 'a list of [[token ids], number]', (value) => {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const biases = new Map<string, TokenBias>();
  for (const entry of value as readonly unknown[]) {
    const [word, bias] = Array.isArray(entry) ? (entry as readonly unknown[]) : [];
    const tokens = Array.isArray(word) ? listed(word) : undefined;
    if (tokens === undefined || tokens.length === 0 || typeof bias !== 'number') return undefined;
    biases.set(tokens.join(), { tokens, bias });
  }
  return [...biases.values()];
});
const DECAY = check<Processing['decay']>(null, '[a whole number from 0, a number]', (value) => {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [start, factor] = value as readonly unknown[];
  return isCount(start) && typeof factor === 'number' ? { start, factor } : undefined;
});
const FLAG = check(false, 'true or false', (value) => (typeof value === 'boolean' ? value : undefined));

/** Keys of transformers' that change a logit, and how each is read. */
const PROCESSING_CHECKS: Readonly<Record<string, Check<unknown>>> = {
  repetition_penalty: PENALTY,
  encoder_repetition_penalty: PENALTY,
  no_repeat_ngram_size: COUNT,
  encoder_no_repeat_ngram_size: COUNT,
  bad_words_ids: WORDS,
  sequence_bias: BIASES,
  min_length: COUNT,
  min_new_tokens: COUNT,
  forced_bos_token_id: TOKEN,
  forced_eos_token_id: TOKENS,
  remove_invalid_values: FLAG,
  exponential_decay_length_penalty: DECAY,
  suppress_tokens: TOKEN_LIST,
  begin_suppress_tokens: TOKEN_LIST,
};
export const PROCESSING_KEYS: readonly string[] = Object.keys(PROCESSING_CHECKS);

function readProcessing(read: <T>(key: string, check: Check<T>) => T, ends: readonly number[]): Processing {
  return {
    sequenceBias: read('sequence_bias', BIASES),
    encoderRepetitionPenalty: read('encoder_repetition_penalty', PENALTY),
    repetitionPenalty: read('repetition_penalty', PENALTY),
    noRepeatNgramSize: read('no_repeat_ngram_size', COUNT),
    encoderNoRepeatNgramSize: read('encoder_no_repeat_ngram_size', COUNT),
    badWords: read('bad_words_ids', WORDS),
    minLength: read('min_length', COUNT),
    minNewTokens: read('min_new_tokens', COUNT),
    forcedFirst: read('forced_bos_token_id', TOKEN),
    forcedLast: read('forced_eos_token_id', TOKENS),
    removeInvalid: read('remove_invalid_values', FLAG),
    decay: read('exponential_decay_length_penalty', DECAY),
    suppressed: read('suppress_tokens', TOKEN_LIST),
    suppressedFirst: read('begin_suppress_tokens', TOKEN_LIST),
    ends,
  };
}

/** Whether no rule is set: end tokens by themselves change nothing. */
function isNeutral({ ends: _, ...rules }: Processing): boolean {
  const { ends: __, ...neutral } = NO_PROCESSING;
  return JSON.stringify(rules) === JSON.stringify(neutral);
}

interface Refusal {
  readonly isNeutral: (value: unknown) => boolean;
  readonly why: string;
}

const never = (): boolean => false;
const off = (value: unknown): boolean => value === false;
const BEAMS = 'beams are not searched here.';
const STEPS = 'transformers generates in another way with it, which is not computed here.';

/** Keys that change a greedily generated text and that are not computed. */
const REFUSED: Readonly<Record<string, Refusal>> = {
  num_beams: { isNeutral: (value) => value === 1, why: BEAMS },
  num_beam_groups: { isNeutral: (value) => value === 1, why: BEAMS },
  constraints: { isNeutral: never, why: BEAMS },
  force_words_ids: { isNeutral: never, why: BEAMS },
  num_return_sequences: { isNeutral: (value) => value === 1, why: 'a request has one text.' },
  guidance_scale: { isNeutral: (value) => value === 1, why: 'the model would run twice for every token.' },
  watermarking_config: { isNeutral: never, why: 'watermarks are not computed here.' },
  token_healing: { isNeutral: off, why: 'the end of the prompt would be generated anew.' },
  dola_layers: { isNeutral: never, why: STEPS },
  use_mtp: { isNeutral: off, why: STEPS },
  prompt_lookup_num_tokens: { isNeutral: never, why: STEPS },
  assistant_early_exit: { isNeutral: never, why: STEPS },
  stop_strings: { isNeutral: never, why: 'lm-eval itself fails on it: stop strings are the task’s.' },
  max_time: { isNeutral: never, why: 'a text would depend on the speed of the machine.' },
  cache_implementation: {
    isNeutral: (value) => value !== 'quantized',
    why: 'a quantised cache gives other numbers.',
  },
};

/** The same for sampled texts: there are more. */
const SAMPLED_REFUSED: Readonly<Record<string, Refusal>> = {
  ...REFUSED,
  min_p: { isNeutral: (value) => value === 0, why: 'it is not drawn by here.' },
  top_h: { isNeutral: never, why: 'it is not drawn by here.' },
  typical_p: { isNeutral: (value) => value === 1, why: 'it is not drawn by here.' },
  epsilon_cutoff: { isNeutral: (value) => value === 0, why: 'it is not drawn by here.' },
  eta_cutoff: { isNeutral: (value) => value === 0, why: 'it is not drawn by here.' },
};

/** penalty_alpha with top_k above 1 is contrastive search. */
function refuseContrastive(
  value: (key: string) => unknown,
  place: (key: string) => Place,
  isSampled: boolean,
  problems: Problem[],
): void {
  const alpha = value('penalty_alpha');
  const topK = value('top_k') ?? TOP_K.off;
  if (isSampled || typeof alpha !== 'number' || alpha <= 0 || (typeof topK === 'number' && topK <= 1)) return;
  problems.push(messages.unsupportedGeneration(place('penalty_alpha'), 'penalty_alpha', alpha, STEPS));
}

/** Whether the file sets anything that changes a greedy text, for callers that need no value. */
export function changesGreedy(file: GenerationFile): boolean {
  try {
    const { processing, maxNewTokens } = generationRules(file, {}, false);
    return processing !== null || maxNewTokens !== null;
  } catch (error) {
    if (error instanceof UserError) return true;
    throw error;
  }
}

/** A map of JSON values as GenerationKeys reads it. */
export function generationKeys(value: unknown): GenerationKeys {
  return Object.fromEntries(objectOf(value) ?? []) as GenerationKeys;
}

/** The body of POST /v1/completions -> a strict CompletionRequest, or what is wrong with it. Pure. */
import { type GenerationKeys, wrongGenerationKey } from '@evalgraph/tokenizer/generation';
import { ApiFailure } from './api-failure.ts';
import { type ApiError, apiErrors } from './messages.ts';

export interface CompletionRequest {
  /** There is at least one prompt, a text or token ids. */
  readonly prompts: readonly (string | readonly number[])[];
  /** null: whichever is served. */
  readonly model: string | null;
  readonly maxTokens: number;
  /** Alternatives wanted beside each token: 0, or 1 (the likeliest); null: no log-probabilities at all. */
  readonly logprobs: number | null;
  readonly echo: boolean;
  readonly stop: readonly string[];
  /** Keys have the names that transformers gives them. */
  readonly generation: GenerationKeys;
}

/** OpenAI's default. */
const DEFAULT_MAX_TOKENS = 16;
/** The engine knows a place's likeliest token and no further ones; lm-eval asks for one. */
const MAX_LOGPROBS = 1;
/** lm-eval sends a batch as one list; more prompts than this belong into several requests. */
const MAX_PROMPTS = 256;
/** Tasks stop at a handful of strings; each one is looked for after every token. */
const MAX_STOPS = 64;
const MAX_STOP_CHARACTERS = 1000;

/** Fields about how tokens are chosen, as vLLM names them, and transformers' names. */
const GENERATION_FIELDS: ReadonlyMap<string, string> = new Map([
  ['repetition_penalty', 'repetition_penalty'],
  ['no_repeat_ngram_size', 'no_repeat_ngram_size'],
  ['min_tokens', 'min_new_tokens'],
]);
const READ: readonly string[] = [
  'prompt',
  'model',
  'max_tokens',
  'logprobs',
  'echo',
  'stop',
  ...GENERATION_FIELDS.keys(),
];
/** They change nothing where no random number is drawn, or say who asks. */
const IGNORED: readonly string[] = ['user', 'seed', 'top_p', 'top_k', 'min_p', 'metadata', 'stream_options'];
/**
 * Fields that would change the answer and that greedy decoding does not have: only their neutral values pass. Of
 * OpenAI, and of other servers where a client may send them by habit.
 */
const NEUTRAL: ReadonlyMap<string, { readonly legal: unknown; readonly says: string }> = new Map([
  ['temperature', { legal: 0, says: 'temperature 0 (greedy decoding)' }],
  ['stream', { legal: false, says: 'stream false' }],
  ['n', { legal: 1, says: 'n 1' }],
  ['best_of', { legal: 1, says: 'best_of 1' }],
  ['suffix', { legal: '', says: 'no suffix' }],
  ['presence_penalty', { legal: 0, says: 'presence_penalty 0' }],
  ['frequency_penalty', { legal: 0, says: 'frequency_penalty 0' }],
  ['ignore_eos', { legal: false, says: 'ignore_eos false' }],
  ['add_special_tokens', { legal: true, says: 'add_special_tokens true (or send token ids)' }],
  ['skip_special_tokens', { legal: true, says: 'skip_special_tokens true' }],
]);

/** @throws ApiFailure naming the first field that is wrong. */
export function readCompletionRequest(body: string): CompletionRequest {
  const fields = parseObject(body);
  for (const [name, value] of fields) {
    // Clients write what they leave unset as null.
    if (value === null || READ.includes(name) || IGNORED.includes(name)) continue;
    const neutral = NEUTRAL.get(name);
    if (neutral === undefined && !isEmpty(value)) fail(apiErrors.unknownField(name));
    if (neutral !== undefined && value !== neutral.legal) {
      fail(apiErrors.unsupported(name, value, neutral.says));
    }
  }
  const model = fields.get('model') ?? null;
  if (model !== null && typeof model !== 'string') fail(apiErrors.badField('model', model, 'a name'));
  return {
    prompts: readPrompts(fields.get('prompt')),
    model: typeof model === 'string' ? model : null,
    maxTokens: wholeNumber(fields, 'max_tokens', Number.MAX_SAFE_INTEGER) ?? DEFAULT_MAX_TOKENS,
    logprobs: wholeNumber(fields, 'logprobs', MAX_LOGPROBS),
    echo: readFlag(fields, 'echo'),
    stop: readStops(fields.get('stop') ?? null),
    generation: readGeneration(fields),
  };
}

/** `logit_bias: {}`, `stop_token_ids: []`: an option of whatever kind that is not used. */
function isEmpty(value: unknown): boolean {
  return value === false || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

function fail(error: ApiError): never {
  throw new ApiFailure(error);
}

function parseObject(body: string): ReadonlyMap<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    return fail(apiErrors.notJson(error instanceof Error ? error.message : String(error)));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return fail(apiErrors.notAnObject());
  return new Map(Object.entries(value));
}

function readPrompts(value: unknown): CompletionRequest['prompts'] {
  const expected = `a text, a list of token ids, or a list of 1 to ${MAX_PROMPTS} of either`;
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value) || value.length === 0) return fail(apiErrors.badField('prompt', value, expected));
  const list: readonly unknown[] = value;
  if (isTokens(list)) return [list];
  if (list.length > MAX_PROMPTS) {
    return fail(apiErrors.badField('prompt', `${list.length} prompts`, expected));
  }
  return list.map((prompt) => {
    if (typeof prompt === 'string' || isTokens(prompt)) return prompt;
    return fail(apiErrors.badField('prompt', prompt, expected));
  });
}

function isTokens(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((token: unknown) => Number.isInteger(token));
}

function wholeNumber(fields: ReadonlyMap<string, unknown>, name: string, most: number): number | null {
  const value = fields.get(name) ?? null;
  if (value === null) return null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value;
  const expected =
    most === Number.MAX_SAFE_INTEGER ? 'a whole number of at least 0' : `a whole number from 0 to ${most}`;
  return fail(apiErrors.badField(name, value, expected));
}

function readGeneration(fields: ReadonlyMap<string, unknown>): GenerationKeys {
  const keys: Record<string, number> = {};
  for (const [field, key] of GENERATION_FIELDS) {
    const value = fields.get(field) ?? null;
    if (value === null) continue;
    const wrong = typeof value === 'number' ? wrongGenerationKey(key, value) : 'a number';
    if (wrong === null) keys[key] = Number(value);
    else fail(apiErrors.badField(field, value, wrong));
  }
  return keys;
}

function readFlag(fields: ReadonlyMap<string, unknown>, name: string): boolean {
  const value = fields.get(name) ?? false;
  return typeof value === 'boolean' ? value : fail(apiErrors.badField(name, value, 'true or false'));
}

function readStops(value: unknown): readonly string[] {
  if (value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.filter(
    (text): text is string => typeof text === 'string' && text.length <= MAX_STOP_CHARACTERS,
  );
  if (texts.length === list.length && texts.length <= MAX_STOPS) return texts.filter((text) => text !== '');
  return fail(
    apiErrors.badField(
      'stop',
      value,
      `a text or a list of up to ${MAX_STOPS} texts of up to ${MAX_STOP_CHARACTERS} characters`,
    ),
  );
}

/**
 * Bodies of /v1/completions and their answers: pure. A score is a prompt of token ids with `echo` and `logprobs`;
 * the answer lists the log-probabilities of all prompt tokens, of which the continuation's are the last ones.
 */
import type { GenerateRequest, ScoreRequest, ScoreResponse } from '@evalgraph/engine';
import { NO_PROCESSING } from '@evalgraph/engine/processing';
import { phrases } from './messages.ts';

/** lm-eval sends the same. Greedy decoding uses no random number. */
const SEED = 1234;

/** vLLM writes it for minus infinity. */
const STAND_IN = -9999;
/** A log-softmax in half precision may end this far above 0. */
const ROUNDING = 0.01;

/** Tokens that a scoring request generates: none, or one where a server insists. */
export type Extra = 0 | 1;

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly detail: string };

export function scoreBody(model: string, request: ScoreRequest, extra: Extra): object {
  const prompt = [...request.context, ...request.continuation];
  return { model, prompt, max_tokens: extra, temperature: 0, seed: SEED, logprobs: 1, echo: true };
}

/** Servers draw by their own generators: reproducible there where they honour `seed`, never equal to ours. */
function samplingFields({ sampling }: GenerateRequest): object {
  if (sampling === undefined) return { temperature: 0, seed: SEED };
  const { temperature, topK, topP, seed } = sampling;
  // top_k is no field of OpenAI's; vLLM, SGLang and llama.cpp know it.
  return { temperature, top_p: topP, ...(topK === 0 ? {} : { top_k: topK }), seed };
}

export function generateBody(model: string, request: GenerateRequest, stop: readonly string[]): object {
  const body = {
    model,
    prompt: request.context,
    max_tokens: request.maxNewTokens,
    ...samplingFields(request),
    ...ruleFields(request),
  };
  return stop.length === 0 ? body : { ...body, stop };
}

/** Fields of vLLM's and SGLang's for the rules that a server can be told; `untellable` names the others. */
function ruleFields({ processing }: GenerateRequest): object {
  if (processing === undefined) return {};
  const { repetitionPenalty, minNewTokens } = processing;
  return {
    ...(repetitionPenalty === 1 ? {} : { repetition_penalty: repetitionPenalty }),
    ...(minNewTokens === 0 ? {} : { min_tokens: minNewTokens }),
  };
}

/** Rules about tokens that no field of a completions server expresses. */
export function untellable({ processing }: GenerateRequest): readonly string[] {
  if (processing === undefined) return [];
  const { repetitionPenalty: _, minNewTokens: __, ends: ___, ...others } = processing;
  const neutral = new Map<string, unknown>(Object.entries(NO_PROCESSING));
  return Object.entries(others).flatMap(([name, value]) =>
    JSON.stringify(value) === JSON.stringify(neutral.get(name)) ? [] : [name],
  );
}

/** Checks that the tokens that came back are as many as were sent: a server's own BOS would shift every one. */
export function readScore(answer: unknown, request: ScoreRequest, extra: Extra): Read<ScoreResponse> {
  const choice = firstChoice(answer);
  if (choice === null) return { ok: false, detail: phrases.noChoice() };
  const logprobs = fieldsOf(choice.get('logprobs'));
  const all = logprobs.get('token_logprobs');
  const tops = logprobs.get('top_logprobs');
  if (!Array.isArray(all)) return { ok: false, detail: phrases.noLogProbs() };
  const start = request.context.length;
  const sent = start + request.continuation.length;
  const counted = fieldsOf(fieldsOf(answer).get('usage')).get('prompt_tokens');
  if (typeof counted === 'number' && counted !== sent) {
    return { ok: false, detail: phrases.wrongPromptCount(sent, counted) };
  }
  // Some servers leave an end-of-text out of what they generated; then the count of the prompt must be sure.
  const complete = all.length === sent + extra || (all.length === sent && counted === sent);
  if (!complete) return { ok: false, detail: phrases.wrongCount(sent, all.length) };
  const logProbs: number[] = [];
  let isGreedy = true;
  for (let position = start; position < sent; position += 1) {
    const logProb: unknown = all[position];
    if (typeof logProb !== 'number' || !(logProb > STAND_IN && logProb <= ROUNDING)) {
      return { ok: false, detail: phrases.noLogProb(position, logProb) };
    }
    const best = largest(Array.isArray(tops) ? tops[position] : null);
    if (best === null) return { ok: false, detail: phrases.noTopLogProbs(position) };
    logProbs.push(logProb);
    isGreedy &&= logProb >= best;
  }
  return { ok: true, value: { kind: 'score', logProbs, isGreedy } };
}

/** Texts of the prompt's tokens, where the server shows them. */
export function echoedTokens(answer: unknown): readonly string[] | null {
  const tokens = fieldsOf(firstChoice(answer)?.get('logprobs')).get('tokens');
  return Array.isArray(tokens) && tokens.every((token) => typeof token === 'string') ? tokens : null;
}

export interface Generated {
  readonly text: string;
  /** null where the server does not say. */
  readonly tokens: number | null;
}

export function readGenerated(answer: unknown): Read<Generated> {
  const choice = firstChoice(answer);
  if (choice === null) return { ok: false, detail: phrases.noChoice() };
  const text = choice.get('text');
  if (typeof text !== 'string') return { ok: false, detail: phrases.noText() };
  const tokens = fieldsOf(fieldsOf(answer).get('usage')).get('completion_tokens');
  return { ok: true, value: { text, tokens: typeof tokens === 'number' ? tokens : null } };
}

/** Tokens of the prompt that the server took from its cache, where it says so. */
export function cachedTokens(answer: unknown): number {
  const usage = fieldsOf(fieldsOf(answer).get('usage'));
  const cached = fieldsOf(usage.get('prompt_tokens_details')).get('cached_tokens');
  return typeof cached === 'number' && cached > 0 ? cached : 0;
}

function firstChoice(answer: unknown): ReadonlyMap<string, unknown> | null {
  const choices = fieldsOf(answer).get('choices');
  if (!Array.isArray(choices) || choices.length === 0) return null;
  return fieldsOf(choices[0]);
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : new Map();
}

/** The largest of the numbers in `{token: log-probability}`; null where there is none. */
function largest(top: unknown): number | null {
  const values = [...fieldsOf(top).values()].filter((value) => typeof value === 'number');
  return values.length === 0 ? null : Math.max(...values);
}

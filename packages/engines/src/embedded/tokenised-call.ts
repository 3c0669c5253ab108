/**
 * One call's requests as token requests, and the way back: which token requests answer which request, and how
 * their responses become its answer.
 */
import type { GenerateResponse, Sampling, ScoreResponse, TokenRequest } from '@evalgraph/engine';
import type { SampledGeneration } from '@evalgraph/tasks';
import type { GenerationRules } from '@evalgraph/tokenizer';
import { rollingWindows, tokeniseGeneration, tokenisePair } from '../requests/tokenise.ts';
import type { SessionRequest, SessionResponse } from '../session.ts';
import type { CheckpointTokenizer } from './tokenizer.ts';

export type TokenResponse = ScoreResponse | GenerateResponse;

export interface TokenisedCall {
  readonly tokenRequests: readonly TokenRequest[];
  /** For each token request, the request that it belongs to. */
  readonly owner: readonly number[];
  /** For each request, its first token request and how many there are. */
  readonly parts: readonly { readonly start: number; readonly count: number }[];
}

/** @throws UserError where a request cannot be put into `maxLength` tokens. */
export async function tokeniseCall(
  requests: readonly SessionRequest[],
  tokenizer: CheckpointTokenizer,
  maxLength: number,
): Promise<TokenisedCall> {
  const tokenRequests: TokenRequest[] = [];
  const owner: number[] = [];
  const parts: { start: number; count: number }[] = [];
  for (const [index, request] of requests.entries()) {
    const own = await tokeniseRequest(request, tokenizer, maxLength);
    parts.push({ start: tokenRequests.length, count: own.length });
    for (const tokenRequest of own) {
      tokenRequests.push(tokenRequest);
      owner.push(index);
    }
  }
  return { tokenRequests, owner, parts };
}

async function tokeniseRequest(
  request: SessionRequest,
  tokenizer: CheckpointTokenizer,
  maxLength: number,
): Promise<readonly TokenRequest[]> {
  switch (request.kind) {
    case 'window':
      return [{ kind: 'score', context: request.context, continuation: request.continuation }];
    case 'loglikelihood':
      return [await tokenisePair(tokenizer, request.context, request.continuation, maxLength)];
    case 'rolling':
      return rollingWindows(
        await tokenizer.encode(request.text, 'default'),
        tokenizer.prefixToken,
        maxLength,
      );
    case 'generate':
      return [await tokeniseGenerate(request, tokenizer, maxLength)];
  }
}

export type GenerateText = SessionRequest & { readonly kind: 'generate' };

async function tokeniseGenerate(
  request: GenerateText,
  tokenizer: CheckpointTokenizer,
  maxLength: number,
): Promise<TokenRequest> {
  const rules = generationOf(request, tokenizer);
  const { processing, maxNewTokens } = rules;
  return tokeniseGeneration(tokenizer, request.context, request.maxGenToks, maxLength, {
    maxNewTokens,
    ...(request.sampling === undefined ? {} : { sampling: samplingOf(request.sampling, rules) }),
    ...(processing === null ? {} : { processing }),
  });
}

/** What a request's tokens are chosen by: its task's keys before the checkpoint's. */
export function generationOf(request: GenerateText, tokenizer: CheckpointTokenizer): GenerationRules {
  return tokenizer.generation(request.generation ?? {}, request.sampling !== undefined);
}

/** What a sampled request draws by: its task's own, or what the checkpoint and transformers' defaults say. */
export function samplingOf(
  { temperature, topK, topP, seed }: SampledGeneration,
  rules: GenerationRules,
): Sampling {
  return {
    temperature,
    topK: topK ?? rules.topK,
    topP: topP ?? rules.topP,
    seed,
  };
}

/** Stop strings of a generation: the task's, and the text of EOS as lm-eval appends it. */
export function stopStrings(until: readonly string[], eosText: string | null): readonly string[] {
  const all = eosText === null ? until : [...until, eosText];
  return all.filter((term) => term !== '');
}

/** @param responses those of the request's own token requests, in order. */
export async function answerOf(
  request: SessionRequest,
  responses: readonly TokenResponse[],
  tokenizer: CheckpointTokenizer,
): Promise<SessionResponse> {
  if (request.kind === 'generate') {
    const [response] = responses;
    if (response?.kind !== 'generate') throw new TypeError('a generation was answered by scores');
    const stops = stopStrings(request.until, tokenizer.eosText);
    return { kind: 'generate', text: cutAtStops(await tokenizer.decode(response.tokens), stops) };
  }
  const scores = responses.map((response) => {
    if (response.kind !== 'score') throw new TypeError('a score was answered by a generation');
    return response;
  });
  const logProbs = scores.flatMap((score) => score.logProbs);
  if (request.kind === 'window') return { kind: 'window', logProbs };
  const logLikelihood = logProbs.reduce((sum, value) => sum + value, 0);
  if (request.kind === 'rolling') return { kind: 'rolling', logLikelihood, tokens: logProbs.length };
  return {
    kind: 'loglikelihood',
    logLikelihood,
    isGreedy: scores.every((score) => score.isGreedy),
    tokens: logProbs.length,
  };
}

/** lm-eval cuts at each stop string in turn, so an earlier string in the list may shorten what a later one sees. */
export function cutAtStops(text: string, stops: readonly string[]): string {
  return stops.reduce((kept, term) => {
    const at = kept.indexOf(term);
    return at >= 0 ? kept.slice(0, at) : kept;
  }, text);
}

/** A request is answered when the last of its token requests is. */
export function collect(
  call: TokenisedCall,
  collected: Map<number, (TokenResponse | null)[]>,
  batch: readonly { readonly request: number; readonly response: TokenResponse }[],
): { request: number; responses: TokenResponse[] }[] {
  const complete: { request: number; responses: TokenResponse[] }[] = [];
  for (const { request: index, response } of batch) {
    const owner = call.owner[index] ?? -1;
    const part = call.parts[owner];
    if (part === undefined) throw new RangeError(`no request for token request ${index}`);
    const slots = collected.get(owner) ?? new Array<TokenResponse | null>(part.count).fill(null);
    slots[index - part.start] = response;
    const filled = slots.filter((slot) => slot !== null);
    if (filled.length < part.count) {
      collected.set(owner, slots);
    } else {
      collected.delete(owner);
      complete.push({ request: owner, responses: filled });
    }
  }
  return complete;
}

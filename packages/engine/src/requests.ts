/** What the engine is asked and what it answers: token ids only. */
import { type Problem, UserError } from '@evalgraph/formats';
import { messages } from './messages.ts';
import type { Processing } from './processing.ts';

/** Asks for the log-probabilities of the continuation's tokens. */
export interface ScoreRequest {
  readonly kind: 'score';
  /** It holds at least one token. */
  readonly context: readonly number[];
  /** It holds at least one token. */
  readonly continuation: readonly number[];
}

/** Tokens drawn at random, reproducibly: the same request gives the same tokens, whatever runs beside it. */
export interface Sampling {
  /** Log-probabilities are divided by it; it is above 0. */
  readonly temperature: number;
  /** Only the k most likely tokens are drawn from; 0: all. */
  readonly topK: number;
  /** Only the most likely tokens are drawn from, until their probabilities reach this number above 0; 1: all. */
  readonly topP: number;
  /** An unsigned number of 32 bits. */
  readonly seed: number;
}

/** Asks for tokens: the most likely ones, or drawn ones. */
export interface GenerateRequest {
  readonly kind: 'generate';
  /** It holds at least one token. */
  readonly context: readonly number[];
  /** It is at least 1. */
  readonly maxNewTokens: number;
  /** Without it the most likely token is taken. */
  readonly sampling?: Sampling;
  /** Without it logits are taken as the model gives them. */
  readonly processing?: Processing;
}

export type TokenRequest = ScoreRequest | GenerateRequest;

/** The most likely token of a position (the first of equals). */
export interface BestToken {
  readonly token: number;
  /** Nats. */
  readonly logProb: number;
}

export interface ScoreResponse {
  readonly kind: 'score';
  /** Natural logarithms, one for each token of the continuation. */
  readonly logProbs: readonly number[];
  /** Every token of the continuation is the most likely one (the first of equals). */
  readonly isGreedy: boolean;
  /** One for each token of the continuation; only where the run asked for it. */
  readonly best?: readonly BestToken[];
}

export interface GenerateResponse {
  readonly kind: 'generate';
  readonly tokens: readonly number[];
  /** stop: the caller said so after the last token; length: maxNewTokens was reached. */
  readonly finish: 'stop' | 'length';
  /** Nats, one for each token; only where the run asked for it. */
  readonly logProbs?: readonly number[];
}

export type TokenResponse = ScoreResponse | GenerateResponse;

/** Positions that a request computes: the last token of a continuation, and of an answer, is never fed back. */
export function positionsOf(request: TokenRequest): number {
  const more = request.kind === 'score' ? request.continuation.length : request.maxNewTokens;
  return request.context.length + more - 1;
}

/** Tokens of a request's input: what a program that computes every request by itself feeds to the model. */
export function inputLength(request: TokenRequest): number {
  return request.kind === 'score' ? positionsOf(request) : request.context.length;
}

/** Enough to see the pattern; a wrong tokenizer makes every request bad. */
const MAX_PROBLEMS = 10;

/** @throws UserError with the problems of all requests (the first ten in full): bad-token, request-too-long, ... */
export function checkRequests(
  requests: readonly TokenRequest[],
  limits: { readonly vocabSize: number; readonly maxPositions: number },
): void {
  const problems = requests.flatMap((request, index) => checkRequest(request, index, limits));
  const tooLong = tooLongProblem(requests, limits.maxPositions);
  if (tooLong !== null) problems.unshift(tooLong);
  if (problems.length === 0) return;
  const shown = problems.slice(0, MAX_PROBLEMS);
  const rest = problems.length - shown.length;
  throw new UserError(rest > 0 ? [...shown, messages.moreProblems(rest)] : shown);
}

/** One for all of them: windows that are too long are all too long. */
function tooLongProblem(requests: readonly TokenRequest[], maxPositions: number): Problem | null {
  let [count, longest, at] = [0, 0, -1];
  for (const [index, request] of requests.entries()) {
    // Whoever asks for no sound number of tokens is told so.
    const positions = positionsOf(request);
    if (!(positions > maxPositions)) continue;
    count += 1;
    if (positions > longest) [longest, at] = [positions, index];
  }
  return count === 0 ? null : messages.requestTooLong(at, longest, maxPositions, count);
}

function checkRequest(
  request: TokenRequest,
  index: number,
  { vocabSize }: { readonly vocabSize: number },
): readonly Problem[] {
  const problems: Problem[] = [];
  const checkTokens = (part: string, tokens: readonly number[]): void => {
    const at = tokens.findIndex((token) => !(Number.isInteger(token) && token >= 0 && token < vocabSize));
    if (at >= 0) problems.push(messages.badToken(index, part, at, tokens[at], vocabSize));
  };
  if (request.context.length === 0) problems.push(messages.emptyContext(index));
  checkTokens('context', request.context);
  if (request.kind === 'score') {
    if (request.continuation.length === 0) problems.push(messages.emptyContinuation(index));
    checkTokens('continuation', request.continuation);
  } else if (!Number.isSafeInteger(request.maxNewTokens) || request.maxNewTokens < 1) {
    problems.push(messages.badMaxNewTokens(index, request.maxNewTokens));
    return problems;
  }
  if (request.kind === 'generate' && request.sampling !== undefined && !isSampling(request.sampling)) {
    problems.push(messages.badSampling(index, JSON.stringify(request.sampling)));
  }
  return problems;
}

function isSampling({ temperature, topK, topP, seed }: Sampling): boolean {
  return (
    Number.isFinite(temperature) &&
    temperature > 0 &&
    Number.isSafeInteger(topK) &&
    topK >= 0 &&
    topP > 0 &&
    topP <= 1 &&
    Number.isInteger(seed) &&
    seed >= 0 &&
    seed < 2 ** 32
  );
}

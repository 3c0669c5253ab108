/** Executes a plan over a session: passes in order, decode batches as soon as they are full, answers as they come. */
import { UserError } from '@evalgraph/formats';
import { chooseToken, type DecodeState, decodeBatch, wantedRows } from './decode.ts';
import { messages } from './messages.ts';
import { neededWork } from './needed.ts';
import type { Pass, PassPlan } from './plan.ts';
import type { BestToken, GenerateRequest, TokenRequest, TokenResponse } from './requests.ts';
import type { PassOutput, TokenSession } from './session.ts';

export interface Answer {
  /** Index into the requests of the call. */
  readonly request: number;
  readonly response: TokenResponse;
}

export interface RunOptions {
  /** Requests that are answered already: what only they need is left out, everything else runs as planned. */
  readonly done: ReadonlySet<number>;
  /** Responses also carry the most likely token of every scored position, and what generated tokens cost. */
  readonly best?: boolean;
  /** Asked after every generated token; `tokens` are all that the request has. End-of-text tokens count here too. */
  stopWhen(request: number, tokens: readonly number[]): boolean | Promise<boolean>;
  /** Called after each pass and each decode batch that completed something. Awaited. */
  onResponses(batch: readonly Answer[]): void | Promise<void>;
  /** Tokens computed so far in this run. */
  onProgress?(tokensComputed: number): void;
}

export interface RunStats {
  readonly passes: number;
  readonly decodeSteps: number;
  /** Rows of the passes that ran, and tokens that decoding fed back. */
  readonly tokensComputed: number;
  readonly tokensGenerated: number;
}

/** @throws UserError non-finite-logits; RangeError where the plan is not for these requests. */
export async function runPlan(
  session: TokenSession,
  requests: readonly TokenRequest[],
  plan: PassPlan,
  options: RunOptions,
): Promise<RunStats> {
  if (plan.requests !== requests.length) throw new RangeError('the plan was made for other requests');
  const needed = neededWork(plan, options.done);
  const scores = new ScoreSheet(requests, options.best === true);
  const kept = plan.passes.reduce((most, pass) => Math.max(most, pass.past + pass.keptRows), 0);
  session.reserve(plan.positions, kept);
  const stats = { passes: 0, decodeSteps: 0, tokensComputed: 0, tokensGenerated: 0 };
  const deliver = async (answers: readonly Answer[]): Promise<void> => {
    const fresh = answers.filter(({ request }) => !options.done.has(request));
    if (fresh.length > 0) await options.onResponses(fresh);
  };
  const batches = batchCursor(plan, needed.batches);
  for (const pass of plan.passes) {
    if (needed.passes[pass.id] !== true) {
      for (const _ of pass.contexts) batches.next();
      continue;
    }
    const asked = pass.contexts.map(({ request }) => generationOf(requests, request));
    const output = await session.prefill(pass, wantedRows(asked));
    stats.passes += 1;
    stats.tokensComputed += pass.tokens.length;
    refuseBroken(pass, output);
    await deliver(scores.add(pass, output));
    for (const context of pass.contexts) {
      const place = batches.next();
      if (!place.needed) continue;
      if (place.row === 0) session.openBatch(place.batch.requests.length, place.batch.capacity);
      session.placeContext(context.row, place.row);
      const first = chooseToken(output, context.head, generationOf(requests, context.request), []);
      place.firstTokens.push(first.token);
      place.firstLogProbs.push(first.logProb);
      if (place.row < place.batch.requests.length - 1) continue;
      const { batch, firstTokens, firstLogProbs } = place;
      const best = options.best === true;
      const state: DecodeState = { requests, batch, firstTokens, firstLogProbs, best };
      const decoded = await decodeBatch(session, state, options.stopWhen, (tokens) => {
        stats.tokensComputed += tokens;
        stats.decodeSteps += 1;
        options.onProgress?.(stats.tokensComputed);
      });
      for (const { response } of decoded) stats.tokensGenerated += response.tokens.length;
      await deliver(decoded);
    }
    options.onProgress?.(stats.tokensComputed);
  }
  return stats;
}

function generationOf(requests: readonly TokenRequest[], request: number): GenerateRequest {
  const asked = requests[request];
  if (asked?.kind !== 'generate') throw new RangeError(`request ${request} does not generate`);
  return asked;
}

interface BatchPlace {
  readonly batch: PassPlan['decodeBatches'][number];
  readonly needed: boolean;
  /** Row of this context in the batch. */
  readonly row: number;
  /** The first tokens of the batch's rows before this one; the caller adds this row's. */
  readonly firstTokens: number[];
  readonly firstLogProbs: number[];
}

/** Contexts come in the order in which the batches list them. */
function batchCursor(plan: PassPlan, needed: readonly boolean[]): { next(): BatchPlace } {
  let index = 0;
  let row = 0;
  let firstTokens: number[] = [];
  let firstLogProbs: number[] = [];
  return {
    next() {
      const batch = plan.decodeBatches[index];
      if (batch === undefined) throw new Error('more contexts than the decode batches list');
      const place = { batch, needed: needed[index] === true, row, firstTokens, firstLogProbs };
      row += 1;
      if (row === batch.requests.length) {
        index += 1;
        row = 0;
        firstTokens = [];
        firstLogProbs = [];
      }
      return place;
    },
  };
}

function refuseBroken(pass: Pass, output: PassOutput): void {
  const broken = new Set(output.broken);
  if (broken.size === 0) return;
  const asked = [...pass.targets, ...pass.contexts].find(({ head }) => broken.has(head));
  throw new UserError(messages.nonFiniteLogits(asked?.request ?? -1));
}

interface Sheet {
  readonly logProbs: number[];
  readonly best: BestToken[];
  missing: number;
  isGreedy: boolean;
}

function bestAt({ greedy, greedyLogProbs }: PassOutput, head: number): BestToken {
  return { token: greedy[head] ?? -1, logProb: greedyLogProbs[head] ?? Number.NaN };
}

/** Gathers the log-probabilities of continuations that span passes. */
class ScoreSheet {
  readonly #requests: readonly TokenRequest[];
  readonly #best: boolean;
  readonly #open = new Map<number, Sheet>();

  constructor(requests: readonly TokenRequest[], best: boolean) {
    this.#requests = requests;
    this.#best = best;
  }

  /** @returns the requests that this pass completed. */
  add(pass: Pass, output: PassOutput): readonly Answer[] {
    const complete: Answer[] = [];
    pass.targets.forEach(({ request, index, token, head }, i) => {
      const logProb = output.logProbs[i];
      if (logProb === undefined || !Number.isFinite(logProb))
        throw new UserError(messages.nonFiniteLogits(request));
      const sheet = this.#open.get(request) ?? this.#begin(request);
      sheet.logProbs[index] = logProb;
      sheet.isGreedy &&= output.greedy[head] === token;
      if (this.#best) sheet.best[index] = bestAt(output, head);
      sheet.missing -= 1;
      if (sheet.missing > 0) return;
      this.#open.delete(request);
      const { logProbs, isGreedy } = sheet;
      const best = this.#best ? { best: sheet.best } : {};
      complete.push({ request, response: { kind: 'score', logProbs, isGreedy, ...best } });
    });
    return complete;
  }

  #begin(request: number): Sheet {
    const asked = this.#requests[request];
    if (asked?.kind !== 'score') throw new RangeError(`request ${request} is not scored`);
    const count = asked.continuation.length;
    const logProbs = new Array<number>(count).fill(Number.NaN);
    const sheet: Sheet = { logProbs, best: [], missing: count, isGreedy: true };
    this.#open.set(request, sheet);
    return sheet;
  }
}

/** Decoding of one batch. Rows that are finished leave at once: the last row takes their place. */
import { UserError } from '@evalgraph/formats';
import { messages } from './messages.ts';
import type { DecodeBatch } from './plan.ts';
import { largestAt, processLogits } from './processing.ts';
import type { GenerateRequest, GenerateResponse, TokenRequest } from './requests.ts';
import { sampleToken } from './sample.ts';
import type { DecodeOutput, TokenSession, WantedRows } from './session.ts';

export interface DecodeState {
  readonly requests: readonly TokenRequest[];
  readonly batch: DecodeBatch;
  /** The token that follows each context, in the batch's order. */
  readonly firstTokens: readonly number[];
  readonly firstLogProbs: readonly number[];
  /** Answers carry the log-probabilities of their tokens. */
  readonly best: boolean;
}

interface DecodeRow {
  readonly request: number;
  readonly asked: GenerateRequest;
  readonly tokens: number[];
  readonly logProbs: number[];
  /** Positions of keys and values: the context and all tokens but the last. */
  length: number;
}

export interface GenerateAnswer {
  readonly request: number;
  readonly response: GenerateResponse;
}

/**
 * The batch's contexts stand in the session's batch rows.
 * @param onStep gets the number of tokens that a step computed.
 * @returns an answer for each request, in the order of finishing.
 */
export async function decodeBatch(
  session: TokenSession,
  state: DecodeState,
  stopWhen: (request: number, tokens: readonly number[]) => boolean | Promise<boolean>,
  onStep: (tokens: number) => void,
): Promise<readonly GenerateAnswer[]> {
  const answers: GenerateAnswer[] = [];
  const rows = state.batch.requests.map((request) => startRow(state.requests, request));
  let next: ArrayLike<number> = state.firstTokens;
  let nextLogProbs: ArrayLike<number> = state.firstLogProbs;
  while (rows.length > 0) {
    const finished: number[] = [];
    for (const [at, row] of rows.entries()) {
      row.tokens.push(next[at] ?? -1);
      row.logProbs.push(nextLogProbs[at] ?? Number.NaN);
      const stopped = await stopWhen(row.request, row.tokens);
      if (!stopped && row.tokens.length < row.asked.maxNewTokens) continue;
      finished.push(at);
      const finish = stopped ? 'stop' : 'length';
      const logProbs = state.best ? { logProbs: row.logProbs } : {};
      const response = { kind: 'generate', tokens: row.tokens, finish, ...logProbs } as const;
      answers.push({ request: row.request, response });
    }
    for (const at of finished.reverse()) removeRow(session, rows, at);
    if (rows.length === 0) break;
    const tokens = Int32Array.from(rows, (row) => row.tokens.at(-1) ?? -1);
    const lengths = Int32Array.from(rows, (row) => row.length);
    const output = await session.decode(tokens, lengths, wantedRows(rows.map(({ asked }) => asked)));
    const [first] = output.broken;
    if (first !== undefined) throw new UserError(messages.nonFiniteLogits(rows[first]?.request ?? -1));
    for (const row of rows) row.length += 1;
    onStep(rows.length);
    const chosen = rows.map(({ asked, tokens: before }, row) => chooseToken(output, row, asked, before));
    next = chosen.map(({ token }) => token);
    nextLogProbs = chosen.map(({ logProb }) => logProb);
  }
  return answers;
}

/** What choosing a token for any of these requests takes. */
export function wantedRows(requests: readonly GenerateRequest[]): WantedRows {
  if (requests.some(({ processing }) => processing !== undefined)) return 'rows-and-logits';
  return requests.some(({ sampling }) => sampling !== undefined) ? 'rows' : 'none';
}

/**
 * The token after a row (a head of a pass, a row of a batch), with its log-probability in nats as the model gives it:
 * before rules and temperature.
 * @param before tokens that the request has already
 */
export function chooseToken(
  {
    greedy,
    greedyLogProbs,
    rows,
    logits,
  }: Pick<DecodeOutput, 'greedy' | 'greedyLogProbs' | 'rows' | 'logits'>,
  row: number,
  { context, maxNewTokens, sampling, processing }: GenerateRequest,
  before: readonly number[],
): { readonly token: number; readonly logProb: number } {
  if (sampling === undefined && processing === undefined) {
    return { token: greedy[row] ?? -1, logProb: greedyLogProbs[row] ?? Number.NaN };
  }
  if (rows === null) throw new Error('the session returned no distributions to choose from');
  const logProbs = rowOf(rows, row, greedy.length);
  let scores = logProbs;
  if (processing !== undefined) {
    if (logits === null) throw new Error('the session returned no logits to process');
    const state = { context, tokens: before, maxNewTokens };
    scores = processLogits(rowOf(logits, row, greedy.length), processing, state);
  }
  const token = sampling === undefined ? largestAt(scores) : sampleToken(scores, sampling, before.length);
  return { token, logProb: logProbs[token] ?? Number.NaN };
}

function rowOf(values: Float32Array, row: number, rows: number): Float32Array {
  const vocabulary = values.length / rows;
  return values.subarray(row * vocabulary, (row + 1) * vocabulary);
}

function startRow(requests: readonly TokenRequest[], request: number): DecodeRow {
  const asked = requests[request];
  if (asked?.kind !== 'generate') throw new RangeError(`request ${request} does not generate`);
  return {
    request,
    asked,
    tokens: [],
    logProbs: [],
    length: asked.context.length,
  };
}

function removeRow(session: TokenSession, rows: DecodeRow[], at: number): void {
  const last = rows.pop();
  if (last === undefined || at === rows.length) return;
  session.moveRow(rows.length, at, last.length);
  rows[at] = last;
}

/** Decoding of one batch. Rows that are finished leave at once: the last row takes their place. */
import { UserError } from '@evalgraph/formats';
import { engineMessages as messages } from './messages.ts';
import type { DecodeBatch } from './plan.ts';
import type { GenerateResponse, Sampling, TokenRequest } from './requests.ts';
import { sampleToken } from './sample.ts';
import type { DecodeOutput, TokenSession } from './session.ts';

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
  readonly maxNewTokens: number;
  /** null: greedy. */
  readonly sampling: Sampling | null;
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
      if (!stopped && row.tokens.length < row.maxNewTokens) continue;
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
    const output = await session.decode(tokens, lengths, rows.some(isSampled));
    const [first] = output.broken;
    if (first !== undefined) throw new UserError(messages.nonFinite(rows[first]?.request ?? -1));
    for (const row of rows) row.length += 1;
    onStep(rows.length);
    const chosen = rows.map(({ sampling, tokens: { length } }, row) =>
      chooseToken(output, row, sampling, length),
    );
    next = chosen.map(({ token }) => token);
    nextLogProbs = chosen.map(({ logProb }) => logProb);
  }
  return answers;
}

function isSampled({ sampling }: { readonly sampling: Sampling | null }): boolean {
  return sampling !== null;
}

/**
 * The token after a row (a head of a pass, a row of a batch), with its log-probability in nats before temperature.
 * @param step tokens that the request has already
 */
export function chooseToken(
  { greedy, greedyLogProbs, rows }: Pick<DecodeOutput, 'greedy' | 'greedyLogProbs' | 'rows'>,
  row: number,
  sampling: Sampling | null,
  step: number,
): { readonly token: number; readonly logProb: number } {
  if (sampling === null) return { token: greedy[row] ?? -1, logProb: greedyLogProbs[row] ?? Number.NaN };
  if (rows === null) throw new Error('the session returned no distributions to sample from');
  const vocabulary = rows.length / greedy.length;
  const logProbs = rows.subarray(row * vocabulary, (row + 1) * vocabulary);
  const token = sampleToken(logProbs, sampling, step);
  return { token, logProb: logProbs[token] ?? Number.NaN };
}

function startRow(requests: readonly TokenRequest[], request: number): DecodeRow {
  const asked = requests[request];
  if (asked?.kind !== 'generate') throw new RangeError(`request ${request} does not generate`);
  return {
    request,
    maxNewTokens: asked.maxNewTokens,
    sampling: asked.sampling ?? null,
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

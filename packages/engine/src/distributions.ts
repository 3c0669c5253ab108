/**
 * Whole distributions over the vocabulary, position by position: what a divergence between two models is computed
 * from. In chunks, so that memory stays bounded whatever the vocabulary.
 */
import { UserError } from '@evalgraph/formats';
import type { PassShape } from './cost.ts';
import { messages } from './messages.ts';
import type { Pass } from './plan.ts';
import { checkRequests } from './requests.ts';
import type { TokenSession } from './session.ts';

/** Bytes of one chunk's rows, at most (one row always fits). */
const CHUNK_BYTES = 32 * 1024 * 1024;

/** Positions of a chunk; the same for every model of one vocabulary, so that two models' rows come side by side. */
export function distributionChunk(vocabSize: number): number {
  return Math.max(1, Math.min(256, Math.floor(CHUNK_BYTES / (4 * vocabSize))));
}

export interface Distributions {
  /** Index into the tokens of the first row. */
  readonly from: number;
  readonly rows: number;
  /** Nats; [rows, vocabSize]: after tokens[0..from + row]. Float32. */
  readonly logProbs: Float32Array;
}

/**
 * The next token's distribution after each token of one sequence, beginning at index `from`.
 * @throws UserError where the sequence is too long for the model, a token is outside its vocabulary (bad request),
 * or the model yields NaN or infinity.
 */
export async function* distributionsOf(
  session: TokenSession,
  shape: PassShape,
  tokens: readonly number[],
  from = 0,
): AsyncGenerator<Distributions> {
  // The last token's own distribution counts too, so any token may stand for what follows.
  checkRequests([{ kind: 'score', context: tokens.slice(0, 1), continuation: tokens.slice(1) }], shape);
  const chunk = distributionChunk(shape.vocabSize);
  session.reserve(tokens.length, tokens.length);
  for (let past = 0; past < tokens.length; ) {
    const end = Math.min(tokens.length, past < from ? Math.min(from, past + 256) : past + chunk);
    const first = Math.max(past, from);
    const { rows, broken } = await session.prefill(chainPass(tokens, past, end, first), 'rows');
    if (rows === null) throw new Error('the session returned no distributions');
    if (broken.length > 0) throw new UserError(messages.nonFiniteLogits(0));
    if (first < end) yield { from: first, rows: end - first, logProbs: rows };
    past = end;
  }
}

/** Tokens past..end as a plain chain that keeps its keys and values; heads on rows first..end (at least one). */
function chainPass(tokens: readonly number[], past: number, end: number, first: number): Pass {
  const rows = end - past;
  const heads = Math.max(1, end - first);
  return {
    id: past,
    parent: null,
    past,
    tokens: Int32Array.from(tokens.slice(past, end)),
    parents: Int32Array.from({ length: rows }, (_, row) => row - 1),
    positions: Int32Array.from({ length: rows }, (_, row) => past + row),
    headRows: Int32Array.from({ length: heads }, (_, head) => rows - heads + head),
    targets: [],
    contexts: [],
    keptRows: rows,
  };
}

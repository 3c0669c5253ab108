/**
 * What a plan needs of a model, as an interface (tests count and check with a model that is a hash), and how the
 * state behind it moves: one path of kept keys and values, one batch of rows that are being decoded.
 */
import type { Pass } from './plan.ts';

export interface PassOutput {
  /** Nats; one for each of the pass's targets. */
  readonly logProbs: Float32Array;
  /** The most likely token after each of the pass's headRows. */
  readonly greedy: Int32Array;
  /** Nats; of each of those tokens. */
  readonly greedyLogProbs: Float32Array;
  /** Heads whose logits hold NaN or infinity. */
  readonly broken: readonly number[];
  /** Nats, shape [headRows, vocabSize]; null where they were not asked for. */
  readonly rows: Float32Array | null;
  /** The same before log-softmax; null where they were not asked for. */
  readonly logits: Float32Array | null;
}

/** Whole distributions of a step, which only some requests need: sampled ones, and ones with rules about logits. */
export type WantedRows = 'none' | 'rows' | 'rows-and-logits';

export interface DecodeOutput {
  /** The most likely next token of each row. */
  readonly greedy: Int32Array;
  /** Nats; of each of those tokens. */
  readonly greedyLogProbs: Float32Array;
  readonly broken: readonly number[];
  /** Nats, shape [rows, vocabSize]; null where they were not asked for. */
  readonly rows: Float32Array | null;
  /** The same before log-softmax; null where they were not asked for. */
  readonly logits: Float32Array | null;
}

export interface TokenSession {
  /** Makes room: `positions` is the longest path, `kept` the longest past that passes continue from. */
  reserve(positions: number, kept: number): void;
  /**
   * Runs a pass over rows 0..past-1 of the path; its kept rows become rows past.. of the path.
   * @param wanted whole distributions too: a request that is sampled, or has rules, needs them
   */
  prefill(pass: Pass, wanted: WantedRows): Promise<PassOutput>;
  /** Room for a batch of rows; what an earlier batch held is lost. */
  openBatch(rows: number, capacity: number): void;
  /** Copies the path to `row` of the pass that ran last (past and ancestors) into the batch. */
  placeContext(row: number, batchRow: number): void;
  /** Feeds one token to each of the first rows of the batch, which hold `lengths` positions; appends to them. */
  decode(tokens: Int32Array, lengths: Int32Array, wanted: WantedRows): Promise<DecodeOutput>;
  /** Batch row `to` becomes what `from` is; `length` positions. */
  moveRow(from: number, to: number, length: number): void;
  close(): Promise<void>;
}

/** Rows from the pass's root to `row`. */
export function ancestorRows(pass: Pass, row: number): readonly number[] {
  const rows: number[] = [];
  for (let at = row; at >= 0; at = pass.parents[at] ?? -1) rows.push(at);
  return rows.reverse();
}

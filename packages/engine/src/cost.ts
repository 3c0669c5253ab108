/**
 * What a pass is estimated to cost, and how large it may be: pure functions of the model's shape, so that a plan
 * (and with it every bit of the numbers) is the same on every machine.
 */
import { type Decoder, linearsOf } from '@evalgraph/architectures';

/** What planning has to know about a model. */
export type PassShape = Pick<
  Decoder,
  'vocabSize' | 'layers' | 'heads' | 'kvHeads' | 'headDim' | 'maxPositions'
>;

/** Cost of a pass of S rows over a past of P: overhead + token * S + pair * S * (P + S), in floating-point operations. */
export interface PassCost {
  readonly overhead: number;
  readonly token: number;
  readonly pair: number;
}

/**
 * Fitted to processor time (not wall time: other programs ran) of single passes, onnxruntime 1.30, AVX-512:
 *   1.9M parameters, 5 layers: 0.3 ms + 0.042 ms a row + 62 ns a row and key
 *   135M parameters, 30 layers: 30 ms + 2.0 ms a row + 1.05 us a row and key
 * A floating-point operation of a large product is the unit. Starting operators costs by the layer; weights that
 * caches do not hold are read from memory once a pass, whatever its size.
 */
const OVERHEAD_FLOP_A_LAYER = 6e6;
const CACHED_WEIGHTS = 4e6;
const OVERHEAD_FLOP_A_WEIGHT = 28;
/** Scores, mask and softmax run below the rate of matrix products: 1.4 and 1.5 times the time of their products. */
const ATTENTION_SLOWNESS = 1.5;

export function passCost(shape: PassShape): PassCost {
  const { heads, headDim } = shape;
  const layers = shape.layers.length;
  const weights = shape.layers
    .flatMap(linearsOf)
    .reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0);
  return {
    overhead: OVERHEAD_FLOP_A_LAYER * layers + OVERHEAD_FLOP_A_WEIGHT * Math.max(0, weights - CACHED_WEIGHTS),
    token: 2 * weights,
    pair: 4 * heads * headDim * layers * ATTENTION_SLOWNESS,
  };
}

export function costOf(cost: PassCost, rows: number, past: number): number {
  return cost.overhead + rows * (cost.token + cost.pair * (past + rows));
}

/** Attention scores of one layer are rows x keys x heads float32: 128 MiB. */
const MAX_SCORES = 2 ** 25;
/** Logits and their log-softmax are rows x vocabulary float32: 128 MiB each. */
const MAX_LOGITS = 2 ** 25;
/** Beyond this, activations grow and nothing is gained: matrix products are at their full rate. */
const MAX_ROWS = 1024;
/** Cutting finer than this would make more places to choose from than choices that matter. */
const MIN_PIECE = 32;

/** Whether a pass of `rows` rows, `headRows` of them with logits, stays within the memory limits. */
export function fits(shape: PassShape, rows: number, headRows: number, past: number): boolean {
  return (
    rows <= MAX_ROWS &&
    rows * (past + rows) * shape.heads <= MAX_SCORES &&
    headRows * shape.vocabSize <= MAX_LOGITS
  );
}

/**
 * Longest run of tokens that is not cut, where `past` tokens precede it. A long chain in pieces of n costs
 * overhead / n + pair * n / 2 a token, least at sqrt(2 overhead / pair); half of that leaves room to join.
 */
export function pieceLength(shape: PassShape, cost: PassCost, past: number): number {
  const best = Math.max(MIN_PIECE, Math.round(Math.sqrt((2 * cost.overhead) / cost.pair) / 2));
  let length = Math.min(best, MAX_ROWS, Math.max(1, Math.floor(MAX_LOGITS / shape.vocabSize)));
  while (length > 1 && !fits(shape, length, 0, past)) length = Math.floor(length / 2);
  return length;
}

/** Rows that are decoded together: beyond 16 the copies of keys and values cost what batching saves. */
export const MAX_DECODE_ROWS = 16;
/** Keys and values that wait for their decode batch, float32. */
const MAX_DECODE_BYTES = 2 ** 30;

/** Positions (over all rows, padded to the longest) whose keys and values a decode batch may hold. */
export function maxDecodePositions(shape: PassShape): number {
  const bytesAPosition = 2 * 4 * shape.layers.length * shape.kvHeads * shape.headDim;
  return Math.floor(MAX_DECODE_BYTES / bytesAPosition);
}

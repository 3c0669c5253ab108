/**
 * Two models' rows over the same tokens -> what is kept of each position: 48 bytes, whatever the vocabulary. Rows are
 * seen once and not held, so memory grows with the text and not with text x vocabulary.
 */
import { UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';
import { logSoftmax } from './log-softmax.ts';

/** 200 MB of accumulators; WikiText-2's test split has 0.3 million tokens. */
export const MAX_POSITIONS = 1 << 22;

/** One array a quantity, one entry a position, in the order added. */
export interface DivergencePositions {
  readonly vocabulary: number;
  readonly count: number;
  /** KL(dense || pruned) in nats. */
  readonly klNats: Float64Array;
  /** Probability of the right token, pruned - dense. */
  readonly deltaP: Float64Array;
  readonly denseNllNats: Float64Array;
  readonly prunedNllNats: Float64Array;
  /** The most probable token of each model. */
  readonly denseTop: Uint32Array;
  readonly prunedTop: Uint32Array;
  readonly target: Uint32Array;
  readonly window: Uint32Array;
}

export interface DivergenceAccumulator {
  /**
   * @param dense, pruned logits or log-probabilities of the next token, one for each token of the vocabulary; read
   *   before the call returns, so a row may be reused
   * @param target the token that follows in the text
   * @param window which window of text the position belongs to: positions of a window depend on each other
   * @throws UserError row-length, bad-target, non-finite-logit, too-many-positions
   */
  add(dense: Float32Array, pruned: Float32Array, target: number, window: number): void;
  positions(): DivergencePositions;
}

/**
 * KL(dense || pruned) = sum_v p_v (ln p_v - ln q_v), in float64 from float32 rows. Both rows go through the same
 * arithmetic: a model against itself gives exactly 0.
 */
export function accumulateDivergence(vocabulary: number): DivergenceAccumulator {
  const denseLog = new Float64Array(vocabulary);
  const prunedLog = new Float64Array(vocabulary);
  let room = emptyPositions(vocabulary, 1024);
  let count = 0;
  return {
    add(dense, pruned, target, window) {
      for (const row of [dense, pruned]) {
        if (row.length !== vocabulary) throw new UserError(messages.rowLength(count, vocabulary, row.length));
      }
      if (!Number.isInteger(target) || target < 0 || target >= vocabulary) {
        throw new UserError(messages.badTarget(count, target, vocabulary));
      }
      if (count === MAX_POSITIONS) throw new UserError(messages.tooManyPositions(MAX_POSITIONS));
      if (count === room.klNats.length) room = grown(room);
      room.denseTop[count] = logSoftmax(dense, denseLog, count);
      room.prunedTop[count] = logSoftmax(pruned, prunedLog, count);
      const p = denseLog[target] ?? Number.NaN;
      const q = prunedLog[target] ?? Number.NaN;
      room.klNats[count] = divergence(denseLog, prunedLog);
      room.deltaP[count] = Math.exp(q) - Math.exp(p);
      room.denseNllNats[count] = 0 - p;
      room.prunedNllNats[count] = 0 - q;
      room.target[count] = target;
      room.window[count] = window;
      count++;
    },
    positions: () => cut(room, count),
  };
}

function divergence(dense: Float64Array, pruned: Float64Array): number {
  let total = 0;
  for (let i = 0; i < dense.length; i++) {
    const p = dense[i] ?? Number.NaN;
    total += Math.exp(p) * (p - (pruned[i] ?? Number.NaN));
  }
  // Never negative by Gibbs' inequality; rounding can leave a -1e-17.
  return Math.max(0, total);
}

function emptyPositions(vocabulary: number, size: number): DivergencePositions {
  return {
    vocabulary,
    count: 0,
    klNats: new Float64Array(size),
    deltaP: new Float64Array(size),
    denseNllNats: new Float64Array(size),
    prunedNllNats: new Float64Array(size),
    denseTop: new Uint32Array(size),
    prunedTop: new Uint32Array(size),
    target: new Uint32Array(size),
    window: new Uint32Array(size),
  };
}

const FLOATS = ['klNats', 'deltaP', 'denseNllNats', 'prunedNllNats'] as const;
const COUNTS = ['denseTop', 'prunedTop', 'target', 'window'] as const;

function grown(old: DivergencePositions): DivergencePositions {
  const next = emptyPositions(old.vocabulary, old.klNats.length * 2);
  for (const name of FLOATS) next[name].set(old[name]);
  for (const name of COUNTS) next[name].set(old[name]);
  return next;
}

function cut(room: DivergencePositions, count: number): DivergencePositions {
  const arrays = [...FLOATS, ...COUNTS].map((name) => [name, room[name].slice(0, count)]);
  return { ...room, ...Object.fromEntries(arrays), count };
}

/** What a divergence needs to know of each model before a row is computed. */
export interface Vocabulary {
  readonly size: number;
  readonly tokenizerDigest: string;
}

/** @throws UserError vocabulary-differs, with every reason */
export function checkVocabulary(dense: Vocabulary, pruned: Vocabulary): void {
  const problems = [];
  if (dense.size !== pruned.size) {
    problems.push(
      messages.vocabularyDiffers('size of the vocabulary', String(dense.size), String(pruned.size)),
    );
  }
  if (dense.tokenizerDigest !== pruned.tokenizerDigest) {
    problems.push(messages.vocabularyDiffers('tokenizer', dense.tokenizerDigest, pruned.tokenizerDigest));
  }
  if (problems.length > 0) throw new UserError(problems);
}

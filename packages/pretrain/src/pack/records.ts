/** Files of packed tokens as they are read back, by the next run and by who shows them. */
import { type ShapeOf, shape } from '@evalgraph/formats';

const { count, digest, list, number, oneOf, optional, record, text } = shape;

const packShard = record({
  file: text,
  sequences: count,
  bytes: count,
  sha256: digest,
  /** A byte for each token. */
  weights: optional(record({ file: text, sha256: digest })),
});
export type PackShard = ShapeOf<typeof packShard>;

/** All exact; `text + bos + eos = packed + unweighted + dropped`. */
const tokenCounts = record({
  documents: count,
  text: count,
  bos: count,
  eos: count,
  packed: count,
  /** Tokens of sequences that were dropped because none of their tokens has a weight; absent where all tokens count the same. */
  unweighted: optional(count),
  /** Tokens at the end that are less than one sequence. */
  dropped: count,
});
export type TokenCounts = ShapeOf<typeof tokenCounts>;

/** index.json. */
export const packRecord = record({
  version: count,
  key: text,
  dtype: oneOf('uint16', 'uint32'),
  byteOrder: oneOf('little'),
  /** Tokens. */
  sequenceLength: count,
  sequences: count,
  shards: list(packShard),
  counts: tokenCounts,
  /** The weights that the bytes of the shards' `weights` stand for; left out where every token counts the same. */
  lossWeights: optional(list(number)),
});
export type PackIndex = ShapeOf<typeof packRecord>;

const packState = record({
  documents: count,
  carry: record({ tokens: list(count), levels: list(count) }),
  text: count,
  unweighted: count,
  shards: list(packShard),
});
export type PackState = ShapeOf<typeof packState>;

/** state.json of a pack that is under way. */
export const storedState = record({ key: text, state: packState });

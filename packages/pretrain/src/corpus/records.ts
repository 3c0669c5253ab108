/** Files of a corpus as they are read back, by the next run and by who shows them. */
import { type ShapeOf, shape } from '@evalgraph/formats';

const { count, dictionary, digest, list, oneOf, record, text } = shape;

export const shardEntry = record({
  file: text,
  documents: count,
  /** UTF-16 units. */
  characters: count,
  /** The size of the texts as UTF-8. */
  textBytes: count,
  fileBytes: count,
  sha256: digest,
});
export type ShardEntry = ShapeOf<typeof shardEntry>;

/** index.json. */
export const corpusIndex = record({
  version: count,
  /** Digest of `corpusKeyParts`. */
  key: text,
  format: oneOf('parquet', 'jsonl'),
  columns: list(text),
  shards: list(shardEntry),
});
export type CorpusIndex = ShapeOf<typeof corpusIndex>;

const taskOverlap = record({
  task: text,
  /** Documents of the corpus, not of the task. */
  documents: count,
  /** The task's documents: those met in the corpus, those looked for, and those too short to be looked for. */
  taskDocumentsMet: count,
  taskDocuments: count,
  taskDocumentsTooShort: count,
});
export type TaskOverlap = ShapeOf<typeof taskOverlap>;

/** What is shown of card.json; a `CorpusCard` is one. */
export const cardRecord = record({
  documents: count,
  textBytes: count,
  sources: list(record({ name: text, licence: text, documents: count, textBytes: count })),
  steps: list(
    record({
      name: text,
      documentsIn: count,
      documentsRemoved: count,
      documentsChanged: count,
      /** Why documents went -> how many. */
      reasons: dictionary(count),
      overlaps: list(taskOverlap),
    }),
  ),
});
export type CorpusCardRecord = ShapeOf<typeof cardRecord>;

/** Reads a committed summary.json back: its figures by the key of their cell. */
import { parseSealed, shape } from '@evalgraph/formats';
import { messages } from './messages.ts';

const { dictionary, json, list, number, record, text } = shape;

const summaryShape = record({
  format: shape.oneOf(1),
  engine: dictionary(json),
  scores: list(record({ checkpoint: text, task: text, metric: text, value: number, key: text })),
  perplexities: list(record({ checkpoint: text, corpus: text, perplexity: number, key: text })),
});

export interface SummaryFigure {
  readonly checkpoint: string;
  /** A task, or the name of a perplexity's corpus. */
  readonly task: string;
  /** `acc,none`; null: a protocol's perplexity. */
  readonly metric: string | null;
  readonly value: number;
  readonly key: string;
}

export interface SummaryFigures {
  readonly engine: Readonly<Record<string, unknown>>;
  readonly figures: readonly SummaryFigure[];
}

/** @throws UserError where the file is no summary of this format. */
export function parseSummary(content: string, path: string): SummaryFigures {
  const { remedy = '' } = messages.badSummary(path);
  const { engine, scores, perplexities } = parseSealed(content, { file: path, remedy }, summaryShape);
  const figures = [
    ...scores.map(({ checkpoint, task, metric, value, key }) => ({ checkpoint, task, metric, value, key })),
    ...perplexities.map(({ checkpoint, corpus, perplexity, key }) => ({
      checkpoint,
      task: corpus,
      metric: null,
      value: perplexity,
      key,
    })),
  ];
  return { engine, figures };
}

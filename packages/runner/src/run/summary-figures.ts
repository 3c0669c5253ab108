/** Reads a committed summary.json back: its figures by the key of their cell. */
import { parseSummaryRecord } from '@evalgraph/formats';

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
  const { engine, scores, perplexities } = parseSummaryRecord(content, path);
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

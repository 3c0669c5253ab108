/** Reads a committed summary.json back: its figures by the key of their cell. */

import { parseSealed, shape, UserError } from '@evalgraph/formats';
import { messages } from './messages.ts';

const object = shape.dictionary(shape.json);

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
export function parseSummary(text: string, path: string): SummaryFigures {
  const { remedy = '' } = messages.badSummary(path);
  const summary = parseSealed(text, { file: path, remedy }, object);
  if (summary['format'] !== 1 || !isRecord(summary['engine'])) {
    throw new UserError(messages.badSummary(path));
  }
  const scores = listOf(summary['scores'], path).map((row) => figure(row, 'task', 'metric', 'value', path));
  const perplexities = listOf(summary['perplexities'], path).map((row) =>
    figure(row, 'corpus', null, 'perplexity', path),
  );
  return { engine: summary['engine'], figures: [...scores, ...perplexities] };
}

function figure(
  row: Readonly<Record<string, unknown>>,
  task: string,
  metric: string | null,
  value: string,
  path: string,
): SummaryFigure {
  const text = (name: string): string => {
    const found = row[name];
    if (typeof found !== 'string') throw new UserError(messages.badSummary(path));
    return found;
  };
  const number = row[value];
  if (typeof number !== 'number' || !Number.isFinite(number)) throw new UserError(messages.badSummary(path));
  return {
    checkpoint: text('checkpoint'),
    task: text(task),
    metric: metric === null ? null : text(metric),
    value: number,
    key: text('key'),
  };
}

function listOf(value: unknown, path: string): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value) || !value.every(isRecord)) throw new UserError(messages.badSummary(path));
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

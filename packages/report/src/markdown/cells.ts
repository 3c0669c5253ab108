/** How a score, a column's name and a checkpoint are written in every table. */
import {
  formatCount,
  formatDifference,
  formatPerplexity,
  formatScore,
  formatWithError,
  NOT_AVAILABLE,
} from '../format.ts';
import { type Metric, metricLabel } from '../headline-metric.ts';
import type { ReportModel } from '../input.ts';
import type { Column, Row, Score } from '../scores.ts';
import { escapeText } from './escape.ts';

/** Stands after every name whose numbers come from a limited run. */
export const LIMITED = '†';

/** Where the pipeline does not evaluate a checkpoint on a task. */
export const NOT_RUN = '-';

export function valueText(value: number, metric: Metric): string {
  return metric.kind === 'perplexity' ? formatPerplexity(value) : formatScore(value);
}

export function scoreText(score: Score, metric: Metric): string {
  return formatWithError(valueText(score.value, metric), score.stderr);
}

export function chanceText(column: Column): string {
  return column.chance === null ? NOT_AVAILABLE : formatScore(column.chance);
}

export function gainText(first: Score, last: Score): string {
  return formatDifference(last.value - first.value);
}

export function bold(text: string): string {
  return `**${text}**`;
}

/** `hellaswag†` */
export function taskText(column: Column): string {
  return escapeText(column.task) + (column.limit === null ? '' : LIMITED);
}

/** `acc_norm`, with an arrow where lower is better. */
export function metricText(metric: Metric): string {
  return escapeText(metricLabel(metric)) + (metric.higherIsBetter ? '' : ' (lower is better)');
}

/** The step, or the name where there is none. */
export function checkpointText(row: Row): string {
  const { checkpoint } = row;
  return checkpoint.step === null ? escapeText(checkpoint.name) : formatCount(checkpoint.step);
}

/** `dense500m, step 54,000` */
export function placeText(row: Row): string {
  const { model, checkpoint } = row;
  if (checkpoint.step !== null) return `${escapeText(model.name)}, step ${formatCount(checkpoint.step)}`;
  return model.checkpoints.length === 1 && checkpoint.name === model.name
    ? escapeText(model.name)
    : `${escapeText(model.name)}, ${escapeText(checkpoint.name)}`;
}

/** Heading of the column of checkpoints. */
export function checkpointHeading(model: ReportModel): string {
  return model.checkpoints.every(({ step }) => step !== null) ? 'Step' : 'Checkpoint';
}

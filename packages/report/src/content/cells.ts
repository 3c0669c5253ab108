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
import { plainText } from '../plain-text.ts';
import { type Column, hasScore, isMissing, type Row, type Score, scoreOf } from '../scores.ts';
import { type Cell, numberCell, textCell } from './blocks.ts';

/** Stands after every name whose numbers come from a limited run. */
export const LIMITED = '†';

/** Where the pipeline does not evaluate a checkpoint on a task. */
export const NOT_RUN = '-';

/** Where a result is still to come: only in a partial report. */
export const MISSING = 'missing';

export function valueText(value: number, metric: Metric): string {
  return metric.kind === 'perplexity' ? formatPerplexity(value) : formatScore(value);
}

export function scoreText(score: Score, metric: Metric): string {
  return formatWithError(valueText(score.value, metric), score.stderr);
}

export function scoreCell(score: Score, metric: Metric): Cell {
  return numberCell(scoreText(score, metric), score.value);
}

/** The row's score in a column, or why there is none. */
export function rowCell(row: Row, column: Column): Cell {
  return hasScore(row, column) ? scoreCell(scoreOf(row, column), column.metric) : absentCell(row, column);
}

export function absentCell(row: Row, column: Column): Cell {
  return textCell(isMissing(row, column) ? MISSING : NOT_RUN);
}

export function chanceCell(column: Column): Cell {
  return column.chance === null
    ? numberCell(NOT_AVAILABLE, null)
    : numberCell(formatScore(column.chance), column.chance);
}

export function gainCell(first: Score, last: Score): Cell {
  return numberCell(gainText(first, last), last.value - first.value);
}

export function gainText(first: Score, last: Score): string {
  return formatDifference(last.value - first.value);
}

/** What an imported file does not say is not a zero. */
export function countCell(value: number | null): Cell {
  return value === null ? numberCell(NOT_AVAILABLE, null) : numberCell(formatCount(value), value);
}

/** `hellaswag†` */
export function taskText(column: Column): string {
  return plainText(column.task) + (column.limit === null ? '' : LIMITED);
}

/** `acc_norm`, with a word where lower is better. */
export function metricText(metric: Metric): string {
  return plainText(metricLabel(metric)) + (metric.higherIsBetter ? '' : ' (lower is better)');
}

/** The step, or the name where there is none. */
export function checkpointText(row: Row): string {
  const { checkpoint } = row;
  return checkpoint.step === null ? plainText(checkpoint.name) : formatCount(checkpoint.step);
}

export function checkpointCell(row: Row): Cell {
  return textCell(checkpointText(row), row.checkpoint.step);
}

/** `dense500m, step 54,000` */
export function placeText(row: Row): string {
  const { model, checkpoint } = row;
  if (checkpoint.step !== null) return `${plainText(model.name)}, step ${formatCount(checkpoint.step)}`;
  return model.checkpoints.length === 1 && checkpoint.name === model.name
    ? plainText(model.name)
    : `${plainText(model.name)}, ${plainText(checkpoint.name)}`;
}

/** Heading of the column of checkpoints. */
export function checkpointHeading(model: ReportModel): string {
  return model.checkpoints.every(({ step }) => step !== null) ? 'Step' : 'Checkpoint';
}

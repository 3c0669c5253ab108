/** What every table and chart reads: columns, rows and the scores in them. `reportData` makes it of the input. */
import {
  type CellResults,
  metricKey,
  type Problem,
  stderrKey,
  type TaskScores,
  UserError,
} from '@evalgraph/formats';
import type { Metric } from './headline-metric.ts';
import type { ReportCheckpoint, ReportInput, ReportModel } from './input.ts';
import { messages } from './messages.ts';

/** A number as it is shown: a fraction where the metric is one. */
export interface Score {
  readonly value: number;
  readonly stderr: number | null;
  /** null: an imported result whose file does not say. */
  readonly documents: number | null;
}

/** A column: one metric of one task or group. */
export interface Column {
  readonly task: string;
  /** The top-level task whose cell holds the score: `mmlu` for `mmlu_anatomy`. */
  readonly cell: string;
  readonly metric: Metric;
  readonly chance: number | null;
  readonly shots: number | null;
  /** Documents that a limited run saw, null where it saw all. */
  readonly limit: number | null;
}

/** Task or group, as far as the record knows it. */
export interface TaskNode {
  readonly name: string;
  readonly column: Column;
  readonly children: readonly TaskNode[];
}

export interface Row {
  readonly model: ReportModel;
  readonly checkpoint: ReportCheckpoint;
  readonly cells: ReadonlyMap<string, CellResults>;
  readonly perplexities: readonly CellResults[];
  /** Top-level tasks that the pipeline evaluates here and that have no result yet: in a partial report only. */
  readonly missing: ReadonlySet<string>;
}

export interface ReportData {
  readonly input: ReportInput;
  /** The headline of each top-level task. */
  readonly tasks: readonly TaskNode[];
  /** Shown beside headlines. */
  readonly extras: readonly Column[];
  /** One for each checkpoint, by model and step. */
  readonly rows: readonly Row[];
}

/** False where the pipeline does not evaluate the checkpoint on the column's task; a missing cell was refused. */
export function hasScore(row: Row, column: Column): boolean {
  return row.cells.has(column.cell);
}

/** True where the column's cell is planned and not there yet. */
export function isMissing(row: Row, column: Column): boolean {
  return row.missing.has(column.cell);
}

/** Every result that a partial report waits for, each once: those that the caller names, and those that it lacks. */
export function missingCells(data: ReportData): readonly string[] {
  const lacking = data.rows.flatMap(({ model, checkpoint, missing }) =>
    [...missing].map((task) => cellName(model, checkpoint, task)),
  );
  // The caller's names may be written in its own way; where it names any, they are the whole list.
  return data.input.missing.length > 0 ? [...new Set(data.input.missing)] : lacking;
}

/** The score in a column. @throws UserError where `hasScore` is false */
export function scoreOf(row: Row, column: Column): Score {
  const problems: Problem[] = [];
  const score = readScore(row, column, problems);
  if (score === null) throw new UserError(problems);
  return score;
}

/** All tasks without children below a node; itself where it has none. */
export function leavesOf(node: TaskNode): readonly TaskNode[] {
  return node.children.length === 0 ? [node] : node.children.flatMap(leavesOf);
}

/** @param problems gets what is wrong with the number; then there is none */
export function readScore(row: Row, column: Column, problems: Problem[]): Score | null {
  const name = cellName(row.model, row.checkpoint, column.cell);
  const scores: TaskScores | undefined = row.cells.get(column.cell)?.results[column.task];
  const key = metricKey(column.metric);
  const value = scores?.metrics[key];
  if (scores === undefined || value === undefined) {
    problems.push(messages.metricMissing(name, column.task, key));
    return null;
  }
  const error = scores.metrics[stderrKey(column.metric)];
  const stderr = typeof error === 'number' ? error : null;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    problems.push(messages.notFinite(`${name}, ${column.task} ${key}`, value));
    return null;
  }
  if (stderr !== null && !Number.isFinite(stderr)) {
    problems.push(messages.notFinite(`${name}, ${column.task} ${stderrKey(column.metric)}`, stderr));
    return null;
  }
  const { scale } = column.metric;
  return {
    value: value / scale,
    stderr: stderr === null ? null : stderr / scale,
    documents: scores.samples,
  };
}

export function cellName(model: ReportModel, checkpoint: ReportCheckpoint, task: string): string {
  return `${checkpointId(model.name, checkpoint.name)}/${task}`;
}

export function checkpointId(model: string, checkpoint: string): string {
  return `${model}/${checkpoint}`;
}

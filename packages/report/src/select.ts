/** Picks rows: the best one, a model's own, the first and the last. Choosing, not computing. */
import type { ReportModel } from './input.ts';
import {
  type Column,
  hasScore,
  type ReportData,
  type Row,
  type Score,
  scoreOf,
  type TaskNode,
} from './scores.ts';

/** A row and its score in some column. */
export interface Scored {
  readonly row: Row;
  readonly score: Score;
}

export function rowsOf(data: ReportData, model: ReportModel): readonly Row[] {
  return data.rows.filter((row) => row.model === model);
}

/** A model with several checkpoints has curves; a single one is a reference. */
export function isSeries(model: ReportModel): boolean {
  return model.checkpoints.length > 1;
}

/** Scores of one column in their rows' order; without the rows that are not evaluated on its task. */
export function scored(rows: readonly Row[], column: Column): readonly Scored[] {
  return rows.filter((row) => hasScore(row, column)).map((row) => ({ row, score: scoreOf(row, column) }));
}

/**
 * What every table, chart and terminal view calls the best: the highest score of the column, or the lowest where lower
 * is better. Of equals the first, so that a report does not depend on chance. @throws RangeError for no rows
 */
export function bestOf(list: readonly Scored[], higherIsBetter: boolean): Scored {
  const [first, ...rest] = list;
  if (first === undefined) throw new RangeError('the best of no rows');
  return rest.reduce(
    (best, one) =>
      (higherIsBetter ? one.score.value > best.score.value : one.score.value < best.score.value) ? one : best,
    first,
  );
}

/**
 * Where the members of a group are ranked against each other: at the model's last checkpoint that is evaluated on all
 * of them. The best checkpoint of a group that stays at chance is any, an untrained one too.
 * @returns null where no checkpoint has them all
 */
export function rankedAt(rows: readonly Row[], members: readonly Column[]): Row | null {
  return rows.findLast((row) => members.every((member) => hasScore(row, member))) ?? null;
}

/** Members of a group by their scores at a checkpoint, best first; of equals by name. */
export function ranked<Member>(
  members: readonly Member[],
  row: Row,
  columnOf: (member: Member) => Column,
): readonly Member[] {
  return [...members].sort((a, b) => {
    const [one, other] = [columnOf(a), columnOf(b)];
    const order = scoreOf(row, other).value - scoreOf(row, one).value;
    return (one.metric.higherIsBetter ? order : -order) || (one.task < other.task ? -1 : 1);
  });
}

/** Two-sided 95 % quantile of the normal distribution. */
const NORMAL_95 = 1.96;

/** True where a score is not surely above guessing: chance is within 1.96 standard errors below it, or above it. */
export function isAtChance(score: Score, column: Column): boolean {
  if (column.chance === null || score.stderr === null || !column.metric.higherIsBetter) return false;
  return score.value - NORMAL_95 * score.stderr <= column.chance;
}

/** @throws RangeError for an empty list */
export function endsOf<T>(list: readonly T[]): { readonly first: T; readonly last: T } {
  const first = list[0];
  const last = list.at(-1);
  if (first === undefined || last === undefined) throw new RangeError('the ends of nothing');
  return { first, last };
}

/** Top-level tasks whose headline is a fraction: the only ones of which a mean over tasks says something. */
export function averaged(data: ReportData): readonly TaskNode[] {
  return data.tasks.filter(({ column }) => column.metric.kind === 'fraction' && column.metric.higherIsBetter);
}

/**
 * Plain mean of the headline scores, each task alike; null for fewer than two, where it would repeat one, and for
 * a checkpoint that lacks a task, whose mean would be of other things than its neighbours'.
 */
export function meanScore(data: ReportData, row: Row): Score | null {
  const tasks = averaged(data);
  if (tasks.some(({ column }) => !hasScore(row, column))) return null;
  const scores = tasks.map(({ column }) => scoreOf(row, column));
  if (scores.length < 2) return null;
  return {
    value: scores.reduce((sum, score) => sum + score.value, 0) / scores.length,
    stderr: null,
    documents: scores.reduce<number | null>(
      (sum, { documents }) => (sum === null || documents === null ? null : sum + documents),
      0,
    ),
  };
}

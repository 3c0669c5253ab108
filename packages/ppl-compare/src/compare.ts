/**
 * Dense versus pruned: one record of everything that differs. Cells + samples + weights -> ComparisonRecord.
 * Nothing is left out silently: what cannot be compared is an error that says why, all of them at once.
 */
import {
  type CellResults,
  type CheckpointIdentity,
  type ComparisonRecord,
  type PerplexityFigure,
  type Problem,
  type SparsitySummary,
  UserError,
} from '@evalgraph/formats';
import type { DocumentRow } from './documents.ts';
import { leavesOf } from './groups.ts';
import { messages } from './messages.ts';
import { pairPerplexity } from './pair-perplexity.ts';
import { type PairedRow, pairTask } from './pair-task.ts';

export interface ComparisonSide {
  readonly checkpoint: CheckpointIdentity;
  /** One for each compared task, and perplexity cells (those with `perplexity`). */
  readonly cells: readonly CellResults[];
  /** Samples by task, for every task below a compared one (57 for mmlu). */
  readonly documents: ReadonlyMap<string, readonly DocumentRow[]>;
  readonly sparsity: SparsitySummary;
}

export interface ComparisonInput {
  readonly name: string;
  readonly pipeline: string;
  readonly limit: number | null;
  /** Names of the compared tasks and groups, in the order of the report. Perplexity cells are not named here. */
  readonly tasks: readonly string[];
  readonly dense: ComparisonSide;
  readonly pruned: ComparisonSide;
}

/**
 * The record, with the documents that each of its tasks' rows stands on, in the same order. Values of squad_v2's metrics
 * are fractions (0.6234, where results.json has 62.34); all others are as recorded.
 *
 * @throws UserError with every reason why the two cannot be compared
 */
export function pairAll(input: ComparisonInput): {
  readonly record: ComparisonRecord;
  readonly rows: readonly PairedRow[];
} {
  const { dense, pruned } = input;
  const problems: Problem[] = [];
  const rows = input.tasks.flatMap((task) => {
    const cells = [cellOf(task, dense, 'dense', problems), cellOf(task, pruned, 'pruned', problems)] as const;
    if (cells[0] === undefined || cells[1] === undefined) return [];
    const found = differingSettings(task, cells[0], cells[1]);
    const paired = pairTask(
      task,
      { cell: cells[0], documents: dense.documents },
      { cell: cells[1], documents: pruned.documents },
      found,
    );
    problems.push(...found);
    return paired;
  });
  const perplexity = pairPerplexity(
    figuresOf(dense, 'dense', problems),
    figuresOf(pruned, 'pruned', problems),
    problems,
  );
  if (rows.length + perplexity.length + problems.length === 0)
    problems.push(messages.nothingMeasured(input.name));
  if (problems.length > 0) throw new UserError(problems);
  const record: ComparisonRecord = {
    format: 1,
    name: input.name,
    pipeline: input.pipeline,
    limit: input.limit,
    dense: dense.checkpoint,
    pruned: pruned.checkpoint,
    sparsity: { dense: dense.sparsity, pruned: pruned.sparsity },
    perplexity,
    tasks: rows.map(({ row }) => row),
  };
  return { record, rows };
}

function engineText({ name, numericsVersion, dtype, details }: CellResults['engine']): string {
  const others = Object.entries(details).map(([key, value]) => ` ${key} ${value}`);
  return `${name} v${numericsVersion} ${dtype}${others.join('')}`;
}

function figuresOf(
  side: ComparisonSide,
  name: 'dense' | 'pruned',
  problems: Problem[],
): readonly PerplexityFigure[] {
  return side.cells.flatMap((cell) => {
    if (cell.perplexity === undefined) return [];
    if (cell.checkpoint.digest === side.checkpoint.digest) return [cell.perplexity];
    problems.push(messages.wrongCheckpoint(cell.task, name, side.checkpoint.digest, cell.checkpoint.digest));
    return [];
  });
}

function cellOf(
  task: string,
  side: ComparisonSide,
  name: 'dense' | 'pruned',
  problems: Problem[],
): CellResults | undefined {
  const cell = side.cells.find((candidate) => candidate.task === task);
  if (cell === undefined || cell.results[task] === undefined) {
    problems.push(messages.cellMissing(task, name));
    return undefined;
  }
  if (cell.checkpoint.digest !== side.checkpoint.digest) {
    problems.push(messages.wrongCheckpoint(task, name, side.checkpoint.digest, cell.checkpoint.digest));
    return undefined;
  }
  return cell;
}

/** What must be equal for a difference to be the pruning's: the engine, the limit, versions, shots, the group's tasks. */
function differingSettings(task: string, dense: CellResults, pruned: CellResults): Problem[] {
  const settings = (cell: CellResults): readonly (readonly [string, string])[] => [
    ['the engine', engineText(cell.engine)],
    ['the limit', String(cell.limit ?? 'none')],
    ['the number of shots', String(cell.numFewshot[task] ?? 'not stated')],
    ['the task version', String(cell.versions[task] ?? 'not stated')],
    ['the list of tasks', leavesOf(cell, task).join(', ')],
  ];
  const other = settings(pruned);
  return settings(dense).flatMap(([what, value], index) => {
    const theirs = other[index]?.[1] ?? 'not stated';
    return value === theirs ? [] : [messages.settingsDiffer(task, what, value, theirs)];
  });
}

/**
 * Reads back what cells wrote, and trusts nothing: each expected file must exist and carry the plan's key. A build
 * cache that restored nothing, or an old folder, must not become an empty place in a table.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CellResults,
  isMissing,
  type Problem,
  type PyDict,
  parseResults,
  UserError,
} from '@evalgraph/formats';
import type { DocumentRow } from '@evalgraph/ppl-compare';
import { cellProjectName } from '../cell-names.ts';
import { importedResults } from '../exchange/imported-results.ts';
import { messages } from '../messages.ts';
import type { Cell, CellWork, Plan } from '../plan/plan.ts';
import { RESULTS_FILE, samplesFile } from './result-files.ts';

/** @throws UserError with a problem for each cell whose results are missing or stale. */
export async function readCells(
  root: string,
  plan: Plan,
  cells: readonly Cell[],
): Promise<ReadonlyMap<string, CellResults>> {
  const { results, absent } = await findCells(root, plan, cells);
  if (absent.length > 0) throw new UserError(absent.map(({ problem }) => problem));
  return results;
}

export interface FoundCells {
  /** By the cell's id; in the order that was asked for. */
  readonly results: ReadonlyMap<string, CellResults>;
  /** Cells without a result that carries the plan's key. */
  readonly absent: readonly {
    readonly cell: Cell;
    readonly reason: 'missing' | 'stale';
    readonly problem: Problem;
  }[];
}

/** Those that are there, and why the others are not. @throws UserError where a file cannot be read. */
export async function findCells(root: string, plan: Plan, cells: readonly Cell[]): Promise<FoundCells> {
  const absent: FoundCells['absent'][number][] = [];
  const results = new Map<string, CellResults>();
  for (const cell of cells) {
    if (cell.work.kind === 'imported') {
      results.set(cell.id, importedCell(cell, cell.work, plan.pipeline.name));
      continue;
    }
    const path = join(cell.output, RESULTS_FILE);
    const command = `npx nx run ${cellProjectName(plan.pipeline.name, cell.id)}:eval${plan.variant === 'quick' ? ':quick' : ''} --skip-nx-cache`;
    const text = await readIfPresent(join(root, path));
    if (text === null) {
      absent.push({ cell, reason: 'missing', problem: messages.resultMissing(path, command) });
      continue;
    }
    const result = parseResults(text, path);
    if (result.key === cell.key) results.set(cell.id, result);
    else absent.push({ cell, reason: 'stale', problem: messages.resultStale(path, command) });
  }
  return { results, absent };
}

/** Read by the plan already: nothing was computed, so nothing can be missing or stale. */
function importedCell(
  cell: Cell,
  { record, task }: Extract<CellWork, { kind: 'imported' }>,
  pipeline: string,
): CellResults {
  const { model, checkpoint, id, lock } = cell.checkpoint;
  const digest = lock?.digest ?? '';
  return {
    ...importedResults(record, task, cell.name),
    key: cell.key ?? '',
    pipeline,
    checkpoint: { model: model.name, checkpoint: id, step: checkpoint.step, digest },
  };
}

async function readIfPresent(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw new UserError(messages.unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error)));
  }
}

/** A document's scores, and the document: contexts are found in it. */
export interface SampledDocument extends DocumentRow {
  readonly doc: PyDict;
}

interface RawRow extends Omit<DocumentRow, 'scores'> {
  readonly doc: Readonly<Record<string, unknown>>;
  readonly metrics: readonly string[];
  readonly doc_scores?: Readonly<Record<string, number | null>>;
  readonly [metric: string]: unknown;
}

/** The samples of every task below a cell. */
export async function readSamples(
  root: string,
  cell: Cell,
  results: CellResults,
): Promise<ReadonlyMap<string, readonly SampledDocument[]>> {
  const groups = new Set(Object.keys(results.groupSubtasks));
  const tasks = Object.keys(results.results).filter((name) => !groups.has(name));
  const rows = new Map<string, readonly SampledDocument[]>();
  for (const task of tasks) {
    const path = join(cell.output, samplesFile(task));
    const text = await readIfPresent(join(root, path));
    if (text === null) throw new UserError(messages.resultMissing(path, 'npx nx run-many -t eval'));
    rows.set(task, text.split('\n').filter(Boolean).map(parseRow));
  }
  return rows;
}

function parseRow(line: string): SampledDocument {
  const row = JSON.parse(line) as RawRow;
  const { doc_id, doc_hash, prompt_hash, target_hash, filter } = row;
  const own = Object.fromEntries(row.metrics.map((name) => [name, row[name]]));
  const scores = { ...own, ...row.doc_scores };
  const doc = new Map(Object.entries(row.doc)) as PyDict;
  return { doc_id, doc_hash, prompt_hash, target_hash, filter, scores, doc };
}

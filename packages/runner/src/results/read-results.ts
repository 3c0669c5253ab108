/**
 * Reads back what cells wrote, and trusts nothing: each expected file must exist and carry the plan's key. A build
 * cache that restored nothing, or an old folder, must not become an empty place in a table.
 */

import {
  byName,
  type CellResults,
  type Problem,
  type PyDict,
  parseRecord,
  parseResults,
  type RecordSource,
  shape,
  UserError,
} from '@evalgraph/formats';
import type { DocumentRow } from '@evalgraph/ppl-compare';
import { importedResults } from '../exchange/imported-results.ts';
import { messages } from '../messages.ts';
import type { Cell, CellWork, Plan } from '../plan/plan.ts';
import { cellPlace, placedSource, readPlaced } from './placed.ts';
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
  /** Results by the cell's id, in the order that was asked for. */
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
    const place = cellPlace(root, plan.pipeline.name, cell);
    const { file: path, remedy } = placedSource(place, RESULTS_FILE);
    const content = await readPlaced(place, RESULTS_FILE);
    if (content === null) {
      absent.push({ cell, reason: 'missing', problem: messages.resultMissing(path, place.command) });
      continue;
    }
    const result = parseResults(content, path, remedy);
    if (result.key === cell.key) results.set(cell.id, result);
    else absent.push({ cell, reason: 'stale', problem: messages.resultStale(path, place.command) });
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

/** A document's scores, and the document: contexts are found in it. */
export interface SampledDocument extends DocumentRow {
  readonly doc: PyDict;
}

const { anything, count, dictionary, list, nullable, number, optional, record, text } = shape;

const sampleRow = record({
  doc_id: count,
  doc: dictionary(anything),
  doc_hash: text,
  prompt_hash: text,
  target_hash: text,
  filter: text,
  metrics: list(text),
  doc_scores: optional(dictionary(nullable(number))),
});

/** The samples of every task below a cell. */
export async function readSamples(
  root: string,
  pipeline: string,
  cell: Cell,
  results: CellResults,
): Promise<ReadonlyMap<string, readonly SampledDocument[]>> {
  const groups = new Set(Object.keys(results.groupSubtasks));
  const tasks = Object.keys(results.results).filter((name) => !groups.has(name));
  const place = cellPlace(root, pipeline, cell);
  const rows = new Map<string, readonly SampledDocument[]>();
  for (const task of tasks) {
    const { file, remedy } = placedSource(place, samplesFile(task));
    const content = await readPlaced(place, samplesFile(task));
    if (content === null) throw new UserError(messages.resultMissing(file, place.command));
    const lines = content.toString('utf8').split('\n');
    rows.set(
      task,
      lines.flatMap((line, at) =>
        line === '' ? [] : [parseRow(line, { file: `${file}:${at + 1}`, remedy })],
      ),
    );
  }
  return rows;
}

function parseRow(line: string, source: RecordSource): SampledDocument {
  const row = parseRecord(line, source, sampleRow);
  const { doc_id, doc_hash, prompt_hash, target_hash, filter } = row;
  const values = row as Readonly<Record<string, unknown>>;
  const own = row.metrics
    .filter((name) => Object.hasOwn(values, name))
    .map((name) => [name, values[name]] as const);
  const scores = byName([...own, ...Object.entries(row.doc_scores ?? {})]);
  const doc = new Map(Object.entries(row.doc)) as PyDict;
  return { doc_id, doc_hash, prompt_hash, target_hash, filter, scores, doc };
}

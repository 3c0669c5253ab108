/** Names of a cell's files, and the names of pipeline and model that a shared store entry does not carry. */
import {
  type CellResults,
  type JsonValue,
  parseResults,
  parseSealed,
  prettyJson,
  type RecordSource,
  type RunRecord,
  runRecord,
  sealed,
  writeResults,
} from '@evalgraph/formats';
import type { Cell } from '../plan/plan.ts';

export const RESULTS_FILE = 'results.json';
export const RUN_FILE = 'run.json';
/** What the key was made of: `evalgraph why` compares it with the plan's. */
export const KEY_FILE = 'key.json';

/** Holds every figure on the way; it lies beside a reconciliation's results. */
export const RECONCILIATION_FILE = 'reconciliation.json';
export const DIVERGENCE_FILE = 'divergence.json';
/** Holds a SampleRecord of @evalgraph/pretrain; it lies beside the results of written texts. */
export const SAMPLES_FILE = 'samples.json';
const FILES_OF_MEASURES = [RECONCILIATION_FILE, DIVERGENCE_FILE];

/** Content of run.json. */
export function runText(run: RunRecord): string {
  return `${JSON.stringify(sealed(run), null, 2)}\n`;
}

/** @throws UserError where it is damaged */
export function parseRun(content: string | Uint8Array, source: RecordSource): RunRecord {
  return parseSealed(content, source, runRecord);
}

export function samplesFile(task: string): string {
  return `samples_${task}.jsonl`;
}

/**
 * Stored files of a cell with the names that this pipeline gives to the checkpoint, the cell and the corpus: the key
 * knows none of them, so another pipeline, or a command without one, may have stored the entry.
 */
export function localiseFiles(
  files: ReadonlyMap<string, string | Uint8Array>,
  cell: Cell,
  pipeline: string,
): ReadonlyMap<string, string | Uint8Array> {
  const named = new Map(files);
  named.set(RESULTS_FILE, localise(String(files.get(RESULTS_FILE)), cell, pipeline));
  const corpus = corpusOf(cell);
  for (const file of FILES_OF_MEASURES) {
    const text = files.get(file);
    if (text !== undefined && corpus !== null)
      named.set(file, prettyJson(withCorpus(JSON.parse(String(text)), corpus)));
  }
  return named;
}

function localise(text: string, cell: Cell, pipeline: string): string {
  const results: CellResults = parseResults(text, RESULTS_FILE);
  const { checkpoint } = cell;
  return writeResults({
    ...results,
    ...measured(results, cell),
    pipeline,
    task: cell.name,
    checkpoint: {
      model: checkpoint.model.name,
      checkpoint: checkpoint.id,
      step: checkpoint.checkpoint.step,
      digest: results.checkpoint.digest,
    },
  });
}

/** null: not measured over a corpus. */
function corpusOf({ work }: Cell): string | null {
  if (work.kind === 'perplexity' || work.kind === 'divergence') return work.use.data;
  return work.kind === 'reconciliation' ? work.from.data : null;
}

/** What a measured cell's results say of how it was measured; null: no such cell. */
export function measuredConfig({ work }: Pick<Cell, 'work'>): JsonValue | null {
  switch (work.kind) {
    case 'perplexity': {
      const { data, ...options } = work.use;
      return { ...options, corpus: data };
    }
    case 'reconciliation':
      return { from: work.from.name, to: work.to.name };
    case 'divergence':
      return { corpus: work.use.data, seqlen: work.use.seqlen };
    default:
      return null;
  }
}

/** A measured cell has one task, called like the cell. */
function measured(results: CellResults, cell: Cell): Partial<CellResults> {
  const config = measuredConfig(cell);
  const corpus = corpusOf(cell);
  if (config === null || corpus === null) return {};
  const renamed = <Value>(by: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> => {
    const value = by[results.task];
    return value === undefined ? by : { [cell.name]: value };
  };
  const scores = results.results[results.task];
  return {
    configs: { [cell.name]: config },
    results: scores === undefined ? results.results : { [cell.name]: { ...scores, alias: cell.name } },
    higherIsBetter: renamed(results.higherIsBetter),
    sampleCounts: renamed(results.sampleCounts),
    ...(results.perplexity === undefined ? {} : { perplexity: { ...results.perplexity, corpus } }),
  };
}

/** Each figure of a reconciliation names its corpus; the record of a divergence names it once. */
function withCorpus(
  file: { readonly corpus?: string; readonly figures?: readonly object[] },
  corpus: string,
): object {
  return {
    ...file,
    ...(file.corpus === undefined ? {} : { corpus }),
    ...(file.figures === undefined ? {} : { figures: file.figures.map((figure) => ({ ...figure, corpus })) }),
  };
}

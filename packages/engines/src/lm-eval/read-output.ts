/**
 * What lm-eval left in its output folder -> the scores and samples of a cell. Nothing is taken for whole because the
 * program ended well: each task must be there, with samples of as many documents as it says.
 */
import { basename, dirname } from 'node:path';
import {
  filesBelow,
  type JsonValue,
  type LmEvalResults,
  lmEvalSamplesTask,
  MAX_LM_EVAL_RESULTS,
  parseLmEvalResults,
  readRegularSync,
  UserError,
} from '@evalgraph/formats';
import { messages, phrases, type Ran } from './messages.ts';

/** A text of JavaScript has 512 Mi characters at most. */
const MAX_SAMPLES_BYTES = 512 * 1024 * 1024;

export interface LmEvalOutput {
  readonly results: LmEvalResults;
  /** Task -> its rows, as text and as far as they are needed. */
  readonly samples: ReadonlyMap<string, SampledTask>;
}

export interface SampledTask {
  /** samples_<task>.jsonl. */
  readonly lines: string;
  readonly documents: number;
  /** For each document the number of its requests; null where a document has several right answers. */
  readonly choices: readonly number[] | null;
}

/** @param run for messages. @throws UserError where anything is missing, cut or malformed. */
export function readOutput(folder: string, run: Ran): LmEvalOutput {
  const files = filesBelow(folder, () => true);
  const found = files.filter((path) => /^results(_.*)?\.json$/.test(basename(path)));
  const [file] = found;
  if (file === undefined) throw new UserError(messages.lmEvalNoResults(phrases.noResultsFile(), run));
  if (found.length > 1) {
    throw new UserError(messages.lmEvalNoResults(phrases.severalResultsFiles(found.length), run));
  }
  const results = parseLmEvalResults(readRegularSync(file, MAX_LM_EVAL_RESULTS).toString('utf8'), file);
  const samples = new Map<string, SampledTask>();
  for (const path of files.filter((one) => dirname(one) === dirname(file))) {
    const task = lmEvalSamplesTask(basename(path));
    if (task !== null) samples.set(task, readSamples(path, run));
  }
  for (const [task, { samples: counts }] of results.tasks) {
    if (results.groupSubtasks.has(task)) continue;
    const own = samples.get(task);
    if (own === undefined) throw new UserError(messages.lmEvalNoResults(phrases.samplesMissing(task), run));
    if (counts !== null && counts.effective !== own.documents) {
      throw new UserError(
        messages.lmEvalNoResults(phrases.samplesShort(task, own.documents, counts.effective), run),
      );
    }
  }
  return { results, samples };
}

/** @throws UserError where a task has no metrics. */
export function requireTask({ results }: LmEvalOutput, task: string, run: Ran): void {
  if (!results.tasks.has(task)) throw new UserError(messages.lmEvalNoResults(phrases.taskMissing(task), run));
}

interface Row {
  readonly doc_id: number;
  readonly target: string;
  readonly arguments: object;
}

function readSamples(path: string, run: Ran): SampledTask {
  const lines = readRegularSync(path, MAX_SAMPLES_BYTES).toString('utf8').split('\n').filter(Boolean);
  const documents = new Map<number, number | null>();
  for (const [index, line] of lines.entries()) {
    const row = parseRow(line);
    if (typeof row === 'string') throw new UserError(messages.lmEvalBadSamples(path, index + 1, row, run));
    const several = /^\s*\[/.test(row.target);
    documents.set(row.doc_id, several ? null : Object.keys(row.arguments).length);
  }
  const choices = [...documents.values()];
  return {
    lines: lines.map((line) => `${line}\n`).join(''),
    documents: documents.size,
    choices: choices.every((count) => count !== null) ? choices : null,
  };
}

/** @returns what is wrong with it, where it is no row. */
function parseRow(line: string): Row | string {
  let row: Partial<Record<string, JsonValue>>;
  try {
    row = JSON.parse(line) as Partial<Record<string, JsonValue>>;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (typeof row !== 'object' || row === null) return 'it holds no JSON object';
  if (!Number.isSafeInteger(row['doc_id'])) return "it has no 'doc_id'";
  for (const key of ['filter', 'target', 'doc_hash', 'prompt_hash', 'target_hash']) {
    if (typeof row[key] !== 'string') return `it has no '${key}'`;
  }
  const { metrics } = row;
  if (!Array.isArray(metrics)) return "it has no 'metrics'";
  if (!metrics.every((name) => typeof name === 'string' && row[name] !== undefined)) {
    return 'it lacks the value of a metric';
  }
  if (typeof row['arguments'] !== 'object' || row['arguments'] === null) return "it has no 'arguments'";
  return row as unknown as Row;
}

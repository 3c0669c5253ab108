/**
 * Results of one checkpoint that another program computed, as the pipeline keeps them: pipelines/<name>/imported/
 * <checkpoint>.json. Small, committed, the same bytes for the same files; its digest is the checkpoint's identity.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isMissing, type JsonValue, type MetricValues, sha256Hex, UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';

/** Bytes. A leaderboard of everything has 10,000 tasks of 300 bytes. */
const MAX_IMPORTED_BYTES = 32_000_000;

export interface ImportedTask {
  readonly alias: string;
  readonly metrics: MetricValues;
  readonly numFewshot: number | null;
  /** First documents; null: all. */
  readonly limit: number | null;
  readonly version: number | string | null;
  readonly higherIsBetter: Readonly<Record<string, boolean>>;
  readonly samples: { readonly original: number; readonly effective: number } | null;
  readonly taskHash: string | null;
  /** Data set and output type, as the file has them. */
  readonly config: Readonly<Record<string, JsonValue>>;
  /** Index into `origins`. */
  readonly origin: number;
}

export interface ImportedOrigin {
  /** Relative to the imported folder. */
  readonly file: string;
  readonly sha256: string;
  /** Version of lm-eval, or the layout that tells its age. */
  readonly lmEval: string;
  readonly gitHash: string | null;
  /** ISO 8601, UTC; null where the file does not say. */
  readonly date: string | null;
  /** lm-eval's model type. */
  readonly model: string | null;
  readonly modelArgs: string;
  readonly dtype: string | null;
  /** Samples files beside it: name -> sha256. Their rows are not kept. */
  readonly samples: Readonly<Record<string, string>>;
}

export interface ImportedCheckpoint {
  readonly format: 1;
  readonly origins: readonly ImportedOrigin[];
  readonly groupSubtasks: Readonly<Record<string, readonly string[]>>;
  readonly tasks: Readonly<Record<string, ImportedTask>>;
}

/** @param file relative to the root. @throws UserError where it is missing, too large or no such record. */
export function readImported(
  root: string,
  file: string,
): { readonly record: ImportedCheckpoint; readonly digest: string } {
  let text: string;
  try {
    const { size } = statSync(join(root, file));
    if (size > MAX_IMPORTED_BYTES) throw new UserError(messages.badImported(file, `it has ${size} bytes`));
    text = readFileSync(join(root, file), 'utf8');
  } catch (error) {
    if (isMissing(error)) throw new UserError(messages.importedMissing(file));
    if (error instanceof UserError) throw error;
    throw new UserError(messages.unreadable(file, (error as NodeJS.ErrnoException).code ?? String(error)));
  }
  return { record: checked(text, file), digest: sha256Hex(text) };
}

function checked(text: string, file: string): ImportedCheckpoint {
  let record: Partial<ImportedCheckpoint>;
  try {
    record = JSON.parse(text) as Partial<ImportedCheckpoint>;
  } catch (error) {
    throw new UserError(messages.badImported(file, error instanceof Error ? error.message : String(error)));
  }
  const { format, origins, tasks, groupSubtasks } = record;
  if (format !== 1 || !Array.isArray(origins) || !isObject(tasks) || !isObject(groupSubtasks)) {
    throw new UserError(messages.badImported(file, 'its format is not 1, or a part is missing'));
  }
  for (const [name, task] of Object.entries(tasks)) {
    const sound = isObject(task) && isObject(task.metrics) && origins[task.origin] !== undefined;
    if (!sound || !Object.values(task.metrics).every(isScore)) {
      throw new UserError(messages.badImported(file, `its task '${name}' has no sound metrics`));
    }
  }
  for (const [group, children] of Object.entries(groupSubtasks)) {
    if (Array.isArray(children) && children.every((child) => Object.hasOwn(tasks, child))) continue;
    throw new UserError(messages.badImported(file, `its group '${group}' names a task that it lacks`));
  }
  return { format, origins, tasks, groupSubtasks };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isScore(value: unknown): boolean {
  return value === 'N/A' || (typeof value === 'number' && Number.isFinite(value));
}

/**
 * Results of one checkpoint that another program computed, as the pipeline keeps them: pipelines/<name>/imported/
 * <checkpoint>.json. Small, committed, the same bytes for the same files; its digest is the checkpoint's identity, and
 * its seal tells a number that was changed since.
 */

import { join } from 'node:path';
import {
  damagedFile,
  type JsonValue,
  parseSealed,
  prettyJson,
  type RecordSource,
  readOrNullSync,
  type ShapeOf,
  sealed,
  sha256Hex,
  shape,
  UserError,
} from '@evalgraph/formats';
import { messages } from './messages.ts';

const { count, dictionary, digest, either, flag, json, list, nullable, number, oneOf, record, text } = shape;

const importedTask = record({
  alias: text,
  metrics: dictionary(either('a number or "N/A"', number, oneOf('N/A'))),
  numFewshot: nullable(number),
  /** First documents; null: all. */
  limit: nullable(number),
  version: nullable(either('a number or a text', number, text)),
  higherIsBetter: dictionary(flag),
  samples: nullable(record({ original: number, effective: number })),
  taskHash: nullable(text),
  /** Data set and output type, as the file has them. */
  config: dictionary(json as shape.Shape<JsonValue>),
  /** Index into `origins`. */
  origin: count,
});
export type ImportedTask = ShapeOf<typeof importedTask>;

const importedOrigin = record({
  /** Relative to the imported folder. */
  file: text,
  sha256: digest,
  /** Version of lm-eval, or the layout that tells its age. */
  lmEval: text,
  gitHash: nullable(text),
  /** ISO 8601, UTC; null where the file does not say. */
  date: nullable(text),
  /** lm-eval's model type. */
  model: nullable(text),
  modelArgs: text,
  dtype: nullable(text),
  /** Samples files beside it: name -> sha256. Their rows are not kept. */
  samples: dictionary(digest),
});
export type ImportedOrigin = ShapeOf<typeof importedOrigin>;

const importedCheckpoint = record({
  format: oneOf(1),
  origins: list(importedOrigin),
  groupSubtasks: dictionary(list(text)),
  tasks: dictionary(importedTask),
});
export type ImportedCheckpoint = ShapeOf<typeof importedCheckpoint>;

/** Content of the file. */
export function importedText(value: ImportedCheckpoint): string {
  return prettyJson(sealed(value));
}

/** @param file relative to the root. @throws UserError where it is missing, damaged or no such record. */
export function readImported(
  root: string,
  file: string,
): { readonly record: ImportedCheckpoint; readonly digest: string } {
  const source = { file, remedy: messages.badImported(file, '').remedy ?? '' };
  const content = readOrNullSync(join(root, file), source);
  if (content === null) throw new UserError(messages.importedMissing(file));
  const found = parseSealed(content, source, importedCheckpoint);
  checkNames(found, source);
  return { record: found, digest: sha256Hex(content) };
}

function checkNames({ origins, tasks, groupSubtasks }: ImportedCheckpoint, source: RecordSource): void {
  for (const [name, { origin }] of Object.entries(tasks)) {
    if (Object.hasOwn(origins, origin)) continue;
    throw new UserError(damagedFile(source, `its task '${name}' names a file that it lacks`));
  }
  for (const [group, children] of Object.entries(groupSubtasks)) {
    if (children.every((child) => Object.hasOwn(tasks, child))) continue;
    throw new UserError(damagedFile(source, `its group '${group}' names a task that it lacks`));
  }
}

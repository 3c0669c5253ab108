/** The rows of a task's splits, read from local files as `datasets` would load them. */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type PyDict, type PyValue, parsePythonJson, readJsonl, UserError } from '@evalgraph/formats';
import type { ResolvedTask } from '../config/types.ts';
import * as messages from '../messages.ts';
import { type Columns, castRow, inferColumns } from './columns.ts';
import { dataFiles } from './data-files.ts';

/** `datasets` infers the columns' types from this much of the first split and casts everything to them. */
const INFERENCE_BYTES = 10 * 1024 * 1024;
/** A JSON array is held in memory whole, unlike JSON Lines. */
const MAX_ARRAY_BYTES = 512 * 1024 * 1024;

export interface Splits {
  readonly names: readonly string[];
  /** @throws UserError where there is no such split, or its files cannot be read. */
  rows(split: string): Promise<readonly PyDict[]>;
}

/** Nothing is read before `rows` is asked for. `root` is the workspace's root. */
export function openSplits(task: ResolvedTask, root: string): Splits {
  const files = dataFiles(task);
  const names = [...new Set(files.map((file) => file.split))];
  const raw = new Map<string, Promise<readonly PyDict[]>>();
  let columns: Promise<Columns> | null = null;

  const pathsOf = (split: string): readonly string[] =>
    files.filter((file) => file.split === split).map((file) => resolve(root, file.path));
  const rawRows = (split: string): Promise<readonly PyDict[]> => {
    const known = raw.get(split);
    if (known !== undefined) return known;
    const read = readAll(pathsOf(split), Number.POSITIVE_INFINITY);
    raw.set(split, read);
    return read;
  };
  const inferred = async (): Promise<Columns> => {
    const first = names[0] ?? '';
    const paths = pathsOf(first).slice(0, 1);
    return inferColumns(await readAll(paths, INFERENCE_BYTES));
  };
  return {
    names,
    rows: async (split) => {
      if (!names.includes(split)) throw new UserError(messages.noSplit(task.name, split, names));
      columns ??= inferred();
      const types = await columns;
      return (await rawRows(split)).map((row) => castRow(types, row));
    },
  };
}

async function readAll(paths: readonly string[], stopAfterBytes: number): Promise<readonly PyDict[]> {
  const rows: PyDict[] = [];
  for (const path of paths) {
    let bytes = 0;
    for await (const { line, value, size } of readFileRows(path)) {
      if (!(value instanceof Map)) throw new UserError(messages.rowNotAnObject(path, line));
      rows.push(value);
      bytes += size;
      if (bytes >= stopAfterBytes) break;
    }
  }
  return rows;
}

interface FileRow {
  readonly line: number;
  readonly value: PyValue;
  readonly size: number;
}

async function* readFileRows(path: string): AsyncGenerator<FileRow> {
  if (!(await startsWithBracket(path))) {
    yield* readJsonl(path);
    return;
  }
  const bytes = await readFile(path);
  if (bytes.length > MAX_ARRAY_BYTES) throw new UserError(messages.fileTooLarge(path, MAX_ARRAY_BYTES));
  const parsed = parseArray(path, bytes.toString('utf8').replace(/^\ufeff/, ''));
  for (const [index, value] of parsed.entries()) yield { line: index + 1, value, size: 0 };
}

function parseArray(path: string, text: string): readonly PyValue[] {
  try {
    const value = parsePythonJson(text);
    return Array.isArray(value) ? value : [value];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      error.problems.map((problem) => ({ ...problem, message: `${path}: ${problem.message}` })),
    );
  }
}

async function startsWithBracket(path: string): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new UserError(messages.unreadableFile(path, String(error.code)));
  }
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return /^\ufeff?\[/.test(buffer.toString('utf8', 0, bytesRead));
  } finally {
    await file.close();
  }
}

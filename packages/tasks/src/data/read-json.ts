/** JSON Lines files and JSON arrays: rows in order, counted without parsing. */
import type { FileHandle } from 'node:fs/promises';
import {
  badUtf8,
  openRegular,
  type PyDict,
  type PyValue,
  parsePythonJson,
  readJsonl,
  readRegular,
  UserError,
} from '@evalgraph/formats';
import { messages } from '../messages.ts';

/** A JSON array is held in memory whole, unlike JSON Lines. */
const MAX_ARRAY_BYTES = 512 * 1024 * 1024;

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

export interface JsonRow {
  readonly value: PyDict;
  /** Bytes of its line; 0 in an array. */
  readonly size: number;
}

export async function* readJsonRows(path: string): AsyncGenerator<JsonRow> {
  for await (const { line, value, size } of values(path)) {
    if (!(value instanceof Map)) throw new UserError(messages.rowNotAnObject(path, line));
    yield { value, size };
  }
}

/** Lines that are not blank; an array's items. */
export async function countJsonRows(path: string): Promise<number> {
  if (await startsWithBracket(path)) return (await readArray(path)).length;
  return countLines(path);
}

async function* values(path: string): AsyncGenerator<{ line: number; value: PyValue; size: number }> {
  if (!(await startsWithBracket(path))) {
    yield* readJsonl(path);
    return;
  }
  for (const [index, value] of (await readArray(path)).entries()) yield { line: index + 1, value, size: 0 };
}

async function countLines(path: string): Promise<number> {
  const file = await openFile(path);
  try {
    const chunk = Buffer.alloc(1 << 20);
    let rows = 0;
    let blank = true;
    let isFirst = true;
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
      if (bytesRead === 0) return blank ? rows : rows + 1;
      const isMarked = isFirst && chunk.subarray(0, bytesRead).indexOf(BYTE_ORDER_MARK) === 0;
      isFirst = false;
      for (let at = isMarked ? BYTE_ORDER_MARK.length : 0; at < bytesRead; ) {
        const newline = chunk.indexOf(10, at);
        const end = newline === -1 || newline >= bytesRead ? bytesRead : newline;
        while (blank && at < end) {
          const byte = chunk[at] ?? 0;
          // Space, tab, carriage return.
          blank = byte === 32 || byte === 9 || byte === 13;
          at += 1;
        }
        if (end === bytesRead) break;
        if (!blank) rows += 1;
        blank = true;
        at = end + 1;
      }
    }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new UserError(messages.unreadableFile(path, String(error.code)));
  } finally {
    await file.close();
  }
}

async function readArray(path: string): Promise<readonly PyValue[]> {
  const bytes = await readRegular(path, MAX_ARRAY_BYTES);
  const bad = badUtf8(bytes);
  if (bad !== null) throw new UserError(messages.notUtf8(path, bad));
  return parseArray(path, bytes.toString('utf8').replace(/^\ufeff/, ''));
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

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await openRegular(path);
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || !('code' in error)) throw error;
    throw new UserError(messages.unreadableFile(path, String(error.code)));
  }
}

async function startsWithBracket(path: string): Promise<boolean> {
  const file = await openFile(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return /^\ufeff?\[/.test(buffer.toString('utf8', 0, bytesRead));
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new UserError(messages.unreadableFile(path, String(error.code)));
  } finally {
    await file.close();
  }
}

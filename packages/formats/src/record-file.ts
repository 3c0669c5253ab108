/**
 * Files that hold one record as JSON, read with its shape. Whatever is wrong with a file ends in one message that names
 * it, says what was found where, and how it is made again. How large a file may be is checked before it is read.
 */
import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isMissing } from './atomic.ts';
import { type Problem, UserError } from './errors.ts';
import { messages } from './messages.ts';
import { readRegular, readRegularSync } from './regular-file.ts';
import { type Shape, ShapeMismatch } from './shape.ts';

/** What a message about a file says. */
export interface RecordSource {
  /** The name that the user knows it by. */
  readonly file: string;
  /** How the file is made again: a whole sentence. */
  readonly remedy: string;
}

/** Characters of one file; records of the largest runs (27 checkpoints, 87 tasks) have a few million. */
export const MAX_RECORD_BYTES = 256 * 1024 * 1024;

/** @throws UserError damaged-file */
export function parseRecord<T>(content: string | Uint8Array, source: RecordSource, shape: Shape<T>): T {
  try {
    return shape(parseJson(content, source), null);
  } catch (error) {
    if (!(error instanceof ShapeMismatch)) throw error;
    throw new UserError(damagedFile(source, error.message));
  }
}

/** @param path where it lies. @returns null where there is no such file. @throws UserError damaged-file, unreadable-file */
export async function readRecord<T>(path: string, source: RecordSource, shape: Shape<T>): Promise<T | null> {
  const content = await readOrNull(path, source);
  return content === null ? null : parseRecord(content, source, shape);
}

/** The same as `readRecord`, without waiting. */
export function readRecordSync<T>(path: string, source: RecordSource, shape: Shape<T>): T | null {
  const content = readOrNullSync(path, source);
  return content === null ? null : parseRecord(content, source, shape);
}

/** The bytes of a file of ours; null where there is none. @throws UserError damaged-file, unreadable-file */
export async function readOrNull(path: string, source: RecordSource): Promise<Buffer | null> {
  try {
    checkKind(await stat(path), source);
    return await readRegular(path, MAX_RECORD_BYTES);
  } catch (error) {
    return absent(error, source);
  }
}

export function readOrNullSync(path: string, source: RecordSource): Buffer | null {
  try {
    checkKind(statSync(path), source);
    return readRegularSync(path, MAX_RECORD_BYTES);
  } catch (error) {
    return absent(error, source);
  }
}

/** @throws UserError where the text is no JSON, or the bytes are no UTF-8 */
export function parseJson(content: string | Uint8Array, source: RecordSource): unknown {
  let text: string;
  try {
    text = typeof content === 'string' ? content.replace(/^\ufeff/, '') : decoder.decode(content);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UserError(damagedFile(source, 'its bytes are not UTF-8'));
  }
  if (text.trim() === '') throw new UserError(damagedFile(source, 'it is empty'));
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(damagedFile(source, `it is not JSON (${error.message})`));
  }
}

/** @param detail what is wrong, without a full stop */
export function damagedFile({ file, remedy }: RecordSource, detail: string): Problem {
  return messages.damagedFile(file, detail, remedy);
}

export function unreadableFile({ file, remedy }: RecordSource, error: unknown): Problem {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? String(error);
  return messages.unreadableFile(file, code, remedy);
}

/** A byte order mark is dropped. */
const decoder = new TextDecoder('utf-8', { fatal: true });

function checkKind(found: { isFile(): boolean; readonly size: number }, source: RecordSource): void {
  if (!found.isFile()) throw new UserError(damagedFile(source, 'it is no file'));
  if (found.size > MAX_RECORD_BYTES) {
    throw new UserError(damagedFile(source, `it has ${found.size} bytes, more than any such record`));
  }
}

function absent(error: unknown, source: RecordSource): null {
  if (error instanceof UserError) throw error;
  if (isMissing(error)) return null;
  throw new UserError(unreadableFile(source, error));
}

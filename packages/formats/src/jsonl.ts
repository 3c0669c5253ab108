/**
 * Rows of a JSON Lines file, one at a time: bounded memory, errors with file and line. Knows nothing of what a
 * row means; how `datasets` evens out the columns' types is the tasks package's matter.
 */
import { UserError } from './errors.ts';
import { messages } from './messages.ts';
import { parsePythonJson } from './python-json.ts';
import type { PyValue } from './python-value.ts';
import { streamRegular } from './regular-file.ts';

/** The longest line that is read: the longest real row (a book of a long-context set) is a tenth of it. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

export interface JsonLine {
  /** 1-based. */
  readonly line: number;
  readonly value: PyValue;
  /** Bytes of the line, without its end. */
  readonly size: number;
}

/**
 * The values of a JSON Lines file in order; blank lines (JSON's white space) are skipped, a byte order mark and CR LF are
 * accepted.
 * Throws `UserError` with file:line (`unreadable-file`, `line-too-long`, `not-utf8`, `json-syntax`).
 */
export async function* readJsonl(
  path: string,
  options: { readonly maxLineBytes?: number } = {},
): AsyncGenerator<JsonLine> {
  const limit = options.maxLineBytes ?? MAX_LINE_BYTES;
  let line = 0;
  for await (const bytes of lines(path, limit)) {
    line += 1;
    const text = decode(bytes, path, line);
    if (BLANK.test(text)) continue;
    yield { line, value: parseLine(text, path, line), size: bytes.length };
  }
}

/** All rows at once, for files that are known to be small. */
export async function readJsonLines(path: string): Promise<readonly PyValue[]> {
  const values: PyValue[] = [];
  for await (const row of readJsonl(path)) values.push(row.value);
  return values;
}

/** What Arrow skips between rows; a form feed or a no-break space is no JSON. */
const BLANK = /^[ \t\r]*$/;

async function* lines(path: string, limit: number): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  let number = 1;
  try {
    const stream: AsyncIterable<Buffer> = await streamRegular(path, 1 << 20);
    for await (const chunk of stream) {
      let start = 0;
      for (;;) {
        const end = chunk.indexOf(10, start);
        const part = chunk.subarray(start, end === -1 ? chunk.length : end);
        parts.push(part);
        size += part.length;
        if (size > limit) {
          throw new UserError(messages.lineTooLong(path, number, limit));
        }
        if (end === -1) break;
        yield Buffer.concat(parts);
        number += 1;
        parts = [];
        size = 0;
        start = end + 1;
      }
    }
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || !('code' in error)) throw error;
    throw new UserError(messages.unreadableFile(path, String(error.code)));
  }
  if (size > 0) yield Buffer.concat(parts);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Buffer, path: string, line: number): string {
  try {
    const text = decoder.decode(bytes);
    const unmarked = line === 1 && text.startsWith('\ufeff') ? text.slice(1) : text;
    return unmarked.endsWith('\r') ? unmarked.slice(0, -1) : unmarked;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UserError(messages.notUtf8(path, line));
  }
}

function parseLine(text: string, path: string, line: number): PyValue {
  try {
    return parsePythonJson(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      error.problems.map((problem) => ({ ...problem, message: `${path}:${line}: ${problem.message}` })),
    );
  }
}

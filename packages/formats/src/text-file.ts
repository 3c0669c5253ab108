/** Text files as Python's text mode reads them, which is how `datasets` reads its text files. */
import { isUtf8 } from 'node:buffer';

/**
 * `\r\n` and `\r` become `\n`. Nothing else ends a line: neither what `str.splitlines` splits at (`\v`, `\f`, `\x1c`,
 * `\x85`, U+2028) nor U+FEFF, which stays where it stands.
 */
export function universalNewlines(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

export interface BytePlace {
  /** 0-based. */
  readonly byte: number;
  /** 1-based. */
  readonly line: number;
  /** What the file says that it is, by its byte order mark; null: it says nothing. */
  readonly encoding: 'UTF-16' | null;
}

/** How a text of another encoding becomes one that is read: a remedy for messages. */
export function utf8Remedy({ encoding }: BytePlace): string {
  return encoding === null
    ? 'Convert it first, for example: iconv -f LATIN1 -t UTF-8.'
    : `It begins with the byte order mark of ${encoding}. Convert it first: iconv -f ${encoding} -t UTF-8.`;
}

/** Looked at as a whole before its characters are. */
const BLOCK_BYTES = 1 << 16;
/** The most bytes of one character. */
const MAX_CHARACTER_BYTES = 4;

/** The place of the first bytes that are no character of UTF-8; null: there are none. */
export function badUtf8(bytes: Uint8Array): BytePlace | null {
  if (isUtf8(bytes)) return null;
  let at = 0;
  for (;;) {
    const block = bytes.subarray(at, blockEnd(bytes, at));
    if (!isUtf8(block)) break;
    at += block.length;
  }
  for (let size = characterSize(bytes, at); size > 0; size = characterSize(bytes, at)) at += size;
  return { byte: at, line: 1 + lineEnds(bytes.subarray(0, at)), encoding: markedEncoding(bytes) };
}

function markedEncoding([first, second]: Uint8Array): BytePlace['encoding'] {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) ? 'UTF-16' : null;
}

function lineEnds(bytes: Uint8Array): number {
  let count = 0;
  for (const [at, byte] of bytes.entries()) {
    if (byte === 13 || (byte === 10 && bytes[at - 1] !== 13)) count += 1;
  }
  return count;
}

/** A block ends where a character begins. */
function blockEnd(bytes: Uint8Array, start: number): number {
  let end = Math.min(start + BLOCK_BYTES, bytes.length);
  while (end > start + BLOCK_BYTES - MAX_CHARACTER_BYTES && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}

/** Bytes of the character at `at`; 0 where there is none. */
function characterSize(bytes: Uint8Array, at: number): number {
  for (let size = 1; size <= MAX_CHARACTER_BYTES && at + size <= bytes.length; size += 1) {
    if (isUtf8(bytes.subarray(at, at + size))) return size;
  }
  return 0;
}

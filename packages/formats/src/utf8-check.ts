/** A stream that lets bytes through while they are UTF-8. It decodes nothing: that is the reader's behind it. */
import { isUtf8 } from 'node:buffer';
import { Transform } from 'node:stream';

const NEWLINE = 0x0a;

/**
 * @param refuse makes the error from the 1-based line of the first byte that is no UTF-8; the stream is destroyed
 * with it.
 */
export function utf8Check(refuse: (line: number) => Error): Transform {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let lines = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      try {
        decoder.decode(chunk, { stream: true });
      } catch {
        done(refuse(lines + badLine(chunk)));
        return;
      }
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1;
      done(null, chunk);
    },
    flush: (done) => {
      try {
        decoder.decode();
        done();
      } catch {
        done(refuse(lines + 1));
      }
    },
  });
}

/** Finds the bad line in a chunk that the decoder refused; a chunk may begin and end within a character. */
function badLine(chunk: Buffer): number {
  let start = 0;
  for (let line = 1; ; line += 1) {
    const end = chunk.indexOf(NEWLINE, start);
    const bytes = chunk.subarray(start, end === -1 ? chunk.length : end);
    if (!isUtf8(line === 1 ? withoutContinuation(bytes) : bytes)) return line;
    // Every line is good by itself: the character that the chunk before began goes on wrongly.
    if (end === -1) return 1;
    start = end + 1;
  }
}

/** Without the up to three bytes that end a character of the chunk before. */
function withoutContinuation(bytes: Buffer): Buffer {
  let start = 0;
  while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start);
}

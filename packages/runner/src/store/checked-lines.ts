/**
 * Lines that know whether they are whole: `<first 16 hex digits of sha256> <json>`. A line torn by a kill or a
 * power loss fails its check; everything before it is good.
 */
import { sha256Hex } from '@evalgraph/formats';

const CHECK_LENGTH = 16;

/** The most bytes of one file of the store: one buffer of Node holds no more. */
export const MAX_STORED_BYTES = 2 ** 31;

export function checkedLine(value: unknown): string {
  const text = JSON.stringify(value);
  return `${sha256Hex(text).slice(0, CHECK_LENGTH)} ${text}\n`;
}

export interface CheckedLines {
  readonly values: readonly unknown[];
  /** Bytes up to the first bad or unfinished line: what may be kept. */
  readonly goodBytes: number;
  readonly whole: boolean;
}

export function parseCheckedLines(bytes: Buffer): CheckedLines {
  const values: unknown[] = [];
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0) return { values, goodBytes: start, whole: start === bytes.length };
    const value = parseLine(bytes.toString('utf8', start, end));
    if (value === undefined) return { values, goodBytes: start, whole: false };
    values.push(value);
    start = end + 1;
  }
}

/** undefined where the check fails. */
function parseLine(line: string): unknown {
  const text = line.slice(CHECK_LENGTH + 1);
  if (line[CHECK_LENGTH] !== ' ' || sha256Hex(text).slice(0, CHECK_LENGTH) !== line.slice(0, CHECK_LENGTH)) {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** textwrap.wrap of one line, as Jinja2's wordwrap sets it up: no tabs expanded, white space at line ends dropped. */
import { weighCharacters } from './meter.ts';
import { spend } from './spending.ts';
import { codePointLength, codePoints, strip } from './text.ts';
import { PythonError } from './value.ts';

export interface WrapOptions {
  readonly width: number;
  readonly breakLongWords: boolean;
  readonly breakOnHyphens: boolean;
}

const SPACE = '[\\t\\n\\x0b\\f\\r ]';
const NO_SPACE = '[^\\t\\n\\x0b\\f\\r ]';
const WORD = '\\p{L}\\p{N}_';
const PUNCTUATED = `[${WORD}!"'&.,?]`;
const LETTER = '[[\\p{L}\\p{N}_]--\\p{Nd}]';
const CHUNKS = new RegExp(
  `(${SPACE}+|(?<=${PUNCTUATED})-{2,}(?=[${WORD}])|${NO_SPACE}+?(?:-(?:(?<=${LETTER}{2}-)|(?<=${LETTER}-${LETTER}-))(?=${LETTER}-?${LETTER})|(?=${SPACE}|$)|(?<=${PUNCTUATED})(?=-{2,}[${WORD}])))`,
  'v',
);
const WORDS = new RegExp(`(${SPACE}+)`);

export function wrap(
  line: string,
  { width, breakLongWords, breakOnHyphens }: WrapOptions,
): readonly string[] {
  weighCharacters(line);
  // Within a word each hyphen is looked at from each of its characters.
  spend(line.length / 4);
  const chunks = line
    .split(breakOnHyphens ? CHUNKS : WORDS)
    .filter((chunk) => chunk !== '')
    .toReversed();
  if (width <= 0) throw new PythonError('ValueError', `invalid width ${width} (must be > 0)`);
  const lines: string[] = [];
  const isBlank = (chunk: string | undefined): boolean => chunk !== undefined && strip(chunk) === '';
  while (chunks.length > 0) {
    spend(1);
    const parts: string[] = [];
    let used = 0;
    if (lines.length > 0 && isBlank(chunks.at(-1))) chunks.pop();
    for (let next = chunks.at(-1); next !== undefined; next = chunks.at(-1)) {
      const size = codePointLength(next);
      if (used + size > width) break;
      parts.push(next);
      chunks.pop();
      used += size;
    }
    const long = chunks.at(-1);
    if (long !== undefined && codePointLength(long) > width) {
      if (breakLongWords) {
        const points = codePoints(long);
        const room = width - used;
        let end = room;
        if (breakOnHyphens && points.length > room) {
          const hyphen = points.slice(0, room).lastIndexOf('-');
          if (hyphen > 0 && points.slice(0, hyphen).some((point) => point !== '-')) end = hyphen + 1;
        }
        parts.push(points.slice(0, end).join(''));
        chunks[chunks.length - 1] = points.slice(end).join('');
      } else if (parts.length === 0) {
        parts.push(long);
        chunks.pop();
      }
    }
    if (isBlank(parts.at(-1))) parts.pop();
    if (parts.length > 0) lines.push(parts.join(''));
  }
  return lines;
}

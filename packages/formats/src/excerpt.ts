/**
 * Where in a text something stands, as people and editors count it, and the line with `^^^` under it. It draws;
 * it knows neither YAML nor any other format.
 */
import type { Position } from './errors.ts';

/** Columns of source shown; a longer line is cut on both sides of what is pointed at. A terminal has 80 to 120. */
const maxColumns = 100;
/** Columns kept before the thing pointed at when a line is cut. */
const columnsBefore = 30;
/** A line may be a whole file: nothing further from its place is looked at, in UTF-16 units. */
const nearby = 1000;
const cutMark = '…';
/** A tab is the error as often as not, so it is drawn as something that can be seen. */
const drawnTab = '→ ';

/** A stretch of a text in UTF-16 units: [start, end). */
export type TextRange = readonly [start: number, end: number];

/**
 * The position of `range` in `text`: the line and column of its start (1-based; columns count UTF-16 units, as
 * editors do) and its excerpt. A range outside the text is moved to its nearest end.
 */
export function positionOf(file: string, text: string, range: TextRange): Position {
  const { line, column } = lineAndColumn(text, range[0]);
  return { file, line, column, excerpt: excerpt(text, range) };
}

/** 1-based line and column of an offset. Lines end in \n; a \r before it belongs to the line's end. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const start = clamp(offset, 0, text.length);
  let line = 1;
  let lineStart = 0;
  for (let next = text.indexOf('\n'); next !== -1 && next < start; next = text.indexOf('\n', lineStart)) {
    line++;
    lineStart = next + 1;
  }
  return { line, column: start - lineStart + 1 };
}

/**
 * The line on which `range` starts, with its number, and a line of `^` under the range (to the end of that line
 * where the range goes on):
 *
 *     7 |   sorce: ./models/demo
 *       |   ^^^^^
 */
export function excerpt(text: string, range: TextRange): string {
  const start = clamp(range[0], 0, text.length);
  const lineStart = start === 0 ? 0 : text.lastIndexOf('\n', start - 1) + 1;
  const newline = text.indexOf('\n', start);
  const lineEnd = newline === -1 ? text.length : newline;
  const source = text.slice(lineStart, lineEnd).replace(/\r$/, '');
  const from = Math.min(start - lineStart, source.length);
  const to = clamp(range[1] - lineStart, from, source.length);

  const drawn = cut(
    draw(source.slice(Math.max(0, from - nearby), from)),
    draw(source.slice(from, Math.min(to, from + nearby))),
    draw(source.slice(to, to + nearby)),
  );
  const number = String(lineAndColumn(text, start).line);
  const carets = '^'.repeat(Math.max(1, drawn.markedColumns));
  return [
    `  ${number} | ${drawn.line}`,
    `  ${' '.repeat(number.length)} | ${' '.repeat(drawn.columnsBefore)}${carets}`,
  ].join('\n');
}

interface Drawn {
  readonly characters: readonly string[];
  readonly columns: number;
}

/** What is shown of a stretch of source: tabs made visible, control characters replaced. */
function draw(source: string): Drawn {
  const characters = [...source].map((character) => {
    if (character === '\t') return drawnTab;
    return /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u.test(character) ? '\ufffd' : character;
  });
  return { characters, columns: widthOf(characters) };
}

/** Keeps at most `maxColumns`: the end of what stands before, the beginning of what is marked and follows. */
function cut(
  before: Drawn,
  marked: Drawn,
  after: Drawn,
): { line: string; columnsBefore: number; markedColumns: number } {
  const whole = before.columns + marked.columns + after.columns <= maxColumns;
  const head = whole || before.columns <= columnsBefore ? before.characters : tail(before.characters);
  const middle = fit(marked.characters, maxColumns - widthOf(head));
  const room = maxColumns - widthOf(head) - widthOf(middle);
  const end = middle === marked.characters ? fit(after.characters, room) : [];
  return {
    line: [...head, ...middle, ...end].join('').trimEnd(),
    columnsBefore: widthOf(head),
    markedColumns: widthOf(middle),
  };
}

function tail(characters: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let columns = 0;
  for (const character of characters.toReversed()) {
    columns += columnsOf(character);
    if (columns > columnsBefore) break;
    kept.push(character);
  }
  return [cutMark, ...kept.reverse()];
}

function fit(characters: readonly string[], columns: number): readonly string[] {
  if (widthOf(characters) <= columns) return characters;
  const kept: string[] = [];
  let used = 1;
  for (const character of characters) {
    used += columnsOf(character);
    if (used > columns) break;
    kept.push(character);
  }
  return [...kept, cutMark];
}

function widthOf(characters: readonly string[]): number {
  return characters.reduce((sum, character) => sum + columnsOf(character), 0);
}

/** Columns of a terminal: 0 for marks that join the letter before, 2 for East Asian wide letters and emoji. */
function columnsOf(character: string): number {
  if (character === drawnTab) return drawnTab.length;
  if (/^[\p{Mn}\p{Me}\p{Cf}]$/u.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

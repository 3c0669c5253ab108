/**
 * Text of models and data sets in a terminal. It is hostile until escaped: an escape sequence in an answer could
 * clear the screen, write into the window's title or turn a wrong answer green.
 */
import { escapedCharacter } from '@evalgraph/formats';

/** Controls (C0, C1, DEL), and what changes direction or has no width: nothing a reader could see. */
const INVISIBLE = /\p{Cc}|\p{Zl}|\p{Zp}|\p{Cf}|\p{Cs}|\p{Co}|\p{Variation_Selector}/gu;

/** One line: every character that cannot be seen is written as an escape, line breaks too. */
export function safeLine(text: string): string {
  return text.replace(INVISIBLE, escapedCharacter);
}

/** Several lines: line feeds stay, tabs become spaces. */
export function safeText(text: string): string {
  return text
    .split('\n')
    .map((line) => safeLine(line.replaceAll('\t', '    ')))
    .join('\n');
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const ASCII = /^[\x20-\x7e]*$/;
/** Scripts and symbols that terminals draw two columns wide. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
const MARK = /^\p{M}+$/u;

/** In columns, of text without control characters. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += graphemeWidth(segment);
  return width;
}

function graphemeWidth(grapheme: string): number {
  if (MARK.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}

/** Cut at the end, with an ellipsis, where it is wider. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  return `${take(text, Math.max(0, width - 1)).head}…`;
}

/** Cut in the middle: names differ at both ends. */
export function truncateMiddle(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  const right = Math.floor((width - 1) / 2);
  const { head } = take(text, width - 1 - right);
  const characters = [...segmenter.segment(text)].map(({ segment }) => segment);
  let tail = '';
  for (const character of characters.reverse()) {
    if (displayWidth(character + tail) > right) break;
    tail = character + tail;
  }
  return `${head}…${tail}`;
}

function take(text: string, width: number): { readonly head: string; readonly rest: string } {
  let head = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const own = graphemeWidth(segment);
    if (used + own > width) break;
    head += segment;
    used += own;
  }
  return { head, rest: text.slice(head.length) };
}

/** Lines no wider than `width`, broken between words where there are any. Line breaks of the text stay. */
export function wrap(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, Math.max(8, width)));
}

function wrapLine(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  let rest = line;
  while (displayWidth(rest) > width) {
    const { head } = take(rest, width + 1);
    const space = head.lastIndexOf(' ');
    const isWord = space > width / 3;
    const part = isWord ? rest.slice(0, space) : take(rest, width).head;
    lines.push(part.trimEnd());
    rest = rest.slice(part.length + (isWord ? 1 : 0));
  }
  return [...lines, rest.trimEnd()];
}

/** A word as a person would type it in a shell: in quotes where it is more than letters, digits and a few signs. */
export function shellWord(word: string): string {
  return /^[\w@:./=~^-]+$/.test(word) ? word : `'${safeLine(word).replaceAll("'", "'\\''")}'`;
}

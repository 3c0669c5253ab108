/**
 * Text of models and data sets in a terminal. It is hostile until escaped: an escape sequence in an answer could
 * clear the screen, write into the window's title or turn a wrong answer green.
 */
import { escapedCharacter } from '@evalgraph/formats';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

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

/** The columns that a text without control characters takes. */
export function displayWidth(text: string): number {
  return stringWidth(text);
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}

/** Cut at the end, with an ellipsis, where it is wider: for a screen that is drawn again and again. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let head = '';
  for (const { segment } of segmenter.segment(text)) {
    if (displayWidth(head + segment) >= width) break;
    head += segment;
  }
  return `${head}…`;
}

/** Narrower than this nothing is wrapped into. */
const LEAST_WIDTH = 8;

/**
 * Lines no wider than `width`, broken between words where there are any. Line breaks and indentation of the text stay.
 */
export function wrap(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [indent = ''] = /^ */.exec(line) ?? [];
    const room = Math.max(LEAST_WIDTH, width);
    const margin = indent.length > room / 2 ? '' : indent;
    return wrapAnsi(line.slice(indent.length), room - margin.length, { hard: true })
      .split('\n')
      .map((part) => (margin + part).trimEnd());
  });
}

/** A word as a person would type it in a shell: in quotes where it is more than letters, digits and a few signs. */
export function shellWord(word: string): string {
  return /^[\w@:./=~^-]+$/.test(word) ? word : `'${safeLine(word).replaceAll("'", "'\\''")}'`;
}

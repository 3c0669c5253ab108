/**
 * What a report says, before anyone decides how it looks: headings, paragraphs, tables, charts. Markdown, HTML, CSV,
 * LaTeX, JSON and a terminal's lines are written from the same blocks, so that they cannot disagree. All texts here are plain: names from
 * files stand in them as they are, and each writer escapes what is markup in its own language.
 */
import { plainText } from '../plain-text.ts';

/** A run of a paragraph; `strong` for what a hurried reader must see. */
export type Inline = string | { readonly strong: string };

export interface Cell {
  /** number: written by the formatter, nothing to escape. lines: names one below the other, split at `\n`. */
  readonly kind: 'number' | 'text' | 'lines';
  readonly text: string;
  /** What a table is sorted by; null where the cell is no number. */
  readonly value: number | null;
  /** The best of its column. */
  readonly isBest: boolean;
}

export interface TableBlock {
  readonly kind: 'table';
  /** What it shows, for a caption and for files of tables; unique within a report. */
  readonly title: string;
  readonly header: readonly string[];
  /** Each as long as the header. */
  readonly rows: readonly (readonly Cell[])[];
  /** Rows at the end that are no data, such as chance: they stay there when the rest is sorted. */
  readonly footRows: number;
  /** For each row the values over the checkpoints, for writers that can draw them into a line; null: no result. */
  readonly trends?: readonly (readonly (number | null)[])[];
  /** Folded away in a page and left out of the Markdown: long, and for those who look for one line of it. */
  readonly isDetail?: boolean;
}

export type Block =
  | {
      readonly kind: 'heading';
      readonly level: 1 | 2 | 3;
      readonly text: string;
      /** A file beside the report; parts of its path, not yet escaped. */
      readonly path?: readonly string[];
    }
  | { readonly kind: 'paragraph'; readonly parts: readonly Inline[] }
  /** Set apart: what must not be overlooked. */
  | { readonly kind: 'note'; readonly parts: readonly Inline[] }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'chart'; readonly name: string; readonly title: string }
  | TableBlock;

export function heading(level: 1 | 2 | 3, text: string): Block {
  return { kind: 'heading', level, text: plainText(text) };
}

export function paragraph(...parts: readonly Inline[]): Block {
  return { kind: 'paragraph', parts };
}

export function note(...parts: readonly Inline[]): Block {
  return { kind: 'note', parts };
}

/** A name or a word; never markup. */
export function textCell(text: string, value: number | null = null): Cell {
  return { kind: 'text', text: plainText(text), value, isBest: false };
}

/** @param text from the formatter @param value the number behind it, where there is one */
export function numberCell(text: string, value: number | null): Cell {
  return { kind: 'number', text, value, isBest: false };
}

export function linesCell(lines: readonly string[]): Cell {
  return { kind: 'lines', text: lines.map(plainText).join('\n'), value: null, isBest: false };
}

export function best(cell: Cell): Cell {
  return { ...cell, isBest: true };
}

export function tableBlock(
  title: string,
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  footRows = 0,
): TableBlock {
  for (const row of rows) {
    if (row.length !== header.length) {
      throw new RangeError(`${title}: a row of ${row.length} cells under ${header.length} headings`);
    }
  }
  return { kind: 'table', title: plainText(title), header: header.map(plainText), rows, footRows };
}

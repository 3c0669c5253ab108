/** A corpus's file -> the lines and pages that protocols take their text from. Knows no token. */

import { constants } from 'node:buffer';
import { extname } from 'node:path';
import {
  badUtf8,
  type PyValue,
  readJsonl,
  readParquet,
  readRegular,
  UserError,
  universalNewlines,
} from '@evalgraph/formats';
import type { Corpus, Page } from '@evalgraph/ppl-compare';
import type { CorpusUse } from '@evalgraph/spec';
import { detokenizeWikitext } from '@evalgraph/tasks';
import { isBlank } from '@evalgraph/templates';
import { isTextFile } from '../plan/text-file.ts';
import { messages } from './messages.ts';

/** Held as one text and tokenised as one; WikiText-103's training split has half a gigabyte. */
const MAX_TEXT_BYTES = 1 << 30;

/**
 * @param pages the first so many; null: all
 * @throws UserError where a row has no such column of text, or the file is of another kind
 */
export async function readCorpus(path: string, use: CorpusUse, pages: number | null): Promise<Corpus> {
  const rows = isTextFile(path) ? textRows(await readWhole(path), use) : await readRows(path, use.column);
  if (use.pages === 'rows') {
    const lines = rows.slice(0, pages ?? undefined);
    return { lines, pages: lines.map((text) => ({ original: text, scored: text })) };
  }
  const groups = wikitextPages(rows).slice(0, pages ?? undefined);
  // The whole text has every row, also empty ones that belong to no page.
  return { lines: pages === null ? rows : groups.flat(), pages: groups.map(wikitextPage) };
}

/** A text is one page; wiki.test.raw is lines, as the hub's rows are: empty, or with their line break. */
function textRows(text: string, use: CorpusUse): readonly string[] {
  if (text === '') return [];
  if (use.pages === 'rows') return [text];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => (isBlank(line) ? '' : `${line}\n`));
}

async function readWhole(path: string): Promise<string> {
  const bytes = await readRegular(path, MAX_TEXT_BYTES);
  const bad = badUtf8(bytes);
  if (bad !== null) throw new UserError(messages.notUtf8(path, bad));
  let text: string;
  try {
    text = bytes.toString('utf8');
  } catch (error) {
    // So many bytes may still be fewer characters than a text of JavaScript has at most.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STRING_TOO_LONG') throw error;
    throw new UserError(messages.corpusTooLarge(path, bytes.length, constants.MAX_STRING_LENGTH));
  }
  return universalNewlines(text);
}

async function readRows(path: string, column: string): Promise<readonly string[]> {
  const kind = extname(path);
  if (!['.jsonl', '.json', '.parquet'].includes(kind)) throw new UserError(messages.corpusKind(path));
  const rows: string[] = [];
  let bytes = 0;
  let line = 0;
  for await (const { value } of kind === '.parquet' ? readParquet(path) : readJsonl(path)) {
    line += 1;
    const text = textOf(value, column, path, line);
    bytes += text.length;
    if (bytes > MAX_TEXT_BYTES) throw new UserError(messages.corpusTooLarge(path, bytes, MAX_TEXT_BYTES));
    rows.push(text);
  }
  return rows;
}

/** @throws UserError where the row has no such column of text. */
function textOf(row: PyValue, column: string, path: string, line: number): string {
  const value = row instanceof Map ? row.get(column) : undefined;
  if (typeof value === 'string') return value;
  const columns = row instanceof Map ? [...row.keys()].map(String) : [];
  throw new UserError(messages.noTextColumn(path, line, column, columns));
}

/** ` = Robert Boulter = `: WikiText's headings of the first level, one a page. */
const PAGE_HEADING = /^ = [^=].* = \n?$/;

/**
 * WikiText's lines by page: EleutherAI/wikitext_document_level, which lm-eval reads, was cut at the same headings. Rows
 * that are whole pages already (of many lines each) stay as they are.
 */
function wikitextPages(rows: readonly string[]): readonly (readonly string[])[] {
  if (rows.some((row) => row.trim().includes('\n'))) return rows.map((row) => [row]);
  const pages: string[][] = [];
  for (const [index, row] of rows.entries()) {
    // A heading follows an empty line; " = " inside a text does not.
    const isHeading = PAGE_HEADING.test(row) && isBlank(rows[index - 1] ?? '');
    if (isHeading || pages.length === 0) pages.push([]);
    pages.at(-1)?.push(row);
  }
  return pages.filter((page) => page.some((row) => !isBlank(row)));
}

function wikitextPage(rows: readonly string[]): Page {
  const [only] = rows;
  const original =
    rows.length === 1 && only !== undefined
      ? only
      : rows.map((row) => (row === '' ? ' \n' : row.endsWith('\n') ? row : `${row}\n`)).join('');
  return { original, scored: detokenizeWikitext(original) };
}

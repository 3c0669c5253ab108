/**
 * A corpus as the protocols want it: which text is tokenised, and over which words and bytes a figure is spread.
 * Text only; no token, no file.
 */
import { type Problem, UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';
import type { Documents, TextPreparation } from './recipe.ts';

/** One page: what is scored, and the page as the data set has it, on which lm-eval counts words and bytes. */
export interface Page {
  readonly original: string;
  /** Detokenised (WikiText's " , " -> ", "); the same as `original` where a corpus needs none. */
  readonly scored: string;
}

/** A corpus of lines, of pages, or both (WikiText-2 is published in both forms). */
export interface Corpus {
  /** The data set's rows in order, empty ones too. A corpus of pages alone: the pages' originals. */
  readonly lines: readonly string[];
  readonly pages: readonly Page[];
}

/** One text to tokenise in one go. */
export interface CorpusText {
  readonly text: string;
  /** Words of the text before it was detokenised: pieces of Python's `re.split(r"\s+", text)`, empty edge pieces counted. */
  readonly words: number;
  /** UTF-8 bytes of the text before it was detokenised. */
  readonly bytes: number;
}

/** Python's `\s` for text: JavaScript's lacks U+001C to U+001F and U+0085, and has U+FEFF. */
const PYTHON_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu;

export function countWords(text: string): number {
  return (text.match(PYTHON_SPACE)?.length ?? 0) + 1;
}

export function countBytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/**
 * The texts that a protocol tokenises, each with the tokenizer's default special tokens.
 *
 * - `lines`, joined: rows joined by a blank line (`"\n\n".join`), as GPTQ's, SparseGPT's and Wanda's programs and
 *   the transformers documentation do;
 * - `file`, joined: the corpus as a file, a row a line, an empty row " " as in wiki.test.raw, without its last line
 *   break: what llama.cpp's `-f` reads;
 * - `pages`, joined or apart: detokenised pages.
 *
 * @throws UserError empty-corpus; documents-not-apart (lines and a file are one text by definition)
 */
export function corpusTexts(
  corpus: Corpus,
  text: TextPreparation,
  documents: Documents,
): readonly CorpusText[] {
  const problems = problemsOf(corpus, text, documents);
  if (problems.length > 0) throw new UserError(problems);
  if (text === 'lines') return [counted(corpus.lines.join('\n\n'))];
  if (text === 'file') return [counted(fileText(corpus.lines))];
  const pages = corpus.pages.map(
    ({ original, scored }): CorpusText => ({
      text: scored,
      words: countWords(original),
      bytes: countBytes(original),
    }),
  );
  return documents === 'apart' ? pages : [joined(pages)];
}

function problemsOf(corpus: Corpus, text: TextPreparation, documents: Documents): Problem[] {
  const rows = text === 'pages' ? corpus.pages : corpus.lines;
  const problems: Problem[] = [];
  if (rows.length === 0) problems.push(messages.emptyCorpus(text));
  if (documents === 'apart' && text !== 'pages') problems.push(messages.documentsNotApart(text));
  return problems;
}

function fileText(lines: readonly string[]): string {
  const rows = lines.map((line) => (line === '' ? ' \n' : line.endsWith('\n') ? line : `${line}\n`));
  return rows.join('').replace(/\n$/, '');
}

function counted(text: string): CorpusText {
  return { text, words: countWords(text), bytes: countBytes(text) };
}

function joined(pages: readonly CorpusText[]): CorpusText {
  return {
    text: pages.map((page) => page.text).join('\n\n'),
    words: pages.reduce((words, page) => words + page.words, 0),
    bytes: pages.reduce((bytes, page) => bytes + page.bytes, 0),
  };
}

/** Every text about making a corpus. */
import { type Problem, suggest } from '@evalgraph/formats';

const hint = (name: string, names: readonly string[]): string => {
  const near = suggest(name, names);
  return near === null ? '' : ` Did you mean '${near}'?`;
};

const known = (names: readonly string[]): string => `Known: ${names.join(', ')}.`;

export const corpusMessages = {
  wrongType: (path: string, wanted: string, value: unknown): Problem => ({
    code: 'corpus-config',
    message: `${path} is ${shown(value)}, not ${wanted}.`,
  }),
  missing: (path: string, wanted: string): Problem => ({
    code: 'corpus-config',
    message: `${path} is missing: ${wanted}.`,
  }),
  outOfRange: (path: string, value: unknown, expected: string): Problem => ({
    code: 'corpus-config',
    message: `${path} is ${shown(value)}.`,
    remedy: `Expected: ${expected}.`,
  }),
  unknownName: (path: string, what: string, value: string, names: readonly string[]): Problem => ({
    code: 'corpus-config',
    message: `${path}: '${value}' is no ${what}.${hint(value, names)}`,
    remedy: known(names),
  }),
  repeatedName: (path: string, name: string): Problem => ({
    code: 'corpus-config',
    message: `${path}: the name '${name}' is there twice.`,
    remedy: 'Give each source a name of its own: documents are told apart by it.',
  }),
  badRegex: (path: string, pattern: string, why: string): Problem => ({
    code: 'corpus-regex',
    message: `${path}: ${JSON.stringify(pattern)} is no regular expression (${why}).`,
    remedy: "It is read as JavaScript's, with the flags u, g and those of 'flags' (i, m, s).",
  }),
  slowRegex: (step: string, pattern: string, document: string, timeoutMs: number): Problem => ({
    code: 'corpus-regex-slow',
    message: `Step '${step}': ${JSON.stringify(pattern)} takes more than ${timeoutMs} ms on the document ${document}.`,
    remedy:
      'Write it without repetitions inside repetitions, put a length step before it, or raise timeoutMs.',
  }),
  noFiles: (source: string, folder: string, patterns: readonly string[]): Problem => ({
    code: 'corpus-no-files',
    message: `Source '${source}': no file below ${folder} matches ${patterns.join(', ')}.`,
    remedy: 'Paths are relative to the folder given; * stands for anything in a name, ** for any folders.',
  }),
  noColumn: (source: string, file: string, column: string, names: readonly string[]): Problem => ({
    code: 'corpus-no-column',
    message: `Source '${source}': ${file} has no text in a column '${column}'.${hint(column, names)}`,
    remedy: names.length === 0 ? 'Name the column with the text as column.' : `Columns: ${names.join(', ')}.`,
  }),
  notText: (file: string, offset: number, column: string, value: unknown): Problem => ({
    code: 'corpus-no-column',
    message: `${file}: in the line at byte ${offset} '${column}' is ${shown(value)}, not a text.`,
    remedy: 'Name the column with the text as column, or mend the file; null counts as no text.',
  }),
  notJson: (file: string, offset: number, why: string): Problem => ({
    code: 'corpus-not-jsonl',
    message: `${file}: the line at byte ${offset} is no JSON object (${why}).`,
    remedy: 'A JSON Lines file has one object a line.',
  }),
  notUtf8: (file: string, offset: number): Problem => ({
    code: 'not-utf8',
    message: `${file}: the line at byte ${offset} is not UTF-8.`,
  }),
  lineTooLong: (file: string, offset: number, limit: number): Problem => ({
    code: 'line-too-long',
    message: `${file}: the line at byte ${offset} is longer than ${limit} bytes.`,
    remedy: 'Raise maxDocumentBytes if this is one document.',
  }),
  unreadable: (file: string, code: string): Problem => ({
    code: 'unreadable-file',
    message: `${file}: cannot be read (${code}).`,
    remedy:
      "Check its permissions, what it links to, and the disk; or leave it out by 'files', a list of patterns.",
  }),
  changed: (file: string): Problem => ({
    code: 'corpus-input-changed',
    message: `${file} has changed while the corpus was made.`,
    remedy: 'Start again; finished parts that still fit are kept.',
  }),
  tooFew: (source: string, unit: string, wanted: number, there: number): Problem => ({
    code: 'corpus-too-little',
    message: `Source '${source}' has ${there} ${unit} for the ${wanted} that are asked of it.`,
    remedy:
      'Ask for less, give the source a smaller weight, or remove less of it; no document is used twice.',
  }),
  nothingLeft: (): Problem => ({
    code: 'corpus-empty',
    message: 'No document is left after the last step.',
    remedy: "Look at the counts of each step: a limit or a language may be another one's.",
  }),
  notUnpacked: (file: string, why: string): Problem => ({
    code: 'corpus-not-unpacked',
    message: `${file} cannot be unpacked: ${why}.`,
    remedy:
      'Fetch it again if it is cut short or damaged. What is read: gzip (.gz), zstd (.zst), and plain files.',
  }),
  damaged: (file: string, why: string): Problem => ({
    code: 'corpus-damaged',
    message: `${file}: ${why}.`,
    remedy: 'Remove the folder and make the corpus again.',
  }),
};

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

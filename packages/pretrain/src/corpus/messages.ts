/** The problems of making a corpus. */
import { defineMessages, didYouMean, shown } from '@evalgraph/formats';

const known = (names: readonly string[]): string => `Known: ${names.join(', ')}.`;

export const messages = defineMessages({
  corpusConfig: {
    type: (path: string, wanted: string, value: unknown) => ({
      message: `${path} is ${shown(value)}, not ${wanted}.`,
    }),
    missing: (path: string, wanted: string) => ({
      message: `${path} is missing: ${wanted}.`,
    }),
    range: (path: string, value: unknown, expected: string) => ({
      message: `${path} is ${shown(value)}.`,
      remedy: `Expected: ${expected}.`,
    }),
    unknownName: (path: string, what: string, value: string, names: readonly string[]) => ({
      message: `${path}: '${value}' is no ${what}.`,
      remedy: `${didYouMean(value, names)}${known(names)}`,
    }),
    repeatedName: (path: string, name: string) => ({
      message: `${path}: the name '${name}' is there twice.`,
      remedy: 'Give each source a name of its own: documents are told apart by it.',
    }),
  },
  corpusRegex: (path: string, pattern: string, why: string) => ({
    message: `${path}: ${JSON.stringify(pattern)} is no regular expression (${why}).`,
    remedy: "It is read as JavaScript's, with the flags u, g and those of 'flags' (i, m, s).",
  }),
  corpusRegexSlow: (step: string, pattern: string, document: string, timeoutMs: number) => ({
    message: `Step '${step}': ${JSON.stringify(pattern)} takes more than ${timeoutMs} ms on the document ${document}.`,
    remedy:
      'Write it without repetitions inside repetitions, put a length step before it, or raise timeoutMs.',
  }),
  corpusNoFiles: (source: string, folder: string, patterns: readonly string[]) => ({
    message: `Source '${source}': no file below ${folder} matches ${patterns.join(', ')}.`,
    remedy: 'Paths are relative to the folder given; * stands for anything in a name, ** for any folders.',
  }),
  corpusNoColumn: {
    missing: (source: string, file: string, column: string, names: readonly string[]) => ({
      message: `Source '${source}': ${file} has no text in a column '${column}'.`,
      remedy:
        names.length === 0
          ? 'Name the column with the text as column.'
          : `${didYouMean(column, names)}Columns: ${names.join(', ')}.`,
    }),
    notText: (file: string, offset: number, column: string, value: unknown) => ({
      message: `${file}: in the line at byte ${offset} '${column}' is ${shown(value)}, not a text.`,
      remedy: 'Name the column with the text as column, or mend the file; null counts as no text.',
    }),
  },
  corpusNotJsonl: (file: string, offset: number, why: string) => ({
    message: `${file}: the line at byte ${offset} is no JSON object (${why}).`,
    remedy: 'A JSON Lines file has one object a line.',
  }),
  notUtf8: (file: string, offset: number) => ({
    message: `${file}: the line at byte ${offset} is not UTF-8.`,
  }),
  lineTooLong: (file: string, offset: number, limit: number) => ({
    message: `${file}: the line at byte ${offset} is longer than ${limit} bytes.`,
    remedy: 'Raise maxDocumentBytes if this is one document.',
  }),
  unreadableFile: (file: string, code: string) => ({
    message: `${file} cannot be read (${code}).`,
    remedy:
      "Check its permissions, what it links to, and the disk; or leave it out by 'files', a list of patterns.",
  }),
  corpusInputChanged: (file: string) => ({
    message: `${file} has changed while the corpus was made.`,
    remedy: 'Start again; finished parts that still fit are kept.',
  }),
  corpusTooLittle: (source: string, unit: string, wanted: number, there: number) => ({
    message: `Source '${source}' has ${there} ${unit} for the ${wanted} that are asked of it.`,
    remedy:
      'Ask for less, give the source a smaller weight, or remove less of it; no document is used twice.',
  }),
  corpusEmpty: () => ({
    message: 'No document is left after the last step.',
    remedy: "Look at the counts of each step: a limit or a language may be another one's.",
  }),
  corpusNotUnpacked: (file: string, why: string) => ({
    message: `${file} cannot be unpacked: ${why}.`,
    remedy:
      'Fetch it again if it is cut short or damaged. What is read: gzip (.gz), zstd (.zst), and plain files.',
  }),
  corpusDamaged: (file: string, why: string) => ({
    message: `${file}: ${why}.`,
    remedy: 'Remove the folder and make the corpus again.',
  }),
});

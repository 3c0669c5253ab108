/** What is said of parquet and CSV files that cannot be read. Beside the readers, as no message stands for both. */
import type { Problem } from './errors.ts';

const AGAIN = 'Fetch the file again and compare its size and digest with the source.';

export const tableMessages = {
  unreadable: (file: string, code: string): Problem => ({
    code: 'unreadable-file',
    message: `${file}: cannot be read (${code}).`,
  }),
  notParquet: (file: string, found: string): Problem => ({
    code: 'not-parquet',
    message: `${file} is not a parquet file: it begins with ${found}.`,
    remedy: /html|doctype|^"version https:\/\/git-lfs/i.test(found)
      ? 'This is a web page or a pointer that was saved in place of the file: fetch the file itself.'
      : 'Check the path; a JSON Lines file is called .jsonl, a table with commas .csv.',
  }),
  truncatedParquet: (file: string, bytes: number): Problem => ({
    code: 'truncated-parquet',
    message: `${file} is a parquet file without its end: ${bytes} bytes are there.`,
    remedy: AGAIN,
  }),
  badParquet: (file: string, why: string): Problem => ({
    code: 'bad-parquet',
    message: `${file} is a damaged parquet file: ${why}.`,
    remedy: AGAIN,
  }),
  parquetTooLarge: (file: string, what: string, bytes: number | bigint, limit: number): Problem => ({
    code: 'parquet-too-large',
    message: `${file}: ${what} has ${bytes} bytes; at most ${limit} are read at once.`,
    remedy:
      'Write the file again with smaller row groups (for example datasets: to_parquet(batch_size=1000)).',
  }),
  unsupportedColumn: (file: string, column: string, type: string): Problem => ({
    code: 'unsupported-column',
    message: `${file}: column '${column}' holds ${type}, which has no JSON form.`,
    remedy:
      'Supported are integers, floats, booleans, texts, dates without a zone, and lists and structs of them: drop or convert the column.',
  }),
  unsupportedCodec: (file: string, column: string, codec: string): Problem => ({
    code: 'unsupported-codec',
    message: `${file}: column '${column}' is compressed with ${codec}.`,
    remedy: 'Write the file again with snappy, gzip, brotli, zstd or no compression.',
  }),
  noColumn: (file: string, column: string, columns: readonly string[]): Problem => ({
    code: 'unknown-column',
    message: `${file} has no column '${column}'.`,
    remedy: `It has: ${columns.join(', ')}.`,
  }),
  badCsv: (file: string, line: number, why: string): Problem => ({
    code: 'bad-csv',
    message: `${file}:${line}: ${why}.`,
  }),
  csvValue: (file: string, line: number, column: string, value: string, type: string): Problem => ({
    code: 'csv-column-type',
    message: `${file}:${line}: column '${column}' is ${type} above, and here it holds ${JSON.stringify(value.slice(0, 60))}.`,
    remedy:
      'Types are taken from the first 10000 rows, as `datasets` does: mend the value, or use JSON Lines.',
  }),
} as const;

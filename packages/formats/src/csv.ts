/**
 * Rows of a CSV file with the types that `datasets` (through pandas) gives its columns: integers, floats,
 * booleans, texts; an empty cell, NA and their like are None. Types are inferred for every 10,000 rows and cast to
 * those of the first, as there.
 */
import type { ReadStream } from 'node:fs';
import { CsvError, type Info, parse } from 'csv-parse';
import { csvFloat, csvInteger } from './csv-number.ts';
import { UserError } from './errors.ts';
import { messages } from './messages.ts';
import type { TableRow } from './parquet.ts';
import { PyFloat, type PyValue } from './python-value.ts';
import { streamRegular } from './regular-file.ts';
import { utf8Check } from './utf8-check.ts';

export type CsvType = 'int' | 'float' | 'bool' | 'text';
export type CsvColumns = ReadonlyMap<string, CsvType>;

export interface CsvOptions {
  /** Cast to these columns (of another file of the same data set) rather than to those of the first rows. */
  readonly columns?: CsvColumns;
}

/** pandas reads so many rows at a time and infers their types together. */
const CHUNK_ROWS = 10_000;
/** The longest row that is read; MAX_LINE_BYTES is the same for JSON Lines. */
const MAX_ROW_CHARACTERS = 64 * 1024 * 1024;
/** Kept in memory to infer types from. */
const MAX_CHUNK_CHARACTERS = 512 * 1024 * 1024;

/** pandas' words for a missing value. */
const MISSING: ReadonlySet<string> = new Set([
  ...['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN'],
  ...['<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'],
]);
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['True', 'TRUE', 'true'].map((word) => [word, true] as const),
  ...['False', 'FALSE', 'false'].map((word) => [word, false] as const),
]);

/** The types of the first rows. @throws UserError as `readCsv`. */
export async function csvColumns(path: string): Promise<CsvColumns> {
  for await (const { names, rows } of chunks(path)) return infer(names, rows);
  return new Map();
}

/**
 * The rows in order, with the header's columns.
 * @throws UserError with file:line: unreadable, quotes or widths that fit no CSV, a value that fits not its column.
 */
export async function* readCsv(path: string, options: CsvOptions = {}): AsyncGenerator<TableRow> {
  let columns = options.columns ?? null;
  let row = 0;
  for await (const { names, rows } of chunks(path)) {
    const own = infer(names, rows);
    columns ??= own;
    const known = columns;
    const extra = names.find((name) => !known.has(name));
    if (extra !== undefined)
      throw new UserError(messages.unknownColumn('The first file', extra, [...known.keys()]));
    for (const { line, cells } of rows) {
      const value = new Map<string, PyValue>([...known.keys()].map((name) => [name, null]));
      for (const [index, name] of names.entries()) {
        const cell = cells[index] ?? '';
        const cast = castCell(cell, own.get(name) ?? 'text', known.get(name) ?? 'text');
        if (cast === undefined)
          throw new UserError(messages.csvColumnType(path, line, name, cell, known.get(name) ?? 'text'));
        value.set(name, cast);
      }
      yield { row, value };
      row += 1;
    }
  }
}

interface CsvRow {
  /** 1-based line on which it ends. */
  readonly line: number;
  readonly cells: readonly string[];
}

interface Chunk {
  readonly names: readonly string[];
  readonly rows: readonly CsvRow[];
}

async function* chunks(path: string): AsyncGenerator<Chunk> {
  let names: readonly string[] | null = null;
  let rows: CsvRow[] = [];
  let characters = 0;
  for await (const { line, cells } of records(path)) {
    if (names === null) {
      names = headerNames(cells);
      continue;
    }
    if (cells.length > names.length) {
      const why = `the row has ${cells.length} values, the header ${names.length} names`;
      throw new UserError(messages.badCsv(path, line, why));
    }
    rows.push({ line, cells });
    characters += cells.reduce((sum, cell) => sum + cell.length, 0);
    if (characters > MAX_CHUNK_CHARACTERS) {
      throw new UserError(
        messages.badCsv(path, line, `${CHUNK_ROWS} rows have more than ${MAX_CHUNK_CHARACTERS} characters`),
      );
    }
    if (rows.length === CHUNK_ROWS) {
      yield { names, rows };
      rows = [];
      characters = 0;
    }
  }
  if (names !== null && rows.length > 0) yield { names, rows };
}

/** pandas' names: `Unnamed: 0` for a column without one (an index that was saved), `a.1` for a second `a`. */
function headerNames(cells: readonly string[]): readonly string[] {
  const names: string[] = [];
  const given = new Set(cells);
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  for (const [index, cell] of cells.entries()) {
    const plain = cell === '' ? `Unnamed: ${index}` : cell;
    let name = plain;
    // Lower counts of this name are taken: beginning anew each time would be quadratic.
    let count = counts.get(plain) ?? 1;
    for (; taken.has(name) || (name !== plain && given.has(name)); count += 1) name = `${plain}.${count}`;
    counts.set(plain, count);
    taken.add(name);
    names.push(name);
  }
  return names;
}

async function* records(path: string): AsyncGenerator<CsvRow> {
  const parser = parse({
    bom: true,
    encoding: 'utf8',
    info: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_CHARACTERS,
  });
  const input = await opened(path);
  const checked = utf8Check((line) => new UserError(messages.badCsv(path, line, 'the text is not UTF-8')));
  for (const stream of [input, checked]) stream.on('error', (error: Error) => parser.destroy(error));
  input.pipe(checked).pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      // pandas skips a line of nothing but blanks.
      if (record.length === 1 && /^[ \t]+$/.test(record[0] ?? '')) continue;
      yield { line: info.lines, cells: record };
    }
  } catch (error) {
    if (error instanceof CsvError) {
      throw new UserError(
        messages.badCsv(path, Number(error['lines'] ?? 0), error.message.replace(/\.$/, '')),
      );
    }
    if (error instanceof UserError || !(error instanceof Error) || !('code' in error)) throw error;
    throw new UserError(messages.unreadableFile(path, String(error.code)));
  } finally {
    input.destroy();
  }
}

async function opened(path: string): Promise<ReadStream> {
  try {
    return await streamRegular(path, 1 << 18);
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || !('code' in error)) throw error;
    throw new UserError(messages.unreadableFile(path, String(error.code)));
  }
}

function infer(names: readonly string[], rows: readonly CsvRow[]): CsvColumns {
  return new Map(names.map((name, index) => [name, inferType(rows.map(({ cells }) => cells[index] ?? ''))]));
}

/** A missing value makes integers floats; a column of nothing is one of floats too. */
function inferType(cells: readonly string[]): CsvType {
  const present = cells.filter((cell) => !MISSING.has(cell));
  if (present.length === 0) return 'float';
  if (present.every((cell) => csvInteger(cell) !== null))
    return present.length === cells.length ? 'int' : 'float';
  if (present.every((cell) => csvFloat(cell) !== null)) return 'float';
  return present.every((cell) => BOOLEANS.has(cell)) ? 'bool' : 'text';
}

/** @param own its chunk's type @param wanted the column's. undefined: arrow would not cast it either. */
function castCell(cell: string, own: CsvType, wanted: CsvType): PyValue | undefined {
  if (MISSING.has(cell)) return null;
  switch (wanted) {
    case 'int': {
      const float = csvFloat(cell);
      if (own === 'int') return csvInteger(cell) ?? undefined;
      return own === 'float' && float !== null && Number.isSafeInteger(float) ? float : undefined;
    }
    case 'float': {
      const float = csvFloat(cell);
      return float === null || (own !== 'int' && own !== 'float') ? undefined : new PyFloat(float);
    }
    case 'bool':
      return own === 'bool' ? BOOLEANS.get(cell) : undefined;
    case 'text':
      if (own === 'text') return cell;
      return own === 'int' ? String(csvInteger(cell)) : undefined;
  }
}

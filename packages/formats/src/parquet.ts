/**
 * Rows of a parquet file as `datasets` gives them to Python: integers, floats, booleans, texts, None, lists, and
 * structs in the schema's order; dates as the text that Python's str() makes of them. One row group is decoded at a time. Knows nothing of splits or of several files.
 */
import { brotliDecompressSync, gunzipSync, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import { type ColumnData, type Compressors, type FileMetaData, parquetRead } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { UserError } from './errors.ts';
import { messages } from './messages.ts';
import { decoding, MAX_ROW_GROUP_BYTES, openParquet, type ParquetFile } from './parquet-file.ts';
import { unpackLz4 } from './parquet-lz4.ts';
import { checkPages, type GroupUse } from './parquet-pages.ts';
import { type ParquetType, parquetType, typeText } from './parquet-schema.ts';
import { pythonDate, pythonDatetime } from './python-date.ts';
import { type PyDict, PyFloat, type PyValue } from './python-value.ts';

export interface TableRow {
  /** The row's number, counted from 0. */
  readonly row: number;
  readonly value: PyDict;
}

export interface ParquetInfo {
  readonly rows: number;
  /** Column -> type in words (`list<text>`), in the schema's order. Floats of 32 and 64 bits differ, integers do not. */
  readonly columns: ReadonlyMap<string, string>;
}

export interface ParquetOptions {
  /** Only these; they come in the schema's order. */
  readonly columns?: readonly string[];
  /** No more than the first so many rows: later pages and row groups are not decoded. */
  readonly limit?: number;
}

/** What a file holds, from its footer. @throws UserError as `readParquet`, before any row. */
export async function parquetInfo(path: string): Promise<ParquetInfo> {
  const file = await openParquet(path);
  try {
    const columns = [...columnsOf(file, null)].map(([name, type]) => [name, typeText(type)] as const);
    return { rows: rowCount(file), columns: new Map(columns) };
  } finally {
    await file.close();
  }
}

/**
 * The rows in order. Integers beyond 2^53 are bigints; a float32 is widened to the float that has its value.
 * @throws UserError naming the file: not parquet, truncated, damaged, too large a row group, an unknown codec, or
 * a column of times with a zone, decimals or bytes (`unsupported-column`).
 */
export async function* readParquet(path: string, options: ParquetOptions = {}): AsyncGenerator<TableRow> {
  const file = await openParquet(path);
  try {
    const columns = columnsOf(file, options.columns ?? null);
    const last = Math.min(rowCount(file), options.limit ?? Number.POSITIVE_INFINITY);
    let start = 0;
    for (const group of file.metadata.row_groups) {
      if (start >= last) break;
      const count = Math.min(Number(group.num_rows), last - start);
      await checkGroup(file, group, columns, count);
      const decoded = await readGroup(file, [...columns.keys()], start, count);
      for (let row = 0; row < count; row += 1) {
        const value = new Map<string, PyValue>();
        for (const [name, type] of columns) {
          value.set(
            name,
            toPython(decoded.get(name)?.[row], type, () => damaged(file, name, start + row)),
          );
        }
        yield { row: start + row, value };
      }
      start += Number(group.num_rows);
    }
  } finally {
    await file.close();
  }
}

function columnsOf(file: ParquetFile, wanted: readonly string[] | null): ReadonlyMap<string, ParquetType> {
  const children = file.schema.children;
  const names = children.map(({ element }) => element.name);
  if (new Set(names).size < names.length)
    throw new UserError(messages.badParquet(file.path, 'two of its columns have one name'));
  for (const name of wanted ?? []) {
    if (!names.includes(name)) throw new UserError(messages.unknownColumn(file.path, name, names));
  }
  const chosen = children.filter(({ element }) => wanted?.includes(element.name) ?? true);
  const types = chosen.map((child) => [child.element.name, parquetType(child)] as const);
  const problems = types.flatMap(([name, type]) =>
    type.kind === 'unsupported' ? [messages.unsupportedColumn(file.path, name, type.what)] : [],
  );
  if (problems.length > 0) throw new UserError(problems);
  return new Map(types);
}

function rowCount({ path, metadata }: ParquetFile): number {
  const groups = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  const legal = metadata.row_groups.every((group) => group.num_rows >= 0n);
  if (!legal || !Number.isSafeInteger(groups) || BigInt(groups) !== metadata.num_rows) {
    throw new UserError(messages.badParquet(path, 'its footer contradicts itself on the number of rows'));
  }
  return groups;
}

async function checkGroup(
  file: ParquetFile,
  group: FileMetaData['row_groups'][number],
  columns: ReadonlyMap<string, ParquetType>,
  rows: number,
): Promise<void> {
  const { path } = file;
  let bytes = 0;
  const use: GroupUse = { bytes: 0, values: 0 };
  for (const { meta_data: chunk } of group.columns) {
    const name = chunk?.path_in_schema[0];
    if (chunk === undefined || name === undefined || !columns.has(name)) continue;
    if (chunk.codec !== 'UNCOMPRESSED' && !Object.hasOwn(bounded, chunk.codec ?? '')) {
      throw new UserError(messages.unsupportedCodec(path, name, chunk.codec ?? 'an unknown codec'));
    }
    bytes += Number(chunk.total_uncompressed_size);
  }
  if (bytes > MAX_ROW_GROUP_BYTES)
    throw new UserError(messages.parquetTooLarge(path, 'a row group', bytes, MAX_ROW_GROUP_BYTES));
  await decoding(path, async () => {
    for (const { meta_data: chunk } of group.columns) {
      if (chunk !== undefined && columns.has(chunk.path_in_schema[0] ?? ''))
        await checkPages(file, chunk, rows, use, bounded);
    }
  });
}

/** Snappy makes 64 bytes of three, an LZ4 block 255 of one: a page that promises more lies. */
const MAX_GROWTH = 256;

function growing(unpack: (input: Uint8Array, length: number) => Uint8Array) {
  return (input: Uint8Array, length: number): Uint8Array => {
    if (length > 64 + input.length * MAX_GROWTH) throw new Error(`a page of ${length} bytes that has fewer`);
    return unpack(input, length);
  };
}

function native(unpack: (input: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array) {
  return (input: Uint8Array, length: number): Uint8Array =>
    unpack(input, { maxOutputLength: Math.max(1, length) });
}

/** Each stops where a page holds more than it says. Some writers leave gzip's head away. */
const unpackers: Compressors = {
  SNAPPY: growing((input, length) => {
    if (compressors.SNAPPY === undefined) throw new Error('no decompressor for SNAPPY');
    return compressors.SNAPPY(input, length);
  }),
  GZIP: native((input, options) =>
    input[0] === 0x1f && input[1] === 0x8b ? gunzipSync(input, options) : inflateRawSync(input, options),
  ),
  BROTLI: native(brotliDecompressSync),
  ZSTD: native(zstdDecompressSync),
  LZ4_RAW: growing(unpackLz4),
};

/** A page says itself how much it unpacks to: a lie must not become an allocation. */
const bounded: Compressors = Object.fromEntries(
  Object.entries(unpackers).map(([codec, unpack]) => [
    codec,
    (input: Uint8Array, length: number): Uint8Array => {
      if (!(length >= 0 && length <= MAX_ROW_GROUP_BYTES)) throw new Error(`a page of ${length} bytes`);
      const output = unpack(input, length);
      if (output.length !== length)
        throw new Error(`a page of ${output.length} bytes that should have ${length}`);
      return output;
    },
  ]),
);

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** The decoder's own would drop a byte order mark, replace what is no UTF-8, and cut dates to milliseconds. */
const parsers = {
  stringFromBytes: (bytes: Uint8Array) => bytes && decoder.decode(bytes),
  dateFromDays: (days: number) => dateText(pythonDate(BigInt(days))),
  timestampFromMilliseconds: (millis: bigint) => dateText(pythonDatetime(millis * 1_000_000n)),
  timestampFromMicroseconds: (micros: bigint) => dateText(pythonDatetime(micros * 1000n)),
  timestampFromNanoseconds: (nanos: bigint) => dateText(pythonDatetime(nanos)),
};

function dateText(text: string | null): string {
  if (text === null) throw new Error('a date before the year 1 or after 9999');
  return text;
}

/** A row group's columns; the decoder leaves a short column short, so lengths are checked here. */
async function readGroup(
  file: ParquetFile,
  columns: readonly string[],
  start: number,
  count: number,
): Promise<ReadonlyMap<string, readonly unknown[]>> {
  const decoded = new Map<string, unknown[]>(columns.map((name) => [name, []]));
  const onChunk = ({ columnName, columnData }: ColumnData): void => {
    const values = decoded.get(columnName);
    for (const value of columnData) values?.push(value);
  };
  const { buffer, metadata } = file;
  await decoding(file.path, () =>
    parquetRead({
      file: buffer,
      metadata,
      columns: [...columns],
      rowStart: start,
      rowEnd: start + count,
      // Where the file has one, a limit reads only the pages that it needs.
      useOffsetIndex: true,
      compressors: bounded,
      parsers,
      geoparquet: false,
      onChunk,
    }),
  );
  for (const [name, values] of decoded) {
    if (values.length < count) {
      const why = `column '${name}' has ${values.length} of ${count} rows in the row group from row ${start} on`;
      throw new UserError(messages.badParquet(file.path, why));
    }
  }
  return decoded;
}

function damaged(file: ParquetFile, column: string, row: number): UserError {
  return new UserError(messages.badParquet(file.path, `column '${column}' has no legal value in row ${row}`));
}

function toPython(value: unknown, type: ParquetType, error: () => UserError): PyValue {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'int':
      if (typeof value === 'bigint') return toInteger(value);
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
      break;
    case 'float32':
    case 'float64':
      if (typeof value === 'number') return new PyFloat(value);
      break;
    case 'bool':
      if (typeof value === 'boolean') return value;
      break;
    case 'text':
    case 'date':
    case 'timestamp':
      if (typeof value === 'string') return value;
      break;
    case 'list':
      if (isIterableList(value)) return Array.from(value, (item) => toPython(item, type.item, error));
      break;
    case 'struct':
      if (typeof value === 'object') {
        const fields = value as Readonly<Record<string, unknown>>;
        return new Map([...type.fields].map(([name, field]) => [name, toPython(fields[name], field, error)]));
      }
      break;
    default:
  }
  throw error();
}

function isIterableList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function toInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

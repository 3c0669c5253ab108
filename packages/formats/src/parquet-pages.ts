/**
 * The headers of a column's pages, checked before a decoder makes arrays of the sizes that they declare. No page is
 * unpacked here. https://parquet.apache.org/docs/file-format/data-pages
 */
import type { ColumnMetaData } from 'hyparquet';
import { MAX_ROW_GROUP_BYTES, type ParquetFile } from './parquet-file.ts';
import { readThrift, ThriftEnds, type ThriftFields, type ThriftStruct } from './parquet-thrift.ts';

/**
 * Values decoded at once, of all columns: a hundred bytes of runs may stand for a milliard of them. pyarrow's row groups
 * have a million rows at most, those of its first versions 64 Mi.
 */
export const MAX_GROUP_VALUES: number = 64 * 1024 * 1024;
/** Writers end a page after a megabyte or 20,000 rows; arrays beyond this length are hash tables in V8. */
const MAX_PAGE_VALUES = 32 * 1024 * 1024;
/** It may hold a page's smallest and largest text. */
const MAX_PAGE_HEADER_BYTES = 16 * 1024 * 1024;
/** The most values of a page header, which has some thirty. */
const MAX_PAGE_HEADER_VALUES = 1000;
const WINDOW_BYTES = 8192;

/** What the columns of a row group have used of its bounds so far. */
export interface GroupUse {
  bytes: number;
  values: number;
}

/**
 * @param rows of a column without lists no more are decoded
 * @throws Error saying which size is out of its bounds.
 */
export async function checkPages(
  file: ParquetFile,
  chunk: ColumnMetaData,
  rows: number,
  use: GroupUse,
): Promise<void> {
  const first = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
  const end = first + Number(chunk.total_compressed_size);
  if (!(first >= 0 && end >= first && end <= file.buffer.byteLength))
    throw new Error(`a column is at bytes ${first} to ${end}`);
  const header = headerReader(file, end);
  const isFlat = chunk.path_in_schema.length === 1;
  let seen = 0;
  for (let at = first; at < end - 1 && !(isFlat && seen >= rows); ) {
    const { fields, end: body } = await header(at);
    const packed = within('compressed_page_size', fields.get(3), end - body);
    const unpacked = within('uncompressed_page_size', fields.get(2), MAX_ROW_GROUP_BYTES);
    const values = valuesOf(fields, packed, unpacked);
    if (fields.get(1) !== DICTIONARY) seen += values;
    use.bytes += unpacked;
    use.values += values;
    within('the sum of uncompressed_page_size', use.bytes, MAX_ROW_GROUP_BYTES);
    within('the sum of num_values', use.values, MAX_GROUP_VALUES);
    at = body + packed;
  }
}

const DICTIONARY = 2;

/** Values of a page: a v1 page, a dictionary, a v2 page; others are not decoded. */
function valuesOf(fields: ThriftFields, packed: number, unpacked: number): number {
  const type = fields.get(1);
  const detail = fields.get(type === 0 ? 5 : type === DICTIONARY ? 7 : 8);
  if ((type !== 0 && type !== DICTIONARY && type !== 3) || !(detail instanceof Map))
    throw new Error('a page is of no known kind');
  const values = within('num_values', detail.get(1), MAX_PAGE_VALUES);
  if (type === 3) {
    within('num_nulls', detail.get(2), values);
    within('num_rows', detail.get(3), values);
    const levels = ['definition_levels_byte_length', 'repetition_levels_byte_length'].map((name, no) =>
      within(name, detail.get(5 + no), Math.min(packed, unpacked)),
    );
    within('the length of levels', (levels[0] ?? 0) + (levels[1] ?? 0), Math.min(packed, unpacked));
  }
  return values;
}

function within(name: string, value: unknown, most: number): number {
  if (typeof value === 'number' && value >= 0 && value <= most) return value;
  throw new Error(`${name} of a page is ${String(value)}, which is not within 0 and ${most}`);
}

/** Headers one after the other; a piece of the file is read for several of them. */
function headerReader(file: ParquetFile, end: number): (at: number) => Promise<ThriftStruct> {
  let [start, piece] = [0, new Uint8Array(0)];
  return async (at) => {
    for (let size = WINDOW_BYTES; ; size *= 8) {
      const whole = Math.min(end - at, size);
      if (size > WINDOW_BYTES || at < start || at >= start + piece.length) {
        piece = new Uint8Array(await file.buffer.slice(at, at + whole));
        start = at;
      }
      try {
        const found = readThrift(piece, at - start, MAX_PAGE_HEADER_VALUES);
        return { fields: found.fields, end: start + found.end };
      } catch (error) {
        if (!(error instanceof ThriftEnds)) throw error;
        const isAll = start + piece.length >= end;
        if (isAll || size > MAX_PAGE_HEADER_BYTES) throw new Error('the header of a page has no end');
        // What is left of a piece may be less than a header: the first try reads it anew.
        if (start !== at) {
          start = -1;
          piece = new Uint8Array(0);
          size /= 8;
        }
      }
    }
  };
}

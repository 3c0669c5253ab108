/**
 * The headers of a column's pages, checked before a decoder makes arrays of the sizes that they declare, and the runs of
 * their levels and indices. https://parquet.apache.org/docs/file-format/data-pages
 */
import type { ColumnMetaData, Compressors, SchemaTree } from 'hyparquet';
import { MAX_ROW_GROUP_BYTES, type ParquetFile } from './parquet-file.ts';
import { checkRuns, type PageShape } from './parquet-runs.ts';
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
  unpackers: Compressors,
): Promise<void> {
  const first = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
  const end = first + Number(chunk.total_compressed_size);
  if (!(first >= 0 && end >= first && end <= file.buffer.byteLength))
    throw new Error(`a column is at bytes ${first} to ${end}`);
  const header = headerReader(file, end);
  const isFlat = chunk.path_in_schema.length === 1;
  const levels = levelsOf(file.schema, chunk.path_in_schema);
  let dictionary: number | null = null;
  let seen = 0;
  for (let at = first; at < end - 1 && !(isFlat && seen >= rows); ) {
    const { fields, end: body } = await header(at);
    const packed = within('compressed_page_size', fields.get(3), end - body);
    const unpacked = within('uncompressed_page_size', fields.get(2), MAX_ROW_GROUP_BYTES);
    const values = valuesOf(fields, packed, unpacked);
    if (fields.get(1) === DICTIONARY) dictionary = values;
    else seen += values;
    use.bytes += unpacked;
    use.values += values;
    within('the sum of uncompressed_page_size', use.bytes, MAX_ROW_GROUP_BYTES);
    within('the sum of num_values', use.values, MAX_GROUP_VALUES);
    const shape = shapeOf(fields, values, levels, dictionary);
    if (shape !== null) {
      const bytes = new Uint8Array(await file.buffer.slice(body, body + packed));
      checkRuns(unpackedPage(bytes, fields, unpacked, unpackers[chunk.codec]), shape);
    }
    at = body + packed;
  }
}

const DICTIONARY = 2;

interface Levels {
  readonly repetition: number;
  readonly definition: number;
}

/** The largest levels of a column. */
function levelsOf(schema: SchemaTree, path: readonly string[]): Levels {
  let [node, repetition, definition]: [SchemaTree, number, number] = [schema, 0, 0];
  for (const part of path) {
    const child = node.children.find(({ element }) => element.name === part);
    if (child === undefined) throw new Error(`the schema has no column ${path.join('.')}`);
    if (child.element.repetition_type !== 'REQUIRED') definition += 1;
    if (child.element.repetition_type === 'REPEATED') repetition += 1;
    node = child;
  }
  return { repetition, definition };
}

/** Encodings of parquet's that hold indices of the dictionary. */
const DICTIONARY_ENCODINGS = new Set([2, 8]);

/** What is to be gone through in a page; null: it has neither levels nor indices. */
function shapeOf(
  fields: ThriftFields,
  values: number,
  { repetition, definition }: Levels,
  dictionary: number | null,
): PageShape | null {
  const type = fields.get(1);
  const detail = fields.get(type === 0 ? 5 : 8);
  if (type === DICTIONARY || !(detail instanceof Map)) return null;
  const number = (field: number): number => Number(detail.get(field) ?? 0);
  const isIndexed = DICTIONARY_ENCODINGS.has(number(type === 0 ? 2 : 4));
  if (repetition === 0 && definition === 0 && !isIndexed) return null;
  if (isIndexed && dictionary === null) throw new Error('a page has indices, and there is no dictionary');
  return {
    values,
    missing: type === 0 ? null : number(2),
    maxRepetition: repetition,
    maxDefinition: definition,
    levelBytes: type === 0 ? null : [number(6), number(5)],
    dictionary: isIndexed ? dictionary : null,
  };
}

/** A page of version 2 never packs its levels. */
function unpackedPage(
  bytes: Uint8Array,
  fields: ThriftFields,
  size: number,
  unpack: ((input: Uint8Array, size: number) => Uint8Array) | undefined,
): Uint8Array {
  const detail = fields.get(8);
  if (unpack === undefined) return bytes;
  if (fields.get(1) !== 3 || !(detail instanceof Map)) return unpack(bytes, size);
  if (detail.get(7) === 0) return bytes;
  const levels = Number(detail.get(5) ?? 0) + Number(detail.get(6) ?? 0);
  const rest = unpack(bytes.subarray(levels), size - levels);
  return Buffer.concat([bytes.subarray(0, levels), rest]);
}

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

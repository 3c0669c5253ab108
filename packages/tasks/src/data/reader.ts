/**
 * The rows of files of one format, each row with the columns and types of the data set's first file, as `datasets`
 * casts them. One reader serves all splits of a task.
 */
import {
  type CsvColumns,
  csvColumns,
  type ParquetInfo,
  type PyDict,
  type PyValue,
  parquetInfo,
  readCsv,
  readParquet,
  UserError,
} from '@evalgraph/formats';
import { messages } from '../messages.ts';
import { type Columns, castRow, inferColumns } from './columns.ts';
import type { DataFormat } from './data-files.ts';
import { countJsonRows, readJsonRows } from './read-json.ts';

/** `datasets` infers a JSON file's columns from this much of the first split and casts everything to them. */
const INFERENCE_BYTES = 10 * 1024 * 1024;

export interface RowReader {
  /** Yields from the first row on; whoever wants fewer stops. */
  rows(path: string, limit: number): AsyncIterable<PyDict>;
  count(path: string): Promise<number>;
}

/** @param first the first file of the data set: it sets the columns. */
export function openReader(format: DataFormat, first: string): RowReader {
  switch (format) {
    case 'json':
      return jsonReader(first);
    case 'csv':
      return csvReader(first);
    case 'parquet':
      return parquetReader(first);
  }
}

function jsonReader(first: string): RowReader {
  let columns: Promise<Columns> | null = null;
  const inferred = async (): Promise<Columns> => {
    const head: PyDict[] = [];
    let bytes = 0;
    for await (const { value, size } of readJsonRows(first)) {
      head.push(value);
      bytes += size;
      if (bytes >= INFERENCE_BYTES) break;
    }
    return inferColumns(head);
  };
  return {
    async *rows(path) {
      columns ??= inferred();
      const types = await columns;
      for await (const { value } of readJsonRows(path)) yield castRow(types, value);
    },
    count: countJsonRows,
  };
}

function csvReader(first: string): RowReader {
  let columns: Promise<CsvColumns> | null = null;
  async function* rows(path: string): AsyncGenerator<PyDict> {
    columns ??= csvColumns(first);
    for await (const { value } of readCsv(path, { columns: await columns })) yield value;
  }
  return {
    rows,
    count: async (path) => {
      let count = 0;
      for await (const _ of rows(path)) count += 1;
      return count;
    },
  };
}

function parquetReader(first: string): RowReader {
  const infos = new Map<string, Promise<ParquetInfo>>();
  const infoOf = (path: string): Promise<ParquetInfo> => {
    const known = infos.get(path) ?? parquetInfo(path);
    infos.set(path, known);
    return known;
  };
  return {
    async *rows(path, limit) {
      const { columns } = await infoOf(first);
      checkColumns(first, columns, path, (await infoOf(path)).columns);
      for await (const { value } of readParquet(path, { limit })) {
        yield path === first ? value : inOrder(columns.keys(), value);
      }
    },
    count: async (path) => (await infoOf(path)).rows,
  };
}

/** A later file may lack a column (its values are None); another type would be cast by rules that lose digits. */
function checkColumns(
  first: string,
  wanted: ParquetInfo['columns'],
  path: string,
  found: ParquetInfo['columns'],
): void {
  for (const [name, type] of found) {
    const expected = wanted.get(name) ?? null;
    if (type === expected || (type === 'null' && expected !== null)) continue;
    throw new UserError(messages.columnsDiffer(path, name, type, first, expected));
  }
}

function inOrder(names: Iterable<string>, value: PyDict): PyDict {
  return new Map<string, PyValue>([...names].map((name) => [name, value.get(name) ?? null]));
}

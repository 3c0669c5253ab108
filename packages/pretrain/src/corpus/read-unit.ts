/** A unit's documents, in batches of bounded size. What is no text (null, empty, no UTF-8 file) is counted. */
import { isUtf8 } from 'node:buffer';
import { type FileHandle, stat } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import {
  openRegular,
  parquetInfo,
  readParquet,
  readRegular,
  streamRegular,
  UserError,
  universalNewlines,
} from '@evalgraph/formats';
import { orderWords } from '../text/hash.ts';
import type { CorpusConfig } from './config.ts';
import { type Document, noCounts, type StepCounts } from './document.ts';
import { messages } from './messages.ts';
import { type InputFile, type ReadUnit, UNIT_BYTES } from './sources.ts';
import { unzstd, ZstdError } from './zstd.ts';

export interface Batch {
  readonly documents: Document[];
  readonly counts: StepCounts;
  /** How much of the unit is read with it: 0 to 1. */
  readonly share: number;
}

/** @throws UserError naming file and place: unreadable, changed, no JSON, no such column, too long a line. */
export async function* readUnit(config: CorpusConfig, unit: ReadUnit): AsyncGenerator<Batch> {
  try {
    if (unit.kind === 'lines') yield { ...(await readLines(config, unit)), share: 1 };
    else if (unit.kind === 'compressed') yield* readCompressed(config, unit.file);
    else if (unit.kind === 'files') yield { ...(await readFiles(config, unit.files)), share: 1 };
    else yield* readRows(config, unit.file);
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || !('code' in error)) throw error;
    const { path } = error as { path?: string };
    if (path === undefined) throw error;
    throw new UserError(messages.unreadableFile(path, String(error.code)));
  }
}

const CHUNK_BYTES = 1 << 18;
/**
 * A file of a few megabytes can unpack to terabytes. Text unpacks to 3 to 10 times its packed size, logs and tables to
 * 50; only repetition goes beyond, of which a training needs none.
 */
const MAX_UNPACKED_RATIO = 200;
/** A file may repeat itself so far. */
const FREE_UNPACKED_BYTES = 64 * 1024 * 1024;
/** Their bytes would be a line that is not UTF-8. */
const OTHER_ARCHIVE = /\.(bz2|xz|zip|lz4|7z|tar|tgz|br)$/;

interface Collector extends Omit<Batch, 'share'> {
  readonly add: (file: InputFile, place: number | null, text: string) => void;
  readonly skip: (reason: string) => void;
}

function collect(config: CorpusConfig): Collector {
  const documents: Document[] = [];
  const counts = noCounts();
  const skip = (reason: string): void => {
    counts.documentsIn += 1;
    counts.reasons[reason] = (counts.reasons[reason] ?? 0) + 1;
  };
  return {
    documents,
    counts,
    skip,
    add: ({ source, name }, place, raw) => {
      if (raw.trim() === '') return skip('empty');
      const text = raw.toWellFormed();
      const id = place === null ? name : `${name}:${place}`;
      const order = orderWords(config.seed, config.sources[source]?.name ?? '', id);
      documents.push({ source, id, text, order });
      counts.documentsIn += 1;
      counts.documentsOut += 1;
      counts.charactersIn += text.length;
      counts.charactersOut += text.length;
    },
  };
}

async function readLines(
  config: CorpusConfig,
  { file, start, end }: Extract<ReadUnit, { kind: 'lines' }>,
): Promise<Collector> {
  if (OTHER_ARCHIVE.test(file.name))
    throw new UserError(messages.corpusNotUnpacked(file.path, 'its kind is unknown'));
  const batch = collect(config);
  const { data, start: first } = await bytesOfLines(file, start, end, config.maxDocumentBytes);
  addLines(batch, config, file, data, first);
  return batch;
}

/** @param start the data's place in the file; the last line need not end. */
function addLines(
  batch: Collector,
  config: CorpusConfig,
  file: InputFile,
  data: Buffer,
  start: number,
): void {
  const source = config.sources[file.source];
  const isValid = isUtf8(data);
  for (let at = 0; at < data.length; ) {
    while (data[at] === 10) at += 1;
    if (at === data.length) break;
    const found = data.indexOf(10, at);
    const stop = found < 0 ? data.length : found;
    const offset = start + at;
    const isText = source?.kind === 'text';
    if (!isText) checkLength(config, file, stop - at, offset);
    if (!isValid && !isUtf8(data.subarray(at, stop)))
      throw new UserError(messages.notUtf8(file.path, offset));
    if (isText) addTextLine(batch, config, file, data.subarray(at, stop), offset);
    else {
      const raw = data.toString('utf8', at, stop);
      const line = offset === 0 && raw.startsWith('\ufeff') ? raw.slice(1) : raw;
      if (line.trim() !== '') {
        const text = columnOf(line, source?.name ?? '', source?.column ?? '', file.path, offset);
        if (text === null) batch.skip('no text');
        else batch.add(file, offset, text);
      }
    }
    at = stop + 1;
  }
}

/** Up to a `\n`; each `\r` in it ends a line too, as where `datasets` reads a text file. Blank lines are no documents. */
function addTextLine(
  batch: Collector,
  config: CorpusConfig,
  file: InputFile,
  data: Buffer,
  offset: number,
): void {
  for (let at = 0; at < data.length; ) {
    const found = data.indexOf(13, at);
    const stop = found < 0 ? data.length : found;
    checkLength(config, file, stop - at, offset + at);
    const line = data.toString('utf8', at, stop);
    if (line.trim() !== '') batch.add(file, offset + at, line);
    at = stop + 1;
  }
}

/** @throws UserError where a line has more bytes than a document may have. */
function checkLength(
  { maxDocumentBytes }: CorpusConfig,
  file: InputFile,
  bytes: number,
  offset: number,
): void {
  if (bytes > maxDocumentBytes)
    throw new UserError(messages.lineTooLong(file.path, offset, maxDocumentBytes));
}

/** Places are bytes of the unpacked text. */
async function* readCompressed(config: CorpusConfig, file: InputFile): AsyncGenerator<Batch> {
  let [pieces, size, start]: [Buffer[], number, number] = [[], 0, 0];
  const lines = (data: Buffer, share: number): Batch => {
    const batch = collect(config);
    addLines(batch, config, file, data, start);
    start += data.length;
    return { ...batch, share };
  };
  for await (const { chunk, share } of unpacked(file)) {
    const end = chunk.lastIndexOf(10) + 1;
    pieces.push(chunk);
    size += chunk.length;
    if (end === 0 && size > UNIT_BYTES + config.maxDocumentBytes)
      throw new UserError(messages.lineTooLong(file.path, start, config.maxDocumentBytes));
    if (end === 0 || size < UNIT_BYTES) continue;
    const data = Buffer.concat(pieces);
    const rest = chunk.length - end;
    yield lines(data.subarray(0, data.length - rest), share);
    pieces = [chunk.subarray(end)];
    size = rest;
  }
  yield lines(Buffer.concat(pieces), 1);
}

/** @throws UserError where the file is cut short, damaged, or no such archive. */
async function* unpacked(
  file: InputFile,
): AsyncGenerator<{ readonly chunk: Buffer; readonly share: number }> {
  if ((await stat(file.path)).size !== file.size) throw new UserError(messages.corpusInputChanged(file.path));
  const packed = await streamRegular(file.path, CHUNK_BYTES);
  try {
    const chunks = file.name.endsWith('.zst') ? unzstd(packed) : gunzipped(packed);
    let size = 0;
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > FREE_UNPACKED_BYTES + MAX_UNPACKED_RATIO * packed.bytesRead)
        throw new UserError(messages.corpusNotUnpacked(file.path, bombText(size, packed.bytesRead)));
      yield { chunk, share: packed.bytesRead / file.size };
    }
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (!(error instanceof ZstdError) && !/^(Z_|ZSTD_)/.test(code ?? '')) throw error;
    throw new UserError(messages.corpusNotUnpacked(file.path, message));
  } finally {
    packed.destroy();
  }
}

function bombText(size: number, packed: number): string {
  return `${packed} of its bytes unpack to ${size} and more, and text unpacks to at most ${MAX_UNPACKED_RATIO} times its packed size`;
}

async function* gunzipped(packed: Readable): AsyncGenerator<Buffer> {
  const unpack = createGunzip({ chunkSize: CHUNK_BYTES });
  // The error reaches whoever reads `unpack`.
  pipeline(packed, unpack, () => {});
  yield* unpack as AsyncIterable<Buffer>;
}

/** The bytes of all lines that begin in [start, end): the first may begin later, the last may end later. */
async function bytesOfLines(
  file: InputFile,
  start: number,
  end: number,
  limit: number,
): Promise<{ readonly data: Buffer; readonly start: number }> {
  const handle = await openRegular(file.path);
  try {
    if ((await handle.stat()).size !== file.size) throw new UserError(messages.corpusInputChanged(file.path));
    const from = Math.max(0, start - 1);
    let data = await readBytes(handle, from, end - from);
    let position = end;
    while (data.at(-1) !== 10 && position < file.size) {
      const more = await readBytes(handle, position, Math.min(1 << 20, file.size - position));
      if (more.length === 0) throw new UserError(messages.corpusInputChanged(file.path));
      const stop = more.indexOf(10);
      data = Buffer.concat([data, stop < 0 ? more : more.subarray(0, stop + 1)]);
      position += more.length;
      if (stop >= 0) break;
      if (position - start > UNIT_BYTES + limit)
        throw new UserError(messages.lineTooLong(file.path, start, limit));
    }
    if (start === 0) return { data, start: 0 };
    // The line that the byte before `start` belongs to is the unit's before this one.
    const first = data.indexOf(10);
    const skipped = first < 0 || from + first + 1 >= end ? data.length : first + 1;
    return { data: data.subarray(skipped), start: from + skipped };
  } finally {
    await handle.close();
  }
}

async function readBytes(handle: FileHandle, from: number, size: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(size);
  let done = 0;
  while (done < size) {
    const { bytesRead } = await handle.read(buffer, done, size - done, from + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

function columnOf(line: string, source: string, column: string, path: string, offset: number): string | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(messages.corpusNotJsonl(path, offset, error.message.slice(0, 100)));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UserError(messages.corpusNotJsonl(path, offset, 'it is another value'));
  const text = Object.hasOwn(value, column) ? (value as Record<string, unknown>)[column] : undefined;
  if (text === null || typeof text === 'string') return text;
  if (text !== undefined) throw new UserError(messages.corpusNoColumn.notText(path, offset, column, text));
  throw new UserError(
    messages.corpusNoColumn.missing(
      source,
      `${path}, byte ${offset},`,
      column,
      Object.keys(value).slice(0, 50),
    ),
  );
}

async function readFiles(config: CorpusConfig, files: readonly InputFile[]): Promise<Collector> {
  const batch = collect(config);
  for (const file of files) {
    if (file.size > config.maxDocumentBytes) {
      batch.skip('file too large');
      continue;
    }
    const bytes = await readRegular(file.path, config.maxDocumentBytes);
    if (bytes.length !== file.size) throw new UserError(messages.corpusInputChanged(file.path));
    if (isUtf8(bytes) && !bytes.includes(0)) batch.add(file, null, textOf(config, file, bytes));
    else batch.skip('not UTF-8 text');
  }
  return batch;
}

/** A text file as `datasets` reads it; code as it is, without a byte order mark. */
function textOf(config: CorpusConfig, file: InputFile, bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (config.sources[file.source]?.kind === 'text') return universalNewlines(text);
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

async function* readRows(config: CorpusConfig, file: InputFile): AsyncGenerator<Batch> {
  const source = config.sources[file.source];
  const column = source?.column ?? '';
  const { columns, rows } = await parquetInfo(file.path);
  if (columns.get(column) !== 'text')
    throw new UserError(
      messages.corpusNoColumn.missing(source?.name ?? '', file.path, column, [...columns.keys()]),
    );
  let batch = collect(config);
  let size = 0;
  for await (const { row, value } of readParquet(file.path, { columns: [column] })) {
    const text = value.get(column);
    if (typeof text === 'string') {
      batch.add(file, row, text);
      size += text.length;
    } else batch.skip('no text');
    if (size < UNIT_BYTES) continue;
    yield { ...batch, share: (row + 1) / rows };
    batch = collect(config);
    size = 0;
  }
  yield { ...batch, share: 1 };
}

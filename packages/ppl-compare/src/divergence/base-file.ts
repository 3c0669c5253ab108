/**
 * A dense model's rows, stored once for many pruned versions. Bytes in, bytes out; which file they stand in is the
 * caller's business.
 *
 *     "EGBASE1\n"                                   8 bytes
 *     u32 length, canonical JSON                    BaseHeader
 *     chunks: u32 rows, u32 length, u32 crc32, payload
 *     end:    u32 0, u32 rows of all chunks, u32 0
 *
 * All numbers little-endian. A payload is deflated; inflated it holds, for its rows, u32 targets, u32 windows, and
 * the float32 values in four planes of equal length: every value's lowest byte, then the next, up to the byte of
 * sign and exponent, which compresses best when it stands together.
 *
 * Values are the engine's float32 as they came, not quantised: 16-bit log-probabilities (llama.cpp's
 * --kl-divergence-base, a step of 2.4e-4 nats and nothing below -16) leave KL off by 1e-5 and more, and a model
 * against its own base would not be exactly 0. The price is twice the space.
 */
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { canonicalJson, UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';

export interface BaseHeader {
  readonly format: 1;
  readonly vocabulary: number;
  /** What the rows are rows of: whoever reads them compares these with its own. */
  readonly checkpointDigest: string;
  readonly tokenizerDigest: string;
  readonly corpus: string;
  /** sha256 of the canonical JSON of the requests' tokens. */
  readonly requestsDigest: string;
}

export interface BaseRow {
  /** Logits or log-probabilities; valid until the next row is taken. */
  readonly values: Float32Array;
  readonly target: number;
  readonly window: number;
}

const MAGIC = Buffer.from('EGBASE1\n', 'latin1');
/** Inflated size of a chunk: large enough to compress well, small against any machine. */
const CHUNK_BYTES = 8 << 20;
/** Ten times the largest vocabulary in use; one row must fit into memory many times over. */
const MAX_VOCABULARY = 1 << 22;
const MAX_HEADER_BYTES = 1 << 16;
const CHUNK_HEAD_BYTES = 12;
const ROW_HEAD_BYTES = 8;

export async function* encodeBase(
  header: BaseHeader,
  rows: AsyncIterable<BaseRow> | Iterable<BaseRow>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { vocabulary } = header;
  const text = Buffer.from(canonicalJson({ ...header }), 'utf8');
  yield Buffer.concat([MAGIC, words(text.length), text]);
  const room = rowsOf(vocabulary);
  const values = new Float32Array(room * vocabulary);
  const heads = new Uint32Array(room * 2);
  let count = 0;
  let total = 0;
  for await (const row of rows) {
    if (row.values.length !== vocabulary) {
      throw new UserError(messages.rowLength(total + count, vocabulary, row.values.length));
    }
    values.set(row.values, count * vocabulary);
    heads[count] = row.target;
    heads[room + count] = row.window;
    count++;
    if (count < room) continue;
    yield chunk(values, heads, room, count, vocabulary);
    total += count;
    count = 0;
  }
  if (count > 0) yield chunk(values, heads, room, count, vocabulary);
  yield words(0, total + count, 0);
}

export interface OpenBase {
  readonly header: BaseHeader;
  /** To be read once. @throws UserError bad-base where a chunk is damaged or the end is missing */
  readonly rows: AsyncGenerator<BaseRow, void, undefined>;
}

/** @throws UserError bad-base */
export async function decodeBase(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name: string,
): Promise<OpenBase> {
  const read = reader(bytes, name);
  const start = await read(MAGIC.length + 4, 'its beginning');
  if (!start.subarray(0, MAGIC.length).equals(MAGIC))
    throw new UserError(messages.badBase(name, 'it is none'));
  const length = start.readUInt32LE(MAGIC.length);
  if (length > MAX_HEADER_BYTES)
    throw new UserError(messages.badBase(name, `its header has ${length} bytes`));
  const header = parseHeader(await read(length, 'its header'), name);
  return { header, rows: decodeRows(read, header.vocabulary, name) };
}

type Read = (length: number, what: string) => Promise<Buffer>;

async function* decodeRows(
  read: Read,
  vocabulary: number,
  name: string,
): AsyncGenerator<BaseRow, void, undefined> {
  const room = rowsOf(vocabulary);
  const rowBytes = ROW_HEAD_BYTES + 4 * vocabulary;
  for (let seen = 0; ; ) {
    const head = await read(CHUNK_HEAD_BYTES, `a chunk after ${seen} rows`);
    const [rows, length, checksum] = [head.readUInt32LE(0), head.readUInt32LE(4), head.readUInt32LE(8)];
    if (rows === 0) {
      if (length !== seen) throw new UserError(messages.badBase(name, `it has ${seen} of ${length} rows`));
      return;
    }
    // Deflate adds a few bytes to what it cannot compress.
    if (rows > room || length > rows * rowBytes * 1.01 + 1024) {
      throw new UserError(messages.badBase(name, `a chunk claims ${rows} rows in ${length} bytes`));
    }
    const payload = await read(length, `a chunk after ${seen} rows`);
    if (crc32(payload) !== checksum)
      throw new UserError(messages.badBase(name, `row ${seen} and after are damaged`));
    const raw = inflated(payload, rows * rowBytes, name);
    const values = unplaned(raw, rows * ROW_HEAD_BYTES, rows * vocabulary);
    for (let row = 0; row < rows; row++) {
      yield {
        values: values.subarray(row * vocabulary, (row + 1) * vocabulary),
        target: raw.readUInt32LE(row * 4),
        window: raw.readUInt32LE((rows + row) * 4),
      };
    }
    seen += rows;
  }
}

function rowsOf(vocabulary: number): number {
  return Math.max(1, Math.floor(CHUNK_BYTES / (ROW_HEAD_BYTES + 4 * vocabulary)));
}

function chunk(
  values: Float32Array,
  heads: Uint32Array,
  room: number,
  rows: number,
  vocabulary: number,
): Buffer {
  const raw = Buffer.alloc(rows * (ROW_HEAD_BYTES + 4 * vocabulary));
  for (let row = 0; row < rows; row++) {
    raw.writeUInt32LE(heads[row] ?? 0, row * 4);
    raw.writeUInt32LE(heads[room + row] ?? 0, (rows + row) * 4);
  }
  const count = rows * vocabulary;
  const bits = new Uint32Array(values.buffer, 0, count);
  const start = rows * ROW_HEAD_BYTES;
  for (let i = 0; i < count; i++) {
    const value = bits[i] ?? 0;
    raw[start + i] = value & 255;
    raw[start + count + i] = (value >>> 8) & 255;
    raw[start + 2 * count + i] = (value >>> 16) & 255;
    raw[start + 3 * count + i] = value >>> 24;
  }
  const payload = deflateRawSync(raw, { level: 1 });
  return Buffer.concat([words(rows, payload.length, crc32(payload)), payload]);
}

function unplaned(raw: Buffer, start: number, count: number): Float32Array {
  const bits = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const at = start + i;
    bits[i] =
      (raw[at] ?? 0) |
      ((raw[at + count] ?? 0) << 8) |
      ((raw[at + 2 * count] ?? 0) << 16) |
      ((raw[at + 3 * count] ?? 0) << 24);
  }
  return new Float32Array(bits.buffer);
}

function inflated(payload: Buffer, length: number, name: string): Buffer {
  try {
    const raw = inflateRawSync(payload, { maxOutputLength: length });
    if (raw.length === length) return raw;
  } catch {
    // Reported below: whatever zlib found, the file is not what was written.
  }
  throw new UserError(messages.badBase(name, 'a chunk does not inflate to its rows'));
}

function parseHeader(text: Buffer, name: string): BaseHeader {
  let value: unknown;
  try {
    value = JSON.parse(text.toString('utf8'));
  } catch {
    throw new UserError(messages.badBase(name, 'its header is no JSON'));
  }
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const { format, vocabulary, checkpointDigest, tokenizerDigest, corpus, requestsDigest } = fields;
  if (format !== 1)
    throw new UserError(messages.badBase(name, `its format is ${JSON.stringify(format)}, not 1`));
  if (
    typeof vocabulary !== 'number' ||
    !Number.isInteger(vocabulary) ||
    vocabulary < 1 ||
    vocabulary > MAX_VOCABULARY ||
    typeof checkpointDigest !== 'string' ||
    typeof tokenizerDigest !== 'string' ||
    typeof corpus !== 'string' ||
    typeof requestsDigest !== 'string'
  ) {
    throw new UserError(messages.badBase(name, 'its header lacks a field, or one is of the wrong kind'));
  }
  return { format, vocabulary, checkpointDigest, tokenizerDigest, corpus, requestsDigest };
}

/** Takes exact numbers of bytes out of pieces of any size; holds no more than what is asked for and one piece. */
function reader(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, name: string): Read {
  const pieces = Symbol.asyncIterator in bytes ? bytes[Symbol.asyncIterator]() : bytes[Symbol.iterator]();
  let held: Buffer[] = [];
  let size = 0;
  return async (length, what) => {
    while (size < length) {
      const next = await pieces.next();
      if (next.done === true) throw new UserError(messages.badBase(name, `it ends within ${what}`));
      held.push(Buffer.from(next.value));
      size += next.value.length;
    }
    const all = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held);
    held = [all.subarray(length)];
    size -= length;
    return all.subarray(0, length);
  };
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}

/**
 * Safetensors: the header of one file, checked against the file's size, and the tensors of a checkpoint's folder
 * (one file, or shards with an index). Places of bytes only: no tensor is read here (see safetensors-read.ts).
 * Layout: 8 bytes little-endian header length, header JSON, data. https://huggingface.co/docs/safetensors
 */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from './atomic.ts';
import { type Problem, UserError } from './errors.ts';
import { messages } from './messages.ts';
import { openRegular, readRegular } from './regular-file.ts';
import { isObject } from './shape.ts';

/** The limit of the format's reference implementation; a model of 100,000 tensors needs about 10 MB. */
export const MAX_HEADER_BYTES = 100_000_000;
/** An index repeats each tensor's name once: never more than the headers themselves. */
const MAX_INDEX_BYTES = MAX_HEADER_BYTES;
/** Names and dimensions beyond these are damage, not models. */
const MAX_DIMENSIONS = 8;
/** A damaged header can be wrong in every one of its entries: these say enough. */
const MAX_PROBLEMS = 20;
/** Values of a header, counted by the signs between them: a tensor has ten. More would fill the memory when parsed. */
const MAX_HEADER_VALUES = 10_000_000;
/** How many characters of what a file holds a message shows. */
const MAX_SHOWN = 80;
/** The longest name that file systems take, in bytes. */
const MAX_NAME_BYTES = 255;

const DTYPE_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;

export type SafetensorsDtype = keyof typeof DTYPE_BYTES;

export interface TensorEntry {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Byte at which the tensor starts, counted from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** The size of the whole file, header included. */
  readonly fileBytes: number;
}

export interface WeightEntry extends TensorEntry {
  /** Path of the file that holds the tensor. */
  readonly file: string;
}

export interface Weights {
  readonly files: readonly string[];
  readonly tensors: ReadonlyMap<string, WeightEntry>;
}

/**
 * Reads and checks the header of one file: every tensor has a known dtype, lies inside the data, and together they
 * fill it without gap or overlap; the file is exactly as long as the header promises.
 * @throws UserError truncated-weights, html-weights, lfs-pointer, invalid-safetensors; the file system's errors.
 */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  const file = await openRegular(path);
  try {
    const fileBytes = (await file.stat()).size;
    const start = new Uint8Array(Math.min(fileBytes, 64));
    await file.read(start, 0, start.length, 0);
    refuseOtherFormats(path, start);
    if (fileBytes < 10) throw new UserError(messages.truncatedWeights.tooSmall(path, fileBytes));
    const headerBytes = new DataView(start.buffer).getBigUint64(0, true);
    if (headerBytes > BigInt(MAX_HEADER_BYTES)) {
      throw new UserError(
        messages.invalidSafetensors.headerSize(path, Number(headerBytes), MAX_HEADER_BYTES),
      );
    }
    const length = Number(headerBytes);
    if (8 + length > fileBytes)
      throw new UserError(messages.truncatedWeights.shorter(path, 8 + length, fileBytes));
    const bytes = new Uint8Array(length);
    await file.read(bytes, 0, length, 8);
    if (valuesIn(bytes) > MAX_HEADER_VALUES)
      throw new UserError(
        messages.invalidSafetensors.headerJson(path, `it has more than ${MAX_HEADER_VALUES} values`),
      );
    return checkHeader(path, bytes, fileBytes);
  } finally {
    await file.close();
  }
}

/** Values of a JSON text at most: brackets and commas are counted wherever they stand. */
function valuesIn(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === 0x2c || byte === 0x5b || byte === 0x7b) count += 1;
  return count;
}

function refuseOtherFormats(path: string, start: Uint8Array): void {
  const text = Buffer.from(start).toString('latin1').trimStart().toLowerCase();
  if (text.startsWith('<!doctype') || text.startsWith('<html'))
    throw new UserError(messages.htmlWeights(path));
  if (text.startsWith('version https://git-lfs')) throw new UserError(messages.lfsPointer(path));
}

function checkHeader(path: string, bytes: Uint8Array, fileBytes: number): SafetensorsHeader {
  const header = parseObject(path, bytes);
  const dataStart = 8 + bytes.length;
  const problems: Problem[] = [];
  const tensors = new Map<string, TensorEntry>();
  let metadata: Readonly<Record<string, string>> = {};
  for (const name of Object.keys(header)) {
    if (problems.length === MAX_PROBLEMS) break;
    const value = header[name];
    if (name === '__metadata__') {
      if (isTextRecord(value)) metadata = value;
      else problems.push(messages.invalidSafetensors.entry(path, name, 'expected an object of texts'));
      continue;
    }
    const dtype = isObject(value) ? value['dtype'] : null;
    if (typeof dtype === 'string' && /^[A-Z][A-Z0-9_]{1,15}$/.test(dtype) && !isDtype(dtype)) {
      problems.push(messages.unknownDtype(path, clipped(name), dtype, Object.keys(DTYPE_BYTES)));
      continue;
    }
    const entry = checkEntry(value, dataStart);
    if (typeof entry === 'string')
      problems.push(messages.invalidSafetensors.entry(path, clipped(name), entry));
    else tensors.set(name, entry);
  }
  if (problems.length > 0) throw new UserError(problems);
  let end = dataStart;
  const inPlace = [...tensors].sort((a, b) => a[1].offset - b[1].offset || a[1].byteLength - b[1].byteLength);
  for (const [name, entry] of inPlace) {
    if (entry.offset !== end) {
      const what = `starts at byte ${entry.offset}, the one before it ends at byte ${end}`;
      throw new UserError(messages.invalidSafetensors.entry(path, clipped(name), what));
    }
    end += entry.byteLength;
  }
  if (end !== fileBytes) throw new UserError(messages.truncatedWeights.shorter(path, end, fileBytes));
  return { tensors, metadata, fileBytes };
}

/** The entry, or what is wrong with it. */
function checkEntry(value: unknown, dataStart: number): TensorEntry | string {
  if (!isObject(value)) return 'expected an object';
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !isDtype(dtype)) {
    return `dtype ${shown(dtype)} is not one of ${Object.keys(DTYPE_BYTES).join(', ')}`;
  }
  if (!isSizes(shape) || shape.length > MAX_DIMENSIONS) return `shape ${shown(shape)} is no list of sizes`;
  if (!isSizes(offsets) || offsets.length !== 2) {
    return `data_offsets ${shown(offsets)} is no pair of byte positions`;
  }
  const [begin = 0, end = 0] = offsets;
  const byteLength = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
  if (!Number.isSafeInteger(byteLength)) return `shape ${JSON.stringify(shape)} is too large`;
  if (end - begin !== byteLength) {
    return `data_offsets span ${end - begin} bytes, ${dtype} ${JSON.stringify(shape)} needs ${byteLength} bytes`;
  }
  return { dtype, shape, offset: dataStart + begin, byteLength };
}

/**
 * Finds the tensors of a checkpoint: model.safetensors, else the shards of model.safetensors.index.json.
 * @throws UserError missing-weights, invalid-safetensors-index, and those of readSafetensorsHeader.
 */
export async function openWeights(folder: string): Promise<Weights> {
  const single = join(folder, 'model.safetensors');
  if (await isFile(single)) {
    const { tensors } = await readSafetensorsHeader(single);
    return {
      files: [single],
      tensors: new Map([...tensors].map(([name, entry]) => [name, { ...entry, file: single }])),
    };
  }
  const index = join(folder, 'model.safetensors.index.json');
  if (!(await isFile(index)))
    throw new UserError(messages.missingWeights.folder(folder, await listFolder(folder)));
  return openShards(folder, index);
}

async function openShards(folder: string, index: string): Promise<Weights> {
  const map = parseObject(
    index,
    await readRegular(index, MAX_INDEX_BYTES),
    messages.invalidSafetensorsIndex.notAnIndex,
  ).weight_map;
  if (!isTextRecord(map))
    throw new UserError(
      messages.invalidSafetensorsIndex.notAnIndex(index, 'weight_map is no object of file names'),
    );
  const shards = [...new Set(Object.values(map))].sort();
  const problems: Problem[] = [];
  const headers = new Map<string, SafetensorsHeader>();
  for (const shard of shards) {
    if (problems.length >= MAX_PROBLEMS) break;
    if (!isPlainName(shard)) {
      problems.push(
        messages.invalidSafetensorsIndex.notAnIndex(index, `${shown(shard)} is no plain file name`),
      );
      continue;
    }
    const path = join(folder, shard);
    try {
      headers.set(shard, await readSafetensorsHeader(path));
    } catch (error) {
      if (error instanceof UserError) problems.push(...error.problems);
      else if (isMissing(error)) problems.push(messages.missingWeights.shard(index, shard));
      else throw error;
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  const tensors = new Map<string, WeightEntry>();
  for (const [name, shard] of Object.entries(map)) {
    if (problems.length === MAX_PROBLEMS) break;
    const entry = headers.get(shard)?.tensors.get(name);
    if (entry === undefined)
      problems.push(messages.invalidSafetensorsIndex.otherShard(index, clipped(name), shard));
    else tensors.set(name, { ...entry, file: join(folder, shard) });
  }
  if (problems.length > 0) throw new UserError(problems);
  return { files: shards.map((shard) => join(folder, shard)), tensors };
}

function parseObject(
  path: string,
  bytes: Uint8Array,
  problem: (path: string, what: string) => Problem = messages.invalidSafetensors.headerJson,
): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw new UserError(problem(path, error.message));
  }
  if (!isObject(value)) throw new UserError(problem(path, 'not an object'));
  return value;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function listFolder(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort().slice(0, 20);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** A name with a separator could point anywhere on the machine. */
function isPlainName(name: string): boolean {
  const isShort = Buffer.byteLength(name) <= MAX_NAME_BYTES;
  return isShort && name !== '' && name !== '.' && name !== '..' && !/[/\\\p{Cc}]/u.test(name);
}

function shown(value: unknown): string {
  return clipped(JSON.stringify(value) ?? 'nothing');
}

function clipped(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function isDtype(text: string): text is SafetensorsDtype {
  return Object.hasOwn(DTYPE_BYTES, text);
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

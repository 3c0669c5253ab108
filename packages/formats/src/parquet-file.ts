/** A local parquet file: bounded reads and its metadata, checked against the file before anything trusts it. */
import type { FileHandle } from 'node:fs/promises';
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import { UserError } from './errors.ts';
import { messages } from './messages.ts';
import { readThrift } from './parquet-thrift.ts';
import { openRegular } from './regular-file.ts';

/** The footer of a file with 10,000 row groups of 50 columns has about 50 MB. */
export const MAX_FOOTER_BYTES: number = 64 * 1024 * 1024;
/** Decoded at once. `datasets` writes row groups of at most 100 MB, pyarrow's default is a million rows. */
export const MAX_ROW_GROUP_BYTES: number = 1024 * 1024 * 1024;

/** Numbers, texts and structs in it: 100,000 columns of row groups have three millions. */
const MAX_FOOTER_VALUES = 4_000_000;

const MAGIC = 'PAR1';

export interface ParquetFile {
  readonly path: string;
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly schema: SchemaTree;
  close(): Promise<void>;
}

/** @throws UserError: unreadable, no parquet, truncated, damaged, a footer that is too large. */
export async function openParquet(path: string): Promise<ParquetFile> {
  const handle = await openFile(path);
  try {
    const { size } = await handle.stat();
    await checkEnds(handle, path, size);
    const buffer: AsyncBuffer = {
      byteLength: size,
      slice: (start, end = size) => {
        const bytes = read(handle, path, start, end);
        // The decoder reads several parts at once, and waits for none after the first that fails.
        bytes.catch(() => {});
        return bytes;
      },
    };
    const metadata = await decoding(path, async () => {
      await checkFooter(buffer);
      return parquetMetadataAsync(buffer);
    });
    const schema = await decoding(path, async () => parquetSchema(metadata));
    return { path, buffer, metadata, schema, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The decoder makes arrays of the lengths that a footer names: they are followed first. */
async function checkFooter(buffer: AsyncBuffer): Promise<void> {
  const end = buffer.byteLength - 8;
  const length = new DataView(await buffer.slice(end, end + 4)).getUint32(0, true);
  if (length > end) throw new Error(`its footer has ${length} bytes, and ${end} are there`);
  readThrift(new Uint8Array(await buffer.slice(end - length, end)), 0, MAX_FOOTER_VALUES);
}

/** What the decoder throws is plain errors about bytes: here they become the user's. */
export async function decoding<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error)) throw error;
    if ('code' in error && 'syscall' in error) {
      throw new UserError(messages.unreadableFile(path, String(error.code)));
    }
    throw new UserError(messages.badParquet(path, error.message.replace(/\.$/, '')));
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await openRegular(path);
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || !('code' in error)) throw error;
    throw new UserError(messages.unreadableFile(path, String(error.code)));
  }
}

async function checkEnds(handle: FileHandle, path: string, size: number): Promise<void> {
  const head = Buffer.from(await decoding(path, () => read(handle, path, 0, Math.min(size, 64))));
  if (head.toString('latin1', 0, 4) !== MAGIC) {
    const found = size === 0 ? 'nothing (it is empty)' : JSON.stringify(head.toString('utf8').slice(0, 40));
    throw new UserError(messages.notParquet(path, found));
  }
  if (size < 12) throw new UserError(messages.truncatedParquet(path, size));
  const tail = Buffer.from(await decoding(path, () => read(handle, path, size - 8, size)));
  if (tail.toString('latin1', 4) !== MAGIC) throw new UserError(messages.truncatedParquet(path, size));
  const footer = tail.readUInt32LE(0);
  if (footer > MAX_FOOTER_BYTES)
    throw new UserError(messages.parquetTooLarge(path, 'its footer', footer, MAX_FOOTER_BYTES));
}

async function read(handle: FileHandle, path: string, start: number, end: number): Promise<ArrayBuffer> {
  if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end)) {
    throw new UserError(messages.badParquet(path, `it points at bytes ${start} to ${end}`));
  }
  if (end - start > MAX_ROW_GROUP_BYTES) {
    throw new UserError(messages.parquetTooLarge(path, 'one of its parts', end - start, MAX_ROW_GROUP_BYTES));
  }
  const bytes = new Uint8Array(end - start);
  for (let filled = 0; filled < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0)
      throw new UserError(messages.badParquet(path, `it points beyond its end, to byte ${end}`));
    filled += bytesRead;
  }
  return bytes.buffer;
}

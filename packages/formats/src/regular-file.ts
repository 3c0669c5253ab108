/**
 * Files of strangers (checkpoints, data, results, archives) are opened here: a link may lead to a device that never
 * ends or to a pipe that nobody writes, and a size may be anything. Only regular files are read, and of those no more
 * than they had when they were opened.
 */
import { closeSync, constants, fstatSync, openSync, type ReadStream, readSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from './errors.ts';
import { messages } from './messages.ts';

/** Opening a pipe must not wait for somebody to write into it. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/** @throws UserError not-a-file; the file system's errors. */
export async function openRegular(path: string): Promise<FileHandle> {
  const handle = await open(path, FLAGS);
  try {
    checkRegular(path, await handle.stat());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The file's bytes, in pieces. @throws as `openRegular`. */
export async function streamRegular(path: string, highWaterMark: number): Promise<ReadStream> {
  const handle = await openRegular(path);
  const { size } = await handle.stat();
  // A stream cannot end before its first byte: of an empty file it finds none by itself.
  return handle.createReadStream({ highWaterMark, start: 0, end: Math.max(0, size - 1) });
}

/** The whole file. @throws UserError not-a-file, file-too-large; the file system's errors. */
export async function readRegular(path: string, maxBytes: number): Promise<Buffer> {
  const handle = await openRegular(path);
  try {
    const { size } = await handle.stat();
    if (size > maxBytes) throw new UserError(messages.fileTooLarge(path, size, maxBytes));
    const bytes = Buffer.allocUnsafe(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await handle.read(bytes, filled, size - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await handle.close();
  }
}

/** The same as `readRegular`, without waiting. */
export function readRegularSync(path: string, maxBytes: number): Buffer {
  const file = openSync(path, FLAGS);
  try {
    const found = fstatSync(file);
    checkRegular(path, found);
    if (found.size > maxBytes) throw new UserError(messages.fileTooLarge(path, found.size, maxBytes));
    const bytes = Buffer.allocUnsafe(found.size);
    let filled = 0;
    while (filled < found.size) {
      const read = readSync(file, bytes, filled, found.size - filled, filled);
      if (read === 0) break;
      filled += read;
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(file);
  }
}

function checkRegular(path: string, found: Stats): void {
  if (!found.isFile()) throw new UserError(messages.notAFile(path, kindOf(found)));
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a named pipe';
  if (found.isSocket()) return 'a socket';
  return 'a device';
}

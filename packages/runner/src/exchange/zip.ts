/**
 * A zip archive, written entry by entry: deflate, UTF-8 names, no times (1980-01-01 everywhere), so the same entries
 * give the same bytes. No zip64: what needs it is refused.
 * Format: PKWARE's APPNOTE 6.3, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).
 */

import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { crc32, deflateRawSync } from 'node:zlib';
import { UserError } from '@evalgraph/formats';
import { messages } from './messages.ts';

/** Without zip64, sizes and offsets have 32 bits and counts 16; the largest values are reserved. */
const MAX_BYTES = 0xffff_fffe;
const MAX_ENTRIES = 0xfffe;
const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
/** 2.0: deflate and folders. */
const VERSION = 20;
const UTF8_NAMES = 0x0800;
const DEFLATE = 8;
/** 1980-01-01 as MS-DOS has it, the first day that the format knows. */
const DATE = (0 << 9) | (1 << 5) | 1;
/** -rw-r--r-- of a regular file, for unzip on Unix; the version's high byte 3 says Unix. */
const MODE = (0o100644 << 16) >>> 0;
const MADE_BY = (3 << 8) | VERSION;

export interface ZipWriter {
  /** @param name with forward slashes, relative. @throws UserError where the archive grows too large. */
  add(name: string, content: Uint8Array): void;
  /** Writes the directory and puts the archive in its place. */
  finish(): void;
  /** Removes what was written. */
  discard(): void;
}

interface Entry {
  readonly name: Buffer;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

/** Writes beside `path` and renames at the end, so that no half archive has its name. */
export function openZip(path: string): ZipWriter {
  const draft = `${path}.${process.pid}.part`;
  const file = openSync(draft, 'w');
  const entries: Entry[] = [];
  let offset = 0;
  const write = (bytes: Uint8Array): void => {
    if (offset + bytes.length > MAX_BYTES) throw new UserError(messages.zipTooLarge(path));
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    offset += bytes.length;
  };
  return {
    add(name, content) {
      if (entries.length === MAX_ENTRIES || content.length > MAX_BYTES) {
        throw new UserError(messages.zipTooLarge(path));
      }
      const packed = deflateRawSync(content);
      const entry: Entry = {
        name: Buffer.from(name, 'utf8'),
        crc: crc32(content),
        packed: packed.length,
        size: content.length,
        offset,
      };
      write(localHeader(entry));
      write(packed);
      entries.push(entry);
    },
    finish() {
      const start = offset;
      for (const entry of entries) write(centralHeader(entry));
      write(endOfDirectory(entries.length, offset - start, start));
      closeSync(file);
      renameSync(draft, path);
    },
    discard() {
      closeSync(file);
      rmSync(draft, { force: true });
    },
  };
}

/** Fields that both headers share, from the version that is needed to the length of the extra field. */
function facts({ name, crc, packed, size }: Entry): Buffer {
  const bytes = Buffer.alloc(26);
  bytes.writeUInt16LE(VERSION, 0);
  bytes.writeUInt16LE(UTF8_NAMES, 2);
  bytes.writeUInt16LE(DEFLATE, 4);
  bytes.writeUInt16LE(0, 6);
  bytes.writeUInt16LE(DATE, 8);
  bytes.writeUInt32LE(crc, 10);
  bytes.writeUInt32LE(packed, 14);
  bytes.writeUInt32LE(size, 18);
  bytes.writeUInt16LE(name.length, 22);
  return bytes;
}

function localHeader(entry: Entry): Buffer {
  const start = Buffer.alloc(4);
  start.writeUInt32LE(LOCAL_HEADER, 0);
  return Buffer.concat([start, facts(entry), entry.name]);
}

function centralHeader(entry: Entry): Buffer {
  const start = Buffer.alloc(6);
  start.writeUInt32LE(CENTRAL_HEADER, 0);
  start.writeUInt16LE(MADE_BY, 4);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(MODE, 6);
  rest.writeUInt32LE(entry.offset, 10);
  return Buffer.concat([start, facts(entry), rest, entry.name]);
}

function endOfDirectory(count: number, size: number, offset: number): Buffer {
  const bytes = Buffer.alloc(22);
  bytes.writeUInt32LE(END, 0);
  bytes.writeUInt16LE(count, 8);
  bytes.writeUInt16LE(count, 10);
  bytes.writeUInt32LE(size, 12);
  bytes.writeUInt32LE(offset, 16);
  return bytes;
}

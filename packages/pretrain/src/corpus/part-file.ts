/**
 * Documents between two phases, on the disk: a table of numbers, then the texts. The table alone answers what looks at all
 * documents (lengths, order, signatures), so their texts are never in memory together. No format for others: the same
 * machine writes and reads it.
 */
import { open } from 'node:fs/promises';
import { readRegular, UserError, writeFileAtomic } from '@evalgraph/formats';
import type { Document } from './document.ts';
import { messages } from './messages.ts';

/** Words of a row before the signature. */
export const ROW = {
  idBytes: 0,
  textBytes: 1,
  characters: 2,
  source: 3,
  orderHigh: 4,
  orderLow: 5,
  words: 6,
} as const;

const MAGIC = 0x43475645;
const HEADER_WORDS = 4;

export interface PartTable {
  readonly documents: number;
  /** Words of a row. */
  readonly stride: number;
  /** `documents` rows. */
  readonly words: Uint32Array;
  /** Byte of the file where the first id starts; each text follows its id. */
  readonly textsAt: number;
}

/** @param signatures one array of `signatureWords` for each document, one after the other. Returns the file's size in bytes. */
export async function writePart(
  path: string,
  documents: readonly Document[],
  signatures: Uint32Array,
  signatureWords: number,
): Promise<number> {
  const stride = ROW.words + signatureWords;
  const head = new Uint32Array(HEADER_WORDS + documents.length * stride);
  const pieces: Buffer[] = [];
  let bytes = 0;
  for (const [at, { source, id, text, order }] of documents.entries()) {
    const row = HEADER_WORDS + at * stride;
    const name = Buffer.from(id);
    const body = Buffer.from(text);
    head.set([name.length, body.length, text.length, source, order[0], order[1]], row);
    head.set(signatures.subarray(at * signatureWords, (at + 1) * signatureWords), row + ROW.words);
    pieces.push(name, body);
    bytes += name.length + body.length;
  }
  head.set([MAGIC, documents.length, stride, 0]);
  const file = Buffer.concat([Buffer.from(head.buffer), ...pieces], head.byteLength + bytes);
  await writeFileAtomic(path, file);
  return file.length;
}

export async function readTable(path: string): Promise<PartTable> {
  const file = await open(path, 'r');
  try {
    const head = new Uint32Array(HEADER_WORDS);
    await fill(file, new Uint8Array(head.buffer), 0, path);
    const [magic, documents = 0, stride = 0] = head;
    if (magic !== MAGIC) throw new UserError(messages.corpusDamaged(path, 'it is no part of a corpus'));
    const words = new Uint32Array(documents * stride);
    await fill(file, new Uint8Array(words.buffer), head.byteLength, path);
    return { documents, stride, words, textsAt: head.byteLength + words.byteLength };
  } finally {
    await file.close();
  }
}

/** What one buffer of Node holds; parts have some tens of MB. */
const MAX_PART_BYTES = 2 ** 31;

/** The documents for which `isKept` is true, in order. */
export async function readPart(path: string, isKept: (at: number) => boolean): Promise<Document[]> {
  const file = await readRegular(path, MAX_PART_BYTES);
  const head = new Uint32Array(file.buffer.slice(file.byteOffset, file.byteOffset + HEADER_WORDS * 4));
  const [magic, count = 0, stride = 0] = head;
  if (magic !== MAGIC) throw new UserError(messages.corpusDamaged(path, 'it is no part of a corpus'));
  let at = (HEADER_WORDS + count * stride) * 4;
  const documents: Document[] = [];
  for (let no = 0; no < count; no += 1) {
    const row = (HEADER_WORDS + no * stride) * 4;
    const word = (which: number): number => file.readUInt32LE(row + which * 4);
    const textAt = at + word(ROW.idBytes);
    const end = textAt + word(ROW.textBytes);
    if (end > file.length) throw new UserError(messages.corpusDamaged(path, 'it is cut short'));
    if (isKept(no))
      documents.push({
        id: file.toString('utf8', at, textAt),
        text: file.toString('utf8', textAt, end),
        source: word(ROW.source),
        order: [word(ROW.orderHigh), word(ROW.orderLow)],
      });
    at = end;
  }
  return documents;
}

type Handle = Awaited<ReturnType<typeof open>>;

/** Reads until the bytes are full. @throws UserError where the file ends before. */
export async function fill(file: Handle, bytes: Uint8Array, position: number, path: string): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) throw new UserError(messages.corpusDamaged(path, 'it is cut short'));
    done += bytesRead;
  }
}

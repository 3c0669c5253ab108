/**
 * Unpacks zstd as it is read. Node's own stream ends silently with the first frame, and parallel compressors and the
 * Pile's writer make many: so frames are told apart here (RFC 8878, sections 3.1.1 and 3.1.2), and each goes through a
 * stream of its own.
 */
import { pipeline, Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';

const FRAME = 0xfd2fb528;
/** The last four bits are free. */
const SKIPPABLE = 0x184d2a50;
const CHUNK_BYTES = 1 << 18;
const RLE = 1;

export class ZstdError extends Error {}

/** @throws ZstdError and zlib's errors: no zstd, cut short, damaged; whatever `source` throws. */
export async function* unzstd(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const bytes = byteReader(source);
  while (!(await bytes.isAtEnd())) {
    const magic = (await bytes.exactly(4)).readUInt32LE();
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
      const size = (await bytes.exactly(4)).readUInt32LE();
      for await (const _ of bytes.pieces(size));
    } else if (magic === FRAME) yield* unpackedFrame(bytes);
    else throw new ZstdError('it is no zstd, or something stands behind the last frame');
  }
}

async function* unpackedFrame(bytes: ByteReader): AsyncGenerator<Buffer> {
  const unpack = createZstdDecompress({ chunkSize: CHUNK_BYTES });
  // Its error reaches whoever reads `unpack`.
  pipeline(Readable.from(frame(bytes)), unpack, () => {});
  yield* unpack as AsyncIterable<Buffer>;
}

/** The bytes of one frame, whose magic number is read. */
async function* frame(bytes: ByteReader): AsyncGenerator<Buffer> {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(FRAME);
  const descriptor = await bytes.exactly(1);
  const flags = descriptor[0] ?? 0;
  const isSingleSegment = (flags & 0b10_0000) !== 0;
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const dictionary = [0, 1, 2, 4][flags & 0b11] ?? 0;
  yield Buffer.concat([
    magic,
    descriptor,
    await bytes.exactly((isSingleSegment ? 0 : 1) + dictionary + contentSize),
  ]);
  for (let isLast = false; !isLast; ) {
    const head = await bytes.exactly(3);
    const word = head.readUIntLE(0, 3);
    isLast = (word & 1) === 1;
    yield head;
    yield* bytes.pieces(((word >> 1) & 0b11) === RLE ? 1 : word >> 3);
  }
  if ((flags & 0b100) !== 0) yield await bytes.exactly(4);
}

interface ByteReader {
  isAtEnd(): Promise<boolean>;
  /** @throws ZstdError where there are not so many. */
  exactly(count: number): Promise<Buffer>;
  /** So many bytes, as they come. */
  pieces(count: number): AsyncGenerator<Buffer>;
}

function byteReader(source: AsyncIterable<Buffer>): ByteReader {
  const chunks = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const isAtEnd = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const { done, value } = await chunks.next();
      if (done === true) return true;
      rest = value;
    }
    return false;
  };
  async function* pieces(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      if (await isAtEnd()) throw new ZstdError('it is cut short');
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }
  return {
    isAtEnd,
    pieces,
    async exactly(count) {
      const parts: Buffer[] = [];
      for await (const piece of pieces(count)) parts.push(piece);
      return Buffer.concat(parts);
    },
  };
}

/** Frames of every make, one after the other and in chunks of any size, against what Node compressed. */
import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { unzstd, ZstdError } from '../src/corpus/zstd.ts';

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  // Blocks of one repeated byte, of text, and more than one block.
  fc.integer({ min: 0, max: 300_000 }).map((length) => new Uint8Array(length).fill(65)),
  fc
    .integer({ min: 0, max: 200_000 })
    .map((length) => Buffer.from('some words, again and again. '.repeat(length / 29))),
);

const frame = fc.oneof(
  fc.record({ data: bytes, level: fc.integer({ min: -5, max: 9 }), checksum: fc.boolean() }).map((made) => ({
    data: Buffer.from(made.data),
    packed: zstdCompressSync(made.data, {
      params: {
        [constants.ZSTD_c_compressionLevel]: made.level,
        [constants.ZSTD_c_checksumFlag]: made.checksum ? 1 : 0,
      },
    }),
  })),
  // A skippable frame: four bits of its magic number are free.
  fc.tuple(fc.uint8Array({ maxLength: 50 }), fc.integer({ min: 0, max: 15 })).map(([content, bits]) => {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(0x184d2a50 + bits);
    head.writeUInt32LE(content.length, 4);
    return { data: Buffer.alloc(0), packed: Buffer.concat([head, content]) };
  }),
);

async function* chunks(data: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, no = 0; at < data.length; no += 1) {
    const size = sizes[no % sizes.length] ?? 1;
    yield data.subarray(at, at + size);
    at += size;
  }
}

async function unpacked(data: Buffer, sizes: readonly number[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of unzstd(chunks(data, sizes))) parts.push(part);
  return Buffer.concat(parts);
}

const sizes = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 5 });

it('any frames give what was packed, in chunks of any size', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 5 }), sizes, async (frames, lengths) => {
      const found = await unpacked(Buffer.concat(frames.map(({ packed }) => packed)), lengths);
      expect(found.equals(Buffer.concat(frames.map(({ data }) => data)))).toBe(true);
    }),
    { seed: 20260107, numRuns: 60 },
  );
});

it('whatever is cut off within a frame is missed; what is behind the last one is refused', async () => {
  const data = Buffer.from('one line\n'.repeat(2000));
  const two = Buffer.concat([zstdCompressSync(data), zstdCompressSync(data)]);
  for (let cut = 1; cut < two.length / 2; cut += 1) {
    await expect(unpacked(two.subarray(0, two.length - cut), [7]), `${cut}`).rejects.toThrow('cut short');
  }
  await expect(unpacked(Buffer.concat([two, Buffer.from('text')]), [7])).rejects.toThrow(ZstdError);
});

/** Packed tokens for tests: a folder of two shards, made of a rule that a model can learn a little of. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackIndex } from '../src/pack/records.ts';

export async function writePacked(
  folder: string,
  options: {
    readonly sequences: number;
    readonly length: number;
    /** Tokens' weights in the loss come in turn. */
    readonly weights?: readonly number[];
  },
): Promise<void> {
  const { sequences, length, weights } = options;
  await mkdir(folder, { recursive: true });
  const ids = Uint16Array.from(
    { length: sequences * length },
    (_, at) => 2 + (((at * at * 31 + at * 7) >>> 3) % 300),
  );
  const first = Math.ceil(sequences / 2);
  await writeFile(join(folder, 'tokens-00000.bin'), ids.subarray(0, first * length));
  await writeFile(join(folder, 'tokens-00001.bin'), ids.subarray(first * length));
  const shard = (file: string, rows: number): PackIndex['shards'][number] => ({
    file,
    sequences: rows,
    bytes: rows * length * 2,
    sha256: '',
    ...(weights !== undefined && { weights: { file: file.replace('tokens', 'weights'), sha256: '' } }),
  });
  if (weights !== undefined) {
    const levels = Uint8Array.from({ length: sequences * length }, (_, at) => (at * 7) % weights.length);
    await writeFile(join(folder, 'weights-00000.bin'), levels.subarray(0, first * length));
    await writeFile(join(folder, 'weights-00001.bin'), levels.subarray(first * length));
  }
  // What the training reads of an index; typed by the writer, so that the two cannot part.
  const index: Partial<PackIndex> = {
    version: 1,
    dtype: 'uint16',
    byteOrder: 'little',
    sequenceLength: length,
    shards: [shard('tokens-00000.bin', first), shard('tokens-00001.bin', sequences - first)],
    ...(weights !== undefined && { lossWeights: weights }),
  };
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
}

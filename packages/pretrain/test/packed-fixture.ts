/** Packed tokens for tests: a folder of two shards, made of a rule that a model can learn a little of. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export async function writePacked(
  folder: string,
  options: { readonly sequences: number; readonly length: number },
): Promise<void> {
  const { sequences, length } = options;
  await mkdir(folder, { recursive: true });
  const ids = Uint16Array.from(
    { length: sequences * length },
    (_, at) => 2 + (((at * at * 31 + at * 7) >>> 3) % 300),
  );
  const first = Math.ceil(sequences / 2);
  await writeFile(join(folder, 'shard_00000.bin'), ids.subarray(0, first * length));
  await writeFile(join(folder, 'shard_00001.bin'), ids.subarray(first * length));
  const index = {
    version: 1,
    dtype: 'uint16',
    sequence_length: length,
    shards: [
      { file: 'shard_00000.bin', sequences: first },
      { file: 'shard_00001.bin', sequences: sequences - first },
    ],
  };
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
}

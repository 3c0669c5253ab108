/**
 * Writes safetensors files in pieces: one file, or shards with an index. Bytes only: what they mean is the caller's.
 * The layout (order of tensors, header, padding) is the one of the format's reference implementation, so the same
 * tensors give the same file.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from './errors.ts';
import { messages } from './messages.ts';
import type { SafetensorsDtype, WeightEntry } from './safetensors.ts';

/** Large enough that reading, not the number of calls, takes the time; small against any model. */
const CHUNK_BYTES = 4 << 20;

/** Bytes of an element, in the reference's order of dtypes: it writes later ones first, so all are aligned. */
const DTYPES: readonly (readonly [SafetensorsDtype, number])[] = [
  ['BOOL', 1],
  ['U8', 1],
  ['I8', 1],
  ['F8_E5M2', 1],
  ['F8_E4M3', 1],
  ['I16', 2],
  ['U16', 2],
  ['F16', 2],
  ['BF16', 2],
  ['I32', 4],
  ['U32', 4],
  ['F32', 4],
  ['F64', 8],
  ['I64', 8],
  ['U64', 8],
];

/** A tensor to write: its bytes (row-major, little-endian) come in pieces when its turn comes. */
export interface TensorSource {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly bytes: () => AsyncIterable<Uint8Array>;
}

/** How many bytes the tensor's data has. */
export function tensorByteLength(tensor: Pick<TensorSource, 'dtype' | 'shape'>): number {
  const size = DTYPES.find(([name]) => name === tensor.dtype)?.[1] ?? Number.NaN;
  return tensor.shape.reduce((product, dimension) => product * dimension, size);
}

/**
 * Writes one file and flushes it. It is written in place: stage it beside its target where readers may look.
 * @throws Error when a tensor's pieces are not as long as its shape says; the file system's errors.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorSource[],
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): Promise<void> {
  const ordered = inFileOrder(tensors);
  const file = await open(path, 'w');
  try {
    await writeAll(file, headerBytes(ordered, metadata));
    for (const tensor of ordered) {
      const wanted = tensorByteLength(tensor);
      let written = 0;
      for await (const piece of tensor.bytes()) {
        await writeAll(file, piece);
        written += piece.length;
      }
      if (written !== wanted) {
        throw new Error(`tensor ${tensor.name}: ${written} bytes given, its shape needs ${wanted} bytes`);
      }
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Writes a checkpoint's weights into a folder that exists: model.safetensors where they fit into one file, else
 * model-00001-of-0000n.safetensors and so on with model.safetensors.index.json, filled in the given order.
 * @param maxFileBytes of a file's tensors; a tensor that is larger gets a file of its own.
 * @returns the names of the files that hold tensors, in order.
 */
export async function writeWeights(
  folder: string,
  tensors: readonly TensorSource[],
  maxFileBytes: number,
): Promise<readonly string[]> {
  const shards = toShards(tensors, maxFileBytes);
  if (shards.length === 1) {
    await writeSafetensors(join(folder, 'model.safetensors'), tensors);
    return ['model.safetensors'];
  }
  const weightMap: Record<string, string> = {};
  const names: string[] = [];
  for (const [index, shard] of shards.entries()) {
    const name = `model-${padded(index + 1)}-of-${padded(shards.length)}.safetensors`;
    await writeSafetensors(join(folder, name), shard);
    names.push(name);
    for (const tensor of shard) weightMap[tensor.name] = name;
  }
  const totalBytes = tensors.reduce((sum, tensor) => sum + tensorByteLength(tensor), 0);
  const index = { metadata: { total_size: totalBytes }, weight_map: weightMap };
  const file = await open(join(folder, 'model.safetensors.index.json'), 'w');
  try {
    await file.writeFile(`${JSON.stringify(index, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return names;
}

/**
 * The bytes of a tensor in a file, in pieces. The array is reused: copy what must outlive the step.
 * @throws UserError truncated-weights (the file shrank since it was opened).
 */
export async function* readTensorBytes(entry: WeightEntry): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = new Uint8Array(Math.min(CHUNK_BYTES, entry.byteLength));
  const file = await open(entry.file, 'r');
  try {
    for (let at = 0; at < entry.byteLength; ) {
      const wanted = Math.min(bytes.length, entry.byteLength - at);
      const { bytesRead } = await file.read(bytes, 0, wanted, entry.offset + at);
      if (bytesRead === 0) {
        const end = entry.offset + entry.byteLength;
        throw new UserError(messages.truncatedWeights.shorter(entry.file, end, (await file.stat()).size));
      }
      yield bytes.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}

function toShards(
  tensors: readonly TensorSource[],
  maxFileBytes: number,
): readonly (readonly TensorSource[])[] {
  const shards: TensorSource[][] = [[]];
  let filled = 0;
  for (const tensor of tensors) {
    const size = tensorByteLength(tensor);
    if (filled > 0 && filled + size > maxFileBytes) {
      shards.push([]);
      filled = 0;
    }
    shards.at(-1)?.push(tensor);
    filled += size;
  }
  return shards;
}

function inFileOrder(tensors: readonly TensorSource[]): readonly TensorSource[] {
  const rank = (tensor: TensorSource): number => DTYPES.findIndex(([name]) => name === tensor.dtype);
  return [...tensors].sort(
    (a, b) => rank(b) - rank(a) || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
  );
}

function headerBytes(
  ordered: readonly TensorSource[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let end = 0;
  // Joined by hand: as an object's key, a name of digits would move to the front.
  const entries = ordered.map((tensor) => {
    const begin = end;
    end += tensorByteLength(tensor);
    const entry = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [begin, end] };
    return `${JSON.stringify(tensor.name)}:${JSON.stringify(entry)}`;
  });
  const text = `{${[`"__metadata__":${JSON.stringify(metadata)}`, ...entries].join(',')}}`;
  const json = Buffer.from(text, 'utf8');
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(8 + length, ' ');
  bytes.writeBigUInt64LE(BigInt(length), 0);
  json.copy(bytes, 8);
  return bytes;
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at);
    at += bytesWritten;
  }
}

function padded(index: number): string {
  return String(index).padStart(5, '0');
}

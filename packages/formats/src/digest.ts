/** sha256 digests: of texts, of values (through canonical JSON), of files (streamed). */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { canonicalJson } from './canonical-json.ts';

export interface FileDigest {
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Digest of a value's canonical JSON: the identity that keys are made of. */
export function digestValue(value: unknown): string {
  return sha256Hex(canonicalJson(value));
}

const READ_BYTES = 1 << 20;

/** Reads the file once, in pieces. @throws the file system's error (ENOENT, EACCES, EIO). */
export async function digestFile(path: string): Promise<FileDigest> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
    hash.update(chunk as Uint8Array);
  }
  return { sha256: hash.digest('hex'), size: (await stat(path)).size };
}

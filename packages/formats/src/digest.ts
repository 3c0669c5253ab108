/** sha256 digests: of texts, of values (through canonical JSON), of files (streamed). */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { streamRegular } from './regular-file.ts';

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

/** Reads the file once, in pieces. @throws UserError not-a-file; the file system's error (ENOENT, EACCES, EIO). */
export async function digestFile(path: string): Promise<FileDigest> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of (await streamRegular(path, READ_BYTES)) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { sha256: hash.digest('hex'), size };
}

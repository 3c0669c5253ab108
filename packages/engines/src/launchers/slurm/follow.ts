/** Hands on what another machine appends to a file. */
import { closeSync, openSync, readSync } from 'node:fs';
import { isMissing } from '@evalgraph/formats';

const CHUNK_BYTES = 1 << 16;

export interface Followed {
  /** Everything that came since the last time. */
  read(): void;
  close(): void;
}

/** @param start bytes that are passed over. */
export function followFile(path: string, start: number, onText: (text: string) => void): Followed {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(CHUNK_BYTES);
  let descriptor: number | null = null;
  let at = start;
  return {
    read() {
      descriptor ??= openIfThere(path);
      if (descriptor === null) return;
      for (;;) {
        const length = readSync(descriptor, buffer, 0, CHUNK_BYTES, at);
        if (length === 0) return;
        at += length;
        onText(decoder.decode(buffer.subarray(0, length), { stream: true }));
      }
    },
    close() {
      if (descriptor !== null) closeSync(descriptor);
      descriptor = null;
    },
  };
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

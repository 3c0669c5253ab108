/** A pipeline file as text: bounded, UTF-8. */
import { statSync } from 'node:fs';
import { readRegularSync, UserError } from '@evalgraph/formats';
import { messages } from './messages.ts';

/** Written by hand, a pipeline has a few KB; generated with 2,500 listed checkpoints, about 120 KB. */
export const MAX_FILE_BYTES = 1_000_000;

/** @param name what messages call the file. @throws UserError unreadable, too large, not UTF-8. */
export function readText(path: string, name: string): string {
  const bytes = readBytes(path, name);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UserError(messages.notUtf8(name));
  }
}

function readBytes(path: string, name: string): Uint8Array {
  try {
    const found = statSync(path);
    if (found.isDirectory()) throw new UserError(messages.unreadableFile(name, 'EISDIR'));
    const { size } = found;
    if (size > MAX_FILE_BYTES) throw new UserError(messages.fileTooLarge(name, size, MAX_FILE_BYTES));
    return readRegularSync(path, MAX_FILE_BYTES);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      messages.unreadableFile(name, (error as NodeJS.ErrnoException).code ?? String(error)),
    );
  }
}

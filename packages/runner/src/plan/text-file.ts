/** Which corpora are text files: by the name alone. */
import { extname } from 'node:path';

/** Read as `datasets` reads a text file: as UTF-8, with `\n` at the end of every line. */
export function isTextFile(path: string): boolean {
  return extname(path) === '.txt';
}

/** The files below a folder of a stranger: bounded in number and depth; links to folders are not followed. */
import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from './errors.ts';
import { messages } from './messages.ts';

/** Entries of one folder and all below it. The largest data sets have some 100,000 files. */
const MAX_ENTRIES = 1_000_000;
/** How deep folders may lie in folders. File systems take more, and no data set has a tenth of it. */
const MAX_DEPTH = 64;

/**
 * @returns paths below `folder`, sorted
 * @throws UserError too-many-files; the file system's errors.
 */
export function filesBelow(folder: string, wants: (name: string) => boolean): readonly string[] {
  return entriesBelow(folder, (entry) => entry.isFile() && wants(entry.name));
}

/** The same as `filesBelow`, for everything that is no folder. */
export function entriesBelow(folder: string, wants: (entry: Dirent) => boolean): readonly string[] {
  const found: string[] = [];
  let entries = 0;
  const walk = (at: string, depth: number): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      entries += 1;
      if (entries > MAX_ENTRIES || depth > MAX_DEPTH)
        throw new UserError(messages.tooManyFiles(folder, MAX_ENTRIES, MAX_DEPTH));
      const path = join(at, entry.name);
      if (entry.isDirectory()) walk(path, depth + 1);
      else if (wants(entry)) found.push(path);
    }
  };
  walk(folder, 1);
  return found.sort();
}

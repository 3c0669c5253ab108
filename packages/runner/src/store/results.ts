/**
 * Results by their key: a folder of files published by one rename, with a manifest of digests, so that a damaged
 * entry is never served. Names of pipelines and models are not in it: two pipelines share an entry.
 */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { prettyJson, sha256Hex, UserError, writeFolderAtomic } from '@evalgraph/formats';
import { writing } from '../disk.ts';
import { messages } from '../messages.ts';

const MANIFEST = 'manifest.json';

function entryFolder(store: string, key: string): string {
  return join(store, 'results', key.slice(0, 2), key);
}

/** Whether there is an entry; it may be damaged. */
export function hasStored(store: string, key: string): boolean {
  return existsSync(join(entryFolder(store, key), MANIFEST));
}

/** @returns file name -> content, or null where the key is absent or its entry is damaged. */
export async function readStored(store: string, key: string): Promise<ReadonlyMap<string, Buffer> | null> {
  const folder = entryFolder(store, key);
  const files = new Map<string, Buffer>();
  try {
    const manifest = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')) as Record<string, string>;
    for (const [name, sha256] of Object.entries(manifest)) {
      const content = await readFile(join(folder, name));
      if (sha256Hex(content) !== sha256) return await discard(folder);
      files.set(name, content);
    }
  } catch (error) {
    if (error instanceof SyntaxError) return discard(folder);
    // ENOENT: no such entry, or one that lost a file. Anything else (EACCES, EIO) must not read as "absent".
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new UserError(messages.unreadable(folder, (error as NodeJS.ErrnoException).code ?? String(error)));
  }
  return files;
}

async function discard(folder: string): Promise<null> {
  await rm(folder, { recursive: true, force: true });
  return null;
}

/** @throws UserError where the store cannot be written; nothing half-written stays under the key. */
export async function publishStored(
  store: string,
  key: string,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const manifest = Object.fromEntries([...files].map(([name, content]) => [name, sha256Hex(content)]));
  const folder = entryFolder(store, key);
  const content = new Map([...files, [MANIFEST, prettyJson(manifest)]]);
  await writing(folder, () => writeFolderAtomic(folder, content, { durable: true }));
}

/**
 * Results by their key: a folder of files published by one rename, with a manifest of digests, so that a damaged
 * entry is never served. Names of pipelines and models are not in it: two pipelines share an entry.
 */
import { existsSync, readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { prettyJson, sha256Hex, UserError, writeFolderAtomic } from '@evalgraph/formats';
import { writing } from '../disk.ts';
import { messages } from '../messages.ts';

const MANIFEST = 'manifest.json';

export function entryFolder(store: string, key: string): string {
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
    const manifest: unknown = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8'));
    if (!isManifest(manifest)) return await discard(folder);
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

/** A store may be shared: a name in it must not lead out of the folders that its files are put into. */
function isManifest(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(
    ([name, digest]) =>
      typeof digest === 'string' && /^[^/\\\0]+$/.test(name) && name !== '.' && name !== '..',
  );
}

/**
 * Looks at an entry without serving it.
 * @param digest sha256 of a file, by its path
 * @returns what is wrong with it, or null
 */
export function damageOf(folder: string, digest: (path: string) => string): string | null {
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8'));
  } catch (error) {
    return error instanceof SyntaxError ? `${MANIFEST} is no JSON` : `${MANIFEST} cannot be read`;
  }
  if (!isManifest(manifest)) return `${MANIFEST} is no list of files`;
  for (const [name, sha256] of Object.entries(manifest)) {
    try {
      if (digest(join(folder, name)) !== sha256) return `${name} is not what was stored`;
    } catch {
      return `${name} is missing`;
    }
  }
  return null;
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

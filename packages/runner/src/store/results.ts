/**
 * Results by their key: a folder of files published by one rename, with a manifest of digests, so that a damaged
 * entry is never served. Names of pipelines and models are not in it: two pipelines share an entry.
 */

import { existsSync, readdirSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  MAX_RECORD_BYTES,
  readRegular,
  readRegularSync,
  sha256Hex,
  UserError,
  writeFolderAtomic,
} from '@evalgraph/formats';
import { systemMessages, writing } from '@evalgraph/system';
import { MAX_STORED_BYTES } from './checked-lines.ts';
import { MANIFEST_FILE, type Manifest, manifestText } from './manifest.ts';

export function entryFolder(store: string, key: string): string {
  return join(store, 'results', key.slice(0, 2), key);
}

/** Whether there is an entry; it may be damaged. */
export function hasStored(store: string, key: string): boolean {
  return existsSync(join(entryFolder(store, key), MANIFEST_FILE));
}

/** @returns file name -> content, or null where the key is absent or its entry is damaged. */
export async function readStored(store: string, key: string): Promise<ReadonlyMap<string, Buffer> | null> {
  const folder = entryFolder(store, key);
  const files = new Map<string, Buffer>();
  try {
    const manifest: unknown = JSON.parse(
      (await readRegular(join(folder, MANIFEST_FILE), MAX_RECORD_BYTES)).toString('utf8'),
    );
    // A manifest that lost a line would serve a result without its samples.
    if (!isManifest(manifest) || !isWhole(await readdir(folder), manifest)) return await discard(folder);
    for (const [name, sha256] of Object.entries(manifest)) {
      const content = await readRegular(join(folder, name), MAX_STORED_BYTES);
      if (sha256Hex(content) !== sha256) return await discard(folder);
      files.set(name, content);
    }
  } catch (error) {
    // No JSON, or a folder, a pipe, a device where a file should stand.
    if (error instanceof SyntaxError || error instanceof UserError) return discard(folder);
    const { code } = error as NodeJS.ErrnoException;
    // ENOENT: no such entry, or one that lost a file. Anything else (EACCES, EIO) must not read as "absent".
    if (code === 'ENOENT') return null;
    throw new UserError(systemMessages.unreadable(folder, code ?? String(error)));
  }
  return files;
}

function isWhole(names: readonly string[], manifest: Manifest): boolean {
  const listed = [...Object.keys(manifest), MANIFEST_FILE].sort();
  return names.length === listed.length && [...names].sort().every((name, at) => name === listed[at]);
}

/** A store may be shared: a name in it must not lead out of the folders that its files are put into. */
function isManifest(value: unknown): value is Manifest {
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
    manifest = JSON.parse(readRegularSync(join(folder, MANIFEST_FILE), MAX_RECORD_BYTES).toString('utf8'));
  } catch (error) {
    return error instanceof SyntaxError ? `${MANIFEST_FILE} is no JSON` : `${MANIFEST_FILE} cannot be read`;
  }
  if (!isManifest(manifest)) return `${MANIFEST_FILE} is no list of files`;
  if (!isWhole(readdirSync(folder), manifest)) return `${MANIFEST_FILE} names other files than there are`;
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
  const folder = entryFolder(store, key);
  const content = new Map([...files, [MANIFEST_FILE, manifestText(files)]]);
  await writing(folder, () => writeFolderAtomic(folder, content, { durable: true }));
}

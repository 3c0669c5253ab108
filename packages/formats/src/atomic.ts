/**
 * Writing so that a kill at any moment leaves the old content or the new one, never half of it: write beside the
 * target, flush, rename.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';

/** Names the machine and the process, so that a shared folder's other writers are left alone. */
const STAGING = `.staging-${hostname()}-`;

/** Writes one file by an atomic rename; makes its folder. @throws the file system's error; the target is untouched. */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const staged = stagingPath(path);
  try {
    await writeDurably(staged, content);
    await rename(staged, path);
  } catch (error) {
    await rm(staged, { force: true });
    throw error;
  }
}

/**
 * Does what `writeFileAtomic` does for several files. All of them are on the disk before the first takes its place, so a
 * full disk never leaves only some of them new. @throws the file system's error; then no target is touched, unless a rename itself fails.
 */
export async function writeFilesAtomic(files: ReadonlyMap<string, string | Uint8Array>): Promise<void> {
  const staged = new Map<string, string>();
  try {
    for (const [path, content] of files) {
      await mkdir(dirname(path), { recursive: true });
      staged.set(path, stagingPath(path));
      await writeDurably(staged.get(path) ?? path, content);
    }
    for (const [path, from] of staged) await rename(from, path);
  } catch (error) {
    for (const from of staged.values()) await rm(from, { force: true });
    throw error;
  }
}

/**
 * Publishes a folder of files as a whole. Where at most one file of it changes, readers see the old one or the new one;
 * else the old folder, for an instant none, then the new one. Leftovers of killed runs beside it are removed. `durable` flushes to the disk: for what cannot be made again
 * from elsewhere.
 */
export async function writeFolderAtomic(
  path: string,
  files: ReadonlyMap<string, string | Uint8Array>,
  options: { readonly durable: boolean },
): Promise<void> {
  const fill = async (staged: string): Promise<void> => {
    for (const [name, content] of files) {
      const target = join(staged, name);
      await mkdir(dirname(target), { recursive: true });
      if (options.durable) await writeDurably(target, content);
      else await writeFile(target, content);
    }
  };
  await staging(path, fill, async (staged) => {
    const changed = await changedFiles(path, files);
    const [only, ...others] = changed ?? [];
    if (changed === null || others.length > 0) return false;
    return only === undefined || (await renameIfThere(join(staged, only), join(path, only)));
  });
}

/** @returns names of files whose content is another one; null where the folder has other files, or is none. */
async function changedFiles(
  path: string,
  files: ReadonlyMap<string, string | Uint8Array>,
): Promise<readonly string[] | null> {
  try {
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const names = entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(path, join(entry.parentPath, entry.name)));
    if (names.length !== files.size || !names.every((name) => files.has(name))) return null;
    const changed: string[] = [];
    for (const [name, content] of files) {
      const there = await readFile(join(path, name));
      if (!there.equals(Buffer.from(content))) changed.push(name);
    }
    return changed;
  } catch (error) {
    // Another process replaces it at this moment.
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return null;
    throw error;
  }
}

/**
 * The same for content that is too large for memory: `fill` writes into the folder that it is given (empty), which
 * then takes its place under `path`. @throws what `fill` throws; then the target is untouched.
 */
export async function writeFolderStaged(
  path: string,
  fill: (staged: string) => Promise<void>,
): Promise<void> {
  await staging(path, fill, () => Promise.resolve(false));
}

/** @param settle makes the folder that is there the staged one, if it can do so without an instant of none */
async function staging(
  path: string,
  fill: (staged: string) => Promise<void>,
  settle: (staged: string) => Promise<boolean>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await removeLeftovers(path);
  const staged = stagingPath(path);
  try {
    await mkdir(staged);
    await fill(staged);
    await replaceFolder(staged, path, settle);
  } catch (error) {
    await rm(staged, { recursive: true, force: true });
    throw error;
  }
}

/** More than so many others do not put a folder into one place in the same instant. */
const MAX_REPLACEMENTS = 1000;

/** Where several processes do this at once, the last one's folder stays: they write the same, as a rule. */
async function replaceFolder(
  staged: string,
  path: string,
  settle: (staged: string) => Promise<boolean>,
): Promise<void> {
  const old = stagingPath(path);
  for (let tries = 1; tries <= MAX_REPLACEMENTS; tries += 1) {
    if (await renameIfFree(staged, path)) return;
    if (await settle(staged)) {
      await rm(staged, { recursive: true, force: true });
      return;
    }
    const wasThere = await renameIfThere(path, old);
    try {
      if (await renameIfFree(staged, path)) {
        await rm(old, { recursive: true, force: true });
        return;
      }
    } catch (error) {
      if (wasThere) await rename(old, path);
      throw error;
    }
    // Another process has put its own there since.
    await rm(old, { recursive: true, force: true });
  }
  throw new Error(`${path} was written by others ${MAX_REPLACEMENTS} times while it was to be replaced`);
}

/** @returns false where something stands there that a folder cannot take the place of. */
async function renameIfFree(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') return false;
    throw error;
  }
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Staged files of this target that a killed process of this machine left behind. */
async function removeLeftovers(path: string): Promise<void> {
  const prefix = `${basename(path)}${STAGING}`;
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number(name.slice(prefix.length).split('-')[0]);
    if (pid !== process.pid && isProcessAlive(pid)) continue;
    await rm(join(dirname(path), name), { recursive: true, force: true });
  }
}

function stagingPath(path: string): string {
  return `${path}${STAGING}${process.pid}-${randomBytes(4).toString('hex')}`;
}

export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === 'ENOENT';
}

/**
 * The hub's cache on disk, as Python's huggingface_hub lays it out, so that each serves the other's downloads:
 *
 *     models--owner--name/refs/main                  a commit
 *     models--owner--name/blobs/<blob>               content, by its digest
 *     models--owner--name/snapshots/<commit>/<path>  link to a blob (the file itself where links cannot be made)
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { entriesBelow, isMissing, readRegularSync, UserError, writeFileAtomic } from '@evalgraph/formats';
import { writing } from '@evalgraph/system';
import { messages } from './messages.ts';
import { type HubFile, isCommit, isSafePath, isSha256, type RepositoryName } from './repository.ts';
import type { HubSettings } from './settings.ts';

/** Absolute. */
export function repositoryFolder({ cacheFolder }: HubSettings, { kind, name }: RepositoryName): string {
  return join(cacheFolder, [`${kind}s`, ...name.split('/')].join('--'));
}

/** Absolute; it need not exist. */
export function snapshotFolder(settings: HubSettings, repository: RepositoryName, commit: string): string {
  return join(repositoryFolder(settings, repository), 'snapshots', commit);
}

export function blobPath(settings: HubSettings, repository: RepositoryName, { blob }: HubFile): string {
  return join(repositoryFolder(settings, repository), 'blobs', blob);
}

/** Ours alone: Python's writers name theirs otherwise, and two programs must not append to one file. */
export function incompletePath(settings: HubSettings, repository: RepositoryName, file: HubFile): string {
  return `${blobPath(settings, repository, file)}.evalgraph.incomplete`;
}

/** Bytes; null where there is no such file. @throws UserError where the cache cannot be read. */
export async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return null;
    throw new UserError(messages.cache(path, (error as NodeJS.ErrnoException).code ?? String(error)));
  }
}

/** Puts a blob into a snapshot. Atomic: whoever looks sees the old entry, or the new one. */
export async function linkBlob(settings: HubSettings, blob: string, target: string): Promise<void> {
  await writing(target, async () => {
    await mkdir(dirname(target), { recursive: true });
    if (!settings.symlinks) return rename(blob, target);
    const staged = `${target}.${process.pid}-${randomBytes(4).toString('hex')}`;
    try {
      await symlink(relative(dirname(target), blob), staged);
      await rename(staged, target);
    } catch (error) {
      await rm(staged, { force: true });
      if (!LINKLESS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      await rename(blob, target);
    }
  });
}

/** What file systems without symbolic links say. */
const LINKLESS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'UNKNOWN']);

/** Notes which commit a branch or tag was; a cache that cannot be written keeps what it has. */
export async function writeRef(
  settings: HubSettings,
  repository: RepositoryName,
  revision: string,
  commit: string,
): Promise<void> {
  if (revision === commit || readRef(settings, repository, revision) === commit) return;
  const path = join(repositoryFolder(settings, repository), 'refs', revision);
  try {
    await writeFileAtomic(path, commit);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/** A ref holds 40 digits, and perhaps the end of a line. */
const MAX_REF_BYTES = 1024;

/** The commit that a revision was when it was last asked for; null where nobody asked. */
export function readRef(settings: HubSettings, repository: RepositoryName, revision: string): string | null {
  if (isCommit(revision)) return revision;
  if (!isSafePath(revision)) return null;
  try {
    const path = join(repositoryFolder(settings, repository), 'refs', revision);
    const text = readRegularSync(path, MAX_REF_BYTES).toString('utf8').trim();
    return isCommit(text) ? text : null;
  } catch {
    return null;
  }
}

/** The files of a snapshot that are in the cache with their blobs; null where there is no snapshot. */
export async function cachedFiles(
  settings: HubSettings,
  repository: RepositoryName,
  commit: string,
): Promise<readonly HubFile[] | null> {
  const folder = snapshotFolder(settings, repository, commit);
  let links: readonly string[];
  try {
    links = entriesBelow(folder, (entry) => entry.isSymbolicLink());
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (isMissing(error)) return null;
    throw new UserError(messages.cache(folder, (error as NodeJS.ErrnoException).code ?? String(error)));
  }
  const files: HubFile[] = [];
  for (const at of links) {
    const size = await sizeOf(at);
    const blob = basename(await readlink(at));
    const path = relative(folder, at).split('\\').join('/');
    if (size === null || !(isSha256(blob) || isCommit(blob))) continue;
    files.push({ path, size, blob, sha256: isSha256(blob) ? blob : null });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * Takes files out of a snapshot, and their blobs where no other snapshot has them.
 * @returns bytes that were freed.
 */
export async function removeFiles(
  settings: HubSettings,
  repository: RepositoryName,
  commit: string,
  files: readonly HubFile[],
): Promise<number> {
  const folder = snapshotFolder(settings, repository, commit);
  for (const file of files) await rm(join(folder, file.path), { force: true });
  const used = await usedBlobs(join(repositoryFolder(settings, repository), 'snapshots'));
  let freed = 0;
  for (const file of files) {
    if (used.has(file.blob)) continue;
    await rm(blobPath(settings, repository, file), { force: true });
    freed += file.size;
  }
  return freed;
}

async function usedBlobs(snapshots: string): Promise<ReadonlySet<string>> {
  const links = entriesBelow(snapshots, (entry) => entry.isSymbolicLink());
  const targets = await Promise.all(links.map((link) => readlink(link)));
  return new Set(targets.map((target) => basename(target)));
}

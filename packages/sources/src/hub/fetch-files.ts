/** Files of a commit into the cache: what is there is checked and linked, the rest downloaded, a few at a time. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileDigest, isMissing, UserError } from '@evalgraph/formats';
import { writing } from '@evalgraph/system';
import { openClaims } from '@evalgraph/system/claims';
import {
  blobPath,
  incompletePath,
  linkBlob,
  readRef,
  repositoryFolder,
  sizeOf,
  snapshotFolder,
  writeRef,
} from './cache.ts';
import { downloadBlob } from './download.ts';
import { messages, phrases } from './messages.ts';
import { type ByteMeter, byteMeter } from './meter.ts';
import type { HubFile, RepositoryName } from './repository.ts';
import type { HubSettings } from './settings.ts';

export interface FetchRequest {
  readonly repository: RepositoryName;
  readonly commit: string;
  /** The branch or tag that the commit was found by, to note for others; null: none. */
  readonly revision: string | null;
  readonly files: readonly HubFile[];
}

export interface FetchOptions {
  /** What lines of progress begin with. */
  readonly label: string;
  readonly note: (line: string) => void;
  /** Digests a file that is there already (with a memory, across runs); null: its size is enough. */
  readonly digest: ((path: string) => Promise<FileDigest>) | null;
}

export interface Fetched {
  /** Absolute: the snapshot. */
  readonly folder: string;
  /** What this call brought: not what lay in the cache, nor what another process brought meanwhile. */
  readonly downloaded: readonly HubFile[];
}

/** Left free on the disk, for journals and results. */
const SPARE_BYTES = 32 * 1024 * 1024;

/**
 * @throws UserError: offline and not in the cache, no room, refused, unreachable, or wrong bytes again and again. What
 *   arrived is kept, and the next call goes on from there.
 */
export async function fetchFiles(
  settings: HubSettings,
  wanted: FetchRequest,
  options: FetchOptions,
): Promise<Fetched> {
  const { repository, commit, revision, files } = wanted;
  const folder = snapshotFolder(settings, repository, commit);
  let downloaded: readonly HubFile[] = [];
  const missing: HubFile[] = [];
  for (const file of files) {
    if (await isThere(settings, wanted, file, options)) continue;
    missing.push(file);
  }
  if (missing.length > 0) {
    if (settings.offline) {
      const what = missing.map(({ path }) => path).join(', ');
      throw new UserError(messages.offline(repository, what, settings.cacheFolder));
    }
    await checkRoom(settings, repository, missing);
    downloaded = await downloadAll(settings, wanted, missing, options);
  }
  // A newer commit that somebody else noted stays.
  if (revision !== null && readRef(settings, repository, revision) === null) {
    await writeRef(settings, repository, revision, commit);
  }
  return { folder, downloaded };
}

/** Whether the snapshot has the file, or gets it by a link alone. */
async function isThere(
  settings: HubSettings,
  { repository, commit }: FetchRequest,
  file: HubFile,
  options: FetchOptions,
): Promise<boolean> {
  const entry = join(snapshotFolder(settings, repository, commit), file.path);
  if (await isRight(entry, file, options)) return true;
  const blob = blobPath(settings, repository, file);
  if (!(await isRight(blob, file, options))) {
    if ((await sizeOf(blob)) !== null) options.note(phrases.repairing(blob));
    return false;
  }
  await linkBlob(settings, blob, entry);
  return true;
}

async function isRight(path: string, file: HubFile, { digest }: FetchOptions): Promise<boolean> {
  const size = await sizeOf(path);
  if (size !== file.size) return false;
  if (digest === null) return true;
  try {
    if (file.sha256 !== null) return (await digest(path)).sha256 === file.sha256;
    return (await gitName(path, size)) === file.blob;
  } catch (error) {
    // Another process replaced it between the two looks; its own claim decides.
    if (isMissing(error)) return false;
    throw new UserError(messages.cache(path, (error as NodeJS.ErrnoException).code ?? String(error)));
  }
}

/** The object name that git gives to a file: only small files have no sha256. */
async function gitName(path: string, size: number): Promise<string> {
  const hash = createHash('sha1').update(`blob ${size}\0`);
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array);
  return hash.digest('hex');
}

async function checkRoom(
  settings: HubSettings,
  repository: RepositoryName,
  missing: readonly HubFile[],
): Promise<void> {
  const { cacheFolder } = settings;
  await writing(cacheFolder, () => mkdir(cacheFolder, { recursive: true }));
  let needed = 0;
  for (const file of missing) {
    needed += file.size - ((await sizeOf(incompletePath(settings, repository, file))) ?? 0);
  }
  const { bavail, bsize } = await writing(cacheFolder, () => statfs(cacheFolder));
  const free = bavail * bsize;
  if (needed + SPARE_BYTES > free) throw new UserError(messages.noRoom(cacheFolder, needed, free));
}

/** The first file that cannot be had ends it; files under way are brought to their end. */
async function downloadAll(
  settings: HubSettings,
  wanted: FetchRequest,
  missing: readonly HubFile[],
  options: FetchOptions,
): Promise<readonly HubFile[]> {
  const meter = byteMeter(
    options.label,
    missing.reduce((sum, { size }) => sum + size, 0),
    options.note,
  );
  // What is alike is downloaded once: two workers on one blob would wait for each other.
  const waiting = [...Map.groupBy(missing, ({ blob }) => blob).values()];
  const downloaded: HubFile[] = [];
  let failed = false;
  const worker = async (): Promise<void> => {
    for (let alike = waiting.shift(); alike !== undefined && !failed; alike = waiting.shift()) {
      try {
        for (const file of alike) {
          if (await fetchOne(settings, wanted, file, meter, options)) downloaded.push(file);
        }
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: settings.parallel }, worker));
  const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  const [first] = reasons;
  if (first !== undefined) throw reasons.find((reason) => !(reason instanceof UserError)) ?? first;
  meter.end();
  return downloaded;
}

/** @returns false where another process brought it. */
async function fetchOne(
  settings: HubSettings,
  wanted: FetchRequest,
  file: HubFile,
  meter: ByteMeter,
  options: FetchOptions,
): Promise<boolean> {
  const { repository, commit } = wanted;
  // Beside Python's own lock files; theirs are flocks, which Node cannot take, and they do not depend on them.
  const locks = join(settings.cacheFolder, '.locks', repositoryFolderName(settings, repository), 'evalgraph');
  const claim = await openClaims(locks).take(file.blob, () =>
    options.note(phrases.waitingForOther(file.path)),
  );
  try {
    // Two paths of one commit may share a blob, and another process may have been quicker.
    if (await isThere(settings, wanted, file, { ...options, note: () => {} })) {
      meter.add(file.size);
      return false;
    }
    await downloadBlob(settings, { repository, commit, file }, (count) => meter.add(count));
    const blob = blobPath(settings, repository, file);
    await linkBlob(settings, blob, join(snapshotFolder(settings, repository, commit), file.path));
    return true;
  } finally {
    claim.release();
  }
}

function repositoryFolderName(settings: HubSettings, repository: RepositoryName): string {
  return repositoryFolder(settings, repository).slice(settings.cacheFolder.length + 1);
}

/**
 * The hub as the rest of the runner sees it: what a revision holds, and its files on this disk. What it was asked once
 * it does not ask again; 27 checkpoints of one repository are one listing.
 */
import { suggest, UserError } from '@evalgraph/formats';
import { findRevision, listFiles, listRefs } from './api.ts';
import { cachedFiles, readRef, removeFiles, snapshotFolder, writeRef } from './cache.ts';
import { type Fetched, type FetchOptions, type FetchRequest, fetchFiles } from './fetch-files.ts';
import { messages } from './messages.ts';
import { filesBelow, type HubFile, type HubRef, type Repository, type RepositoryName } from './repository.ts';
import { foldersOf } from './series.ts';
import { type HubSettings, hubSettings } from './settings.ts';

export interface Hub {
  readonly settings: HubSettings;
  /**
   * Commit and files of a branch, tag, `refs/...` or commit; offline, of what the cache has.
   * @throws UserError: no such repository or revision (with what comes close), gated, refused, unreachable.
   */
  resolve(repository: RepositoryName, revision: string): Promise<Repository>;
  /** Files of a checkpoint's folder by their names in it. @throws UserError where there is no such folder. */
  filesOf(found: Repository, revision: string, folder: string): Promise<ReadonlyMap<string, HubFile>>;
  /** Branches, tags and conversions. */
  refs(repository: RepositoryName): Promise<readonly HubRef[]>;
  /** Brings files to the disk, verified. @throws UserError */
  fetch(request: FetchRequest, options: FetchOptions): Promise<Fetched>;
  /** Absolute; it need not exist. */
  snapshotFolder(repository: RepositoryName, commit: string): string;
  /** Takes files off the disk, unless another snapshot has them too. @returns bytes freed. */
  remove(repository: RepositoryName, commit: string, files: readonly HubFile[]): Promise<number>;
}

export function openHub(settings: HubSettings = hubSettings()): Hub {
  const resolved = new Map<string, Promise<Repository>>();
  const listed = new Map<string, Promise<readonly HubRef[]>>();
  const refs = (repository: RepositoryName): Promise<readonly HubRef[]> =>
    settings.offline
      ? Promise.resolve([])
      : once(listed, nameOf(repository), () => listRefs(settings, repository));
  return {
    settings,
    refs,
    resolve: (repository, revision) =>
      once(resolved, `${nameOf(repository)}@${revision}`, () =>
        settings.offline
          ? resolveOffline(settings, repository, revision)
          : resolveOnline(settings, repository, revision, refs),
      ),
    filesOf: (found, revision, folder) => folderFiles(settings, found, revision, folder, refs),
    fetch: (request, options) => fetchFiles(settings, request, options),
    snapshotFolder: (repository, commit) => snapshotFolder(settings, repository, commit),
    remove: (repository, commit, files) => removeFiles(settings, repository, commit, files),
  };
}

function nameOf({ kind, name }: RepositoryName): string {
  return `${kind}:${name}`;
}

/** A failure is not remembered: the next question may be answered. */
function once<T>(known: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  const found = known.get(key);
  if (found !== undefined) return found;
  const asked = work();
  known.set(key, asked);
  asked.catch(() => known.delete(key));
  return asked;
}

type Refs = (repository: RepositoryName) => Promise<readonly HubRef[]>;

async function resolveOnline(
  settings: HubSettings,
  repository: RepositoryName,
  revision: string,
  refs: Refs,
): Promise<Repository> {
  const facts = await findRevision(settings, repository, revision);
  if (facts === null) throw await wrongRevision(settings, repository, revision, refs);
  const files = await listFiles(settings, repository, facts.commit);
  await writeRef(settings, repository, revision, facts.commit);
  return { repository, files, ...facts };
}

async function resolveOffline(
  settings: HubSettings,
  repository: RepositoryName,
  revision: string,
): Promise<Repository> {
  const commit = readRef(settings, repository, revision);
  const files = commit === null ? null : await cachedFiles(settings, repository, commit);
  if (commit === null || files === null) {
    const what = `the revision '${revision}'`;
    throw new UserError(messages.offline(repository, what, settings.cacheFolder));
  }
  return { repository, canonicalName: repository.name, commit, files };
}

/** People take a folder for a revision, or mistype one: looks for both. */
async function wrongRevision(
  settings: HubSettings,
  repository: RepositoryName,
  revision: string,
  refs: Refs,
): Promise<UserError> {
  const known = (await refs(repository)).map(({ name }) => name);
  const main = revision === 'main' ? null : await findRevision(settings, repository, 'main');
  if (main !== null) {
    const files = await listFiles(settings, repository, main.commit);
    if (filesBelow(files, revision).size > 0) {
      return new UserError(messages.subfolderAsRevision(repository, revision));
    }
  }
  return new UserError(messages.noRevision(repository, revision, known, suggest(revision, known)));
}

async function folderFiles(
  settings: HubSettings,
  found: Repository,
  revision: string,
  folder: string,
  refs: Refs,
): Promise<ReadonlyMap<string, HubFile>> {
  const { repository } = found;
  const files = filesBelow(found.files, folder);
  if (files.size > 0 || folder === '') return files;
  if (settings.offline) {
    throw new UserError(messages.offline(repository, folder, settings.cacheFolder));
  }
  const ref = (await refs(repository)).find(({ name }) => name === folder);
  if (ref !== undefined) throw new UserError(messages.revisionAsSubfolder(repository, folder, ref.kind));
  const known = foldersOf(found.files);
  throw new UserError(messages.noSubfolder(repository, folder, revision, known, suggest(folder, known)));
}

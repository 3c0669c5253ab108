/** Where locked files came from: enough to fetch its files again, anywhere, and to see that they are the same. */
import type { FileDigest } from '@evalgraph/formats';
import { snapshotFolder } from './cache.ts';
import type { FetchRequest } from './fetch-files.ts';
import { type HubFile, isCommit, isSafePath, isSha256, type RepositoryName } from './repository.ts';
import type { HubSettings } from './settings.ts';

export interface HubOrigin {
  readonly repository: string;
  /** As the pipeline says it. */
  readonly revision: string;
  /** What the revision was when it was locked. */
  readonly commit: string;
  /** The folder in the repository; '' is the repository itself. */
  readonly folder: string;
  /** File name, relative to the folder -> its name in the hub's cache. */
  readonly blobs: Readonly<Record<string, string>>;
}

type Kind = RepositoryName['kind'];

/** Absolute: the folder in the cache; it need not exist. */
export function originFolder(
  settings: HubSettings,
  { repository, commit, folder }: HubOrigin,
  kind: Kind = 'model',
): string {
  const snapshot = snapshotFolder(settings, { kind, name: repository }, commit);
  return folder === '' ? snapshot : `${snapshot}/${folder}`;
}

/** The fetch of locked files. @param files the lock's, or some of them. */
export function originRequest(
  { repository, revision, commit, folder, blobs }: HubOrigin,
  files: Readonly<Record<string, FileDigest>>,
  kind: Kind = 'model',
): FetchRequest {
  return {
    repository: { kind, name: repository },
    commit,
    revision,
    files: Object.entries(files).map(
      ([name, { sha256, size }]): HubFile => ({
        path: folder === '' ? name : `${folder}/${name}`,
        size,
        sha256,
        blob: (Object.hasOwn(blobs, name) ? blobs[name] : undefined) ?? sha256,
      }),
    ),
  };
}

/** What a lock file holds under `hub`. @returns null where it is none: then the lock was edited by hand. */
export function parseOrigin(value: unknown, names: readonly string[]): HubOrigin | null {
  if (typeof value !== 'object' || value === null) return null;
  const { repository, revision, commit, folder, blobs } = value as Partial<Record<keyof HubOrigin, unknown>>;
  const isText = (text: unknown): text is string => typeof text === 'string' && isSafePath(text);
  if (!isText(repository) || !isText(revision) || !isCommit(commit)) return null;
  if (folder !== '' && !isText(folder)) return null;
  if (typeof blobs !== 'object' || blobs === null) return null;
  const known = blobs as Readonly<Record<string, unknown>>;
  const whole = names.every((name) => isSafePath(name) && (isSha256(known[name]) || isCommit(known[name])));
  return whole ? { repository, revision, commit, folder, blobs: known as Record<string, string> } : null;
}

/** What a repository of the hub is here: a name, a commit, files. Plain data; nothing in this file asks anybody. */

export interface RepositoryName {
  readonly kind: 'model' | 'dataset';
  /** `owner/name`; a few old ones have no owner. */
  readonly name: string;
}

export interface HubFile {
  /** The path in the repository, with forward slashes. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Name in the cache: the sha256 of large files (64 digits), git's object name of small ones (40 digits). */
  readonly blob: string;
  /** null: a small file that nobody has digested yet. */
  readonly sha256: string | null;
}

export interface Repository {
  readonly repository: RepositoryName;
  /** What the hub calls it; another name than the one that was asked for where it was moved. */
  readonly canonicalName: string;
  readonly commit: string;
  /** Sorted by path. */
  readonly files: readonly HubFile[];
}

export interface HubRef {
  readonly kind: 'branch' | 'tag' | 'convert';
  /** What is written as a revision. */
  readonly name: string;
  readonly commit: string;
}

const COMMIT = /^[0-9a-f]{40}$/;
const SHA256 = /^[0-9a-f]{64}$/;

export function isCommit(text: unknown): text is string {
  return typeof text === 'string' && COMMIT.test(text);
}

export function isSha256(text: unknown): text is string {
  return typeof text === 'string' && SHA256.test(text);
}

/** A name that stays inside the folder that it is joined to. */
export function isSafePath(path: string): boolean {
  const parts = path.split('/');
  return (
    path.length <= 1000 &&
    !/[\\\p{Cc}]/u.test(path) &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

/** `owner/name`, or `datasets/owner/name`: as in addresses of the hub's pages. */
export function pageOf({ kind, name }: RepositoryName): string {
  return kind === 'dataset' ? `datasets/${name}` : name;
}

/** Files below a folder of the repository, by their paths in it; '' is the whole repository. */
export function filesBelow(files: readonly HubFile[], folder: string): ReadonlyMap<string, HubFile> {
  const prefix = folder === '' ? '' : `${folder}/`;
  return new Map(
    files.filter(({ path }) => path.startsWith(prefix)).map((file) => [file.path.slice(prefix.length), file]),
  );
}

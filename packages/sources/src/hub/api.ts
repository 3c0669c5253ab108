/** The hub's API, as far as it is used: a revision's commit, a commit's files, a repository's branches and tags. */
import { UserError } from '@evalgraph/formats';
import { HubFailure, requestJson } from './http.ts';
import { messages } from './messages.ts';
import { GaveUp, patiently } from './patience.ts';
import { problemOf } from './refusal.ts';
import {
  type HubFile,
  type HubRef,
  isCommit,
  isSafePath,
  isSha256,
  pageOf,
  type RepositoryName,
} from './repository.ts';
import type { HubSettings } from './settings.ts';

/** A repository of more files is none that holds checkpoints. */
const MAX_FILES = 200_000;
const MAX_PAGES = 1000;

export interface RevisionFacts {
  readonly commit: string;
  readonly canonicalName: string;
}

/** @returns null where the repository has no such revision. @throws UserError for anything else that is wrong. */
export async function findRevision(
  settings: HubSettings,
  repository: RepositoryName,
  revision: string,
): Promise<RevisionFacts | null> {
  const path = `${apiOf(repository)}/revision/${encodeURIComponent(revision)}`;
  return asking(settings, repository, 'the question for a revision', async () => {
    const { value } = await requestJson(settings, settings.endpoint + path);
    const { sha, id } = record(value, 'a revision');
    if (!isCommit(sha)) throw malformed('a revision');
    return { commit: sha, canonicalName: typeof id === 'string' && isSafePath(id) ? id : repository.name };
  });
}

/** Every file of a commit. @throws UserError, also where there is no such commit. */
export async function listFiles(
  settings: HubSettings,
  repository: RepositoryName,
  commit: string,
): Promise<readonly HubFile[]> {
  const files: HubFile[] = [];
  let next: string | null = `${apiOf(repository)}/tree/${commit}?recursive=true&expand=false`;
  for (let page = 0; next !== null; page++) {
    const path: string = next;
    const answer: Page | null = await asking(settings, repository, 'the question for its files', async () => {
      const found = await requestJson(settings, settings.endpoint + path);
      if (!Array.isArray(found.value)) throw malformed('a list of files');
      const read = (found.value as readonly unknown[]).map(fileOf);
      return { headers: found.headers, files: read.filter((file) => file !== null) };
    });
    if (answer === null) throw new UserError(messages.noRevision(repository, commit, [], null));
    for (const file of answer.files) files.push(file);
    if (files.length > MAX_FILES || page >= MAX_PAGES) {
      throw new UserError(problemOf(settings, repository, 'the question for its files', tooLong()));
    }
    next = nextPage(settings, answer.headers);
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface Page {
  readonly headers: Headers;
  readonly files: readonly HubFile[];
}

function tooLong(): GaveUp {
  return new GaveUp({ kind: 'content', detail: `more than ${MAX_FILES} files` }, 1);
}

export async function listRefs(
  settings: HubSettings,
  repository: RepositoryName,
): Promise<readonly HubRef[]> {
  const path = `${apiOf(repository)}/refs`;
  const found = await asking(settings, repository, 'the question for its branches', async () => {
    const { branches, tags, converts } = record(
      (await requestJson(settings, settings.endpoint + path)).value,
      'a list of branches',
    );
    return [
      ...refsOf('branch', branches),
      ...refsOf('tag', tags),
      ...refsOf('convert', converts).map((ref) => ({ ...ref, name: `refs/convert/${ref.name}` })),
    ];
  });
  return found ?? [];
}

function refsOf(kind: HubRef['kind'], value: unknown): readonly HubRef[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw malformed('a list of branches');
  return value.map((entry) => {
    const { name, targetCommit } = record(entry, 'a branch');
    if (typeof name !== 'string' || !isSafePath(name) || !isCommit(targetCommit)) throw malformed('a branch');
    return { kind, name, commit: targetCommit };
  });
}

function apiOf({ kind, name }: RepositoryName): string {
  return `/api/${kind}s/${name}`;
}

/** Where the bytes of a file are asked for. */
export function fileAddress(
  { endpoint }: HubSettings,
  repository: RepositoryName,
  commit: string,
  path: string,
): string {
  const escaped = path.split('/').map(encodeURIComponent).join('/');
  return `${endpoint}/${pageOf(repository)}/resolve/${commit}/${escaped}`;
}

/** @returns null where the hub says that there is no such revision. */
async function asking<T>(
  settings: HubSettings,
  repository: RepositoryName,
  what: string,
  work: () => Promise<T>,
): Promise<T | null> {
  try {
    return await patiently(settings.patience, work);
  } catch (error) {
    if (!(error instanceof GaveUp)) throw error;
    const { failure } = error;
    if (failure.kind === 'status' && ['RevisionNotFound', 'EntryNotFound'].includes(failure.code)) {
      return null;
    }
    throw new UserError(problemOf(settings, repository, what, error));
  }
}

/** A mirror may hand on the hub's own addresses: the next page is asked of the endpoint all the same. */
function nextPage({ endpoint }: HubSettings, headers: Headers): string | null {
  const link = /<([^<>]*)>\s*;\s*rel="next"/.exec(headers.get('link') ?? '')?.[1];
  if (link === undefined || !URL.canParse(link, endpoint)) return null;
  const { pathname, search } = new URL(link, endpoint);
  const at = pathname.indexOf('/api/');
  return at < 0 ? null : pathname.slice(at) + search;
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(what);
  return value as Record<string, unknown>;
}

function malformed(what: string): HubFailure {
  return new HubFailure({ kind: 'content', detail: `something that is not ${what}` });
}

/** null: a folder, or a link to another repository. @throws HubFailure where the entry is no entry. */
function fileOf(entry: unknown): HubFile | null {
  const { type, path, size, oid, lfs } = record(entry, 'a list of files');
  if (type !== 'file') return null;
  if (typeof path !== 'string' || !isSafePath(path)) throw malformed('a list of files');
  if (lfs !== undefined && lfs !== null) {
    const large = record(lfs, 'a list of files');
    if (!isSha256(large['oid']) || !isSize(large['size'])) throw malformed('a list of files');
    return { path, size: large['size'], blob: large['oid'], sha256: large['oid'] };
  }
  if (!isCommit(oid) || !isSize(size)) throw malformed('a list of files');
  return { path, size, blob: oid, sha256: null };
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

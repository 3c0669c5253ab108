/**
 * A Hugging Face hub of a test: repositories in memory, the API as the real one answers it, large files on a second
 * origin (as a CDN), and faults that a test asks for. It knows nothing of the code under test.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';

export type Files = Readonly<Record<string, Uint8Array | string>>;

export interface FakeRepository {
  readonly kind: 'model' | 'dataset';
  readonly name: string;
  /** Branch, tag or conversion (`refs/convert/parquet`) -> files. */
  readonly branches: Readonly<Record<string, Files>>;
  readonly tags?: Readonly<Record<string, Files>>;
  /** Needs a token of `tokens`. */
  readonly access?: 'gated' | 'private';
  readonly movedTo?: string;
}

export interface FakeHubOptions {
  readonly repositories: readonly FakeRepository[];
  /** Tokens that may read gated and private repositories. */
  readonly tokens?: readonly string[];
  /** Tokens that are valid and may read public repositories only. */
  readonly poorTokens?: readonly string[];
  /** Entries on a page of a listing. */
  readonly pageSize?: number;
  /** Asked at each request; null: none. */
  readonly fault?: (seen: Seen) => Fault | null;
}

export interface Seen {
  readonly at: 'hub' | 'cdn';
  readonly method: string;
  /** Without parameters. */
  readonly path: string;
  readonly range: string | null;
  readonly authorization: string | null;
  /** Of `at` and in all, from 0. */
  readonly number: number;
}

export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** A web page with status 200. */
  | { readonly kind: 'html' }
  /** The connection is closed before an answer. */
  | { readonly kind: 'reset' }
  /** Nothing is answered. */
  | { readonly kind: 'stall' }
  /** The body ends after a part, with the connection: `silent` gives no length, so that it looks whole. */
  | { readonly kind: 'truncate'; readonly part: number; readonly silent: boolean }
  /** A part of the body, then nothing more. */
  | { readonly kind: 'stallAfter'; readonly part: number }
  | { readonly kind: 'wrongBytes' }
  | { readonly kind: 'tooMuch' }
  /** The whole file, whatever part was asked for. */
  | { readonly kind: 'noRange' };

export interface FakeHub {
  readonly endpoint: string;
  readonly seen: Seen[];
  /** Requests for content of files, at the hub or the CDN. */
  contentRequests(): readonly Seen[];
  commitOf(name: string, revision: string): string;
  close(): Promise<void>;
}

interface Entry {
  readonly path: string;
  readonly bytes: Buffer;
  readonly oid: string;
  /** null: small enough for git itself. */
  readonly sha256: string | null;
}

interface Stored {
  readonly repository: FakeRepository;
  /** Revision, or commit -> commit. */
  readonly commits: ReadonlyMap<string, string>;
  readonly entries: ReadonlyMap<string, readonly Entry[]>;
}

const LARGE = /\.(safetensors|bin|parquet|model)$|(^|\/)tokenizer\.json$/;

export async function startFakeHub(options: FakeHubOptions): Promise<FakeHub> {
  const stored = new Map(options.repositories.map((one) => [`${one.kind}s/${one.name}`, store(one)]));
  const blobs = new Map<string, Buffer>();
  for (const { entries } of stored.values()) {
    for (const list of entries.values()) {
      for (const { sha256, bytes } of list) if (sha256 !== null) blobs.set(sha256, bytes);
    }
  }
  const seen: Seen[] = [];
  const note = (at: Seen['at'], request: IncomingMessage): Seen => {
    const one: Seen = {
      at,
      method: request.method ?? '',
      path: decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname),
      range: request.headers.range ?? null,
      authorization: request.headers.authorization ?? null,
      number: seen.length,
    };
    seen.push(one);
    return one;
  };
  const cdn = createServer((request, response) => {
    const one = note('cdn', request);
    const bytes = blobs.get(one.path.slice('/blob/'.length));
    const fault = options.fault?.(one) ?? null;
    if (bytes === undefined) return void failed(response, 404, 'NotFound', 'no such blob');
    serve(request, response, bytes, `"${one.path.slice('/blob/'.length)}"`, {}, fault);
  });
  const cdnOrigin = await listen(cdn);
  const hub = createServer((request, response) => {
    const one = note('hub', request);
    const fault = options.fault?.(one) ?? null;
    if (fault !== null && broken(response, fault)) return;
    answer(one, request, response, stored, cdnOrigin, options, fault);
  });
  const endpoint = await listen(hub);
  return {
    endpoint,
    seen,
    contentRequests: () =>
      seen.filter(({ at, method, path }) => method === 'GET' && (at === 'cdn' || path.includes('/resolve/'))),
    commitOf: (name, revision) => {
      for (const kind of ['models', 'datasets']) {
        const commit = stored.get(`${kind}/${name}`)?.commits.get(revision);
        if (commit !== undefined) return commit;
      }
      throw new Error(`the fake hub has no ${name}@${revision}`);
    },
    close: async () => {
      await Promise.all([hub, cdn].map(stop));
    },
  };
}

/** Every file below a folder, for a branch of a repository. */
export function filesIn(folder: string, prefix = ''): Files {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return Object.fromEntries(
    entries.map((one) => {
      const path = join(one.parentPath, one.name);
      return [prefix + relative(folder, path), readFileSync(path)];
    }),
  );
}

function store(repository: FakeRepository): Stored {
  const commits = new Map<string, string>();
  const entries = new Map<string, readonly Entry[]>();
  for (const [revision, files] of Object.entries({ ...repository.branches, ...repository.tags })) {
    const list = Object.entries(files).map(([path, content]) => entryOf(path, Buffer.from(content)));
    const text = list.map(({ path, oid }) => `${path} ${oid}`).join('\n');
    const commit = createHash('sha1').update(`${repository.name}\n${text}`).digest('hex');
    commits.set(revision, commit);
    commits.set(commit, commit);
    entries.set(commit, list);
  }
  return { repository, commits, entries };
}

function entryOf(path: string, bytes: Buffer): Entry {
  const oid = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
  return { path, bytes, oid, sha256: LARGE.test(path) ? sha256(bytes) : null };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function failed(response: ServerResponse, status: number, code: string, said: string): ServerResponse {
  response.writeHead(status, {
    'x-error-code': code,
    'x-error-message': said,
    'content-type': 'application/json',
  });
  return response.end(JSON.stringify({ error: said }));
}

/** Faults that leave nothing of the real answer. @returns whether it was one. */
function broken(response: ServerResponse, fault: Fault): boolean {
  if (fault.kind === 'reset') response.destroy();
  else if (fault.kind === 'status') response.writeHead(fault.status, fault.headers).end();
  else if (fault.kind === 'html') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>Log in here</html>');
  } else if (fault.kind !== 'stall') return false;
  return true;
}

function answer(
  seen: Seen,
  request: IncomingMessage,
  response: ServerResponse,
  repositories: ReadonlyMap<string, Stored>,
  cdnOrigin: string,
  options: FakeHubOptions,
  fault: Fault | null,
): ServerResponse {
  const api = /^\/api\/(models|datasets)\/([^/]+\/[^/]+)(?:\/(revision|tree|refs)(?:\/(.+))?)?$/.exec(
    seen.path,
  );
  const file =
    /^\/(datasets\/)?([^/]+\/[^/]+)\/resolve\/([0-9a-f]{40}|refs\/convert\/parquet|[^/]+)\/(.+)$/.exec(
      seen.path,
    );
  const [kind, name] =
    api !== null ? [api[1], api[2]] : [file?.[1] === undefined ? 'models' : 'datasets', file?.[2]];
  const found = repositories.get(`${kind}/${name}`);
  const token = seen.authorization?.replace(/^Bearer /, '') ?? null;
  const known = [...(options.tokens ?? []), ...(options.poorTokens ?? [])];
  if (token !== null && !known.includes(token)) {
    return failed(response, 401, '', 'Invalid credentials in Authorization header');
  }
  const allowed = token !== null && (options.tokens ?? []).includes(token);
  if (found === undefined || (found.repository.access === 'private' && !allowed)) {
    return failed(response, token === null ? 401 : 404, 'RepoNotFound', 'Repository not found');
  }
  const { movedTo } = found.repository;
  if (movedTo !== undefined) {
    const location = (request.url ?? '').replace(String(name), movedTo);
    return response.writeHead(307, { location }).end();
  }
  if (api?.[3] === 'refs') return json(response, refsOf(found));
  const [revision, path] =
    api !== null ? splitRevision(found, api[4] ?? 'main') : [file?.[3] ?? '', file?.[4] ?? ''];
  const commit = found.commits.get(revision);
  if (commit === undefined) return failed(response, 404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
  const entries = found.entries.get(commit) ?? [];
  if (api !== null && api[3] !== 'tree') {
    return json(response, {
      id: found.repository.name,
      sha: commit,
      siblings: entries.map((one) => ({ rfilename: one.path })),
      ...(found.repository.access === 'gated' ? { gated: 'manual' } : {}),
    });
  }
  if (found.repository.access === 'gated' && !allowed) {
    return failed(
      response,
      token === null ? 401 : 403,
      'GatedRepo',
      'Access to this repository is restricted',
    );
  }
  if (api !== null) return tree(request, response, entries, options.pageSize ?? 1000);
  const entry = entries.find((one) => one.path === path);
  if (entry === undefined) {
    response.setHeader('x-repo-commit', commit);
    return failed(response, 404, 'EntryNotFound', 'Entry not found');
  }
  const headers = { 'x-repo-commit': commit };
  if (entry.sha256 === null) {
    return serve(request, response, entry.bytes, `"${entry.oid}"`, headers, fault);
  }
  response.writeHead(302, {
    ...headers,
    'x-linked-etag': `"${entry.sha256}"`,
    'x-linked-size': String(entry.bytes.length),
    location: `${cdnOrigin}/blob/${entry.sha256}?signature=secret`,
  });
  return response.end();
}

function json(response: ServerResponse, value: unknown): ServerResponse {
  return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** `refs/convert/parquet` arrives with its slashes decoded. */
function splitRevision({ commits }: Stored, rest: string): readonly [string, string] {
  const known = [...commits.keys()].sort((a, b) => b.length - a.length);
  const revision = known.find((one) => rest === one || rest.startsWith(`${one}/`)) ?? rest;
  return [revision, rest.slice(revision.length + 1)];
}

function refsOf({ repository, commits }: Stored): object {
  const refs = (names: readonly string[], prefix: string): readonly object[] =>
    names.map((name) => ({
      name: name.replace('refs/convert/', ''),
      ref: prefix + name,
      targetCommit: commits.get(name),
    }));
  const names = Object.keys(repository.branches);
  return {
    branches: refs(
      names.filter((name) => !name.startsWith('refs/')),
      'refs/heads/',
    ),
    converts: refs(
      names.filter((name) => name.startsWith('refs/convert/')),
      '',
    ),
    tags: refs(Object.keys(repository.tags ?? {}), 'refs/tags/'),
  };
}

function tree(
  request: IncomingMessage,
  response: ServerResponse,
  entries: readonly Entry[],
  pageSize: number,
): ServerResponse {
  const url = new URL(request.url ?? '/', 'https://hub.example');
  const from = Number(url.searchParams.get('cursor') ?? 0);
  const folders = [
    ...new Set(entries.flatMap(({ path }) => (path.includes('/') ? [path.split('/')[0]] : []))),
  ];
  const all = [
    ...folders.map((path) => ({ type: 'directory', oid: '0'.repeat(40), size: 0, path })),
    ...entries.map(({ path, bytes, oid, sha256: large }) => ({
      type: 'file',
      path,
      oid,
      size: bytes.length,
      ...(large === null ? {} : { lfs: { oid: large, size: bytes.length, pointerSize: 130 } }),
    })),
  ];
  if (from + pageSize < all.length) {
    url.searchParams.set('cursor', String(from + pageSize));
    // The hub names itself, whatever address it was reached by.
    response.setHeader('link', `<${url.href}>; rel="next"`);
  }
  return json(response, all.slice(from, from + pageSize));
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  whole: Buffer,
  etag: string,
  headers: Readonly<Record<string, string>>,
  fault: Fault | null,
): ServerResponse {
  if (fault !== null && broken(response, fault)) return response;
  const asked = fault?.kind === 'noRange' ? null : /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const from = Number(asked?.[1] ?? 0);
  if (asked !== null && from >= whole.length) {
    return response.writeHead(416, { 'content-range': `bytes */${whole.length}` }).end();
  }
  const to = asked?.[2] === undefined || asked[2] === '' ? whole.length : Number(asked[2]) + 1;
  let body = Buffer.from(whole.subarray(from, to));
  if (fault?.kind === 'wrongBytes') body = Buffer.from(body.map((byte) => byte ^ 0x55));
  if (fault?.kind === 'tooMuch') body = Buffer.concat([body, Buffer.from('and more')]);
  const cut =
    fault?.kind === 'truncate' || fault?.kind === 'stallAfter' ? Math.floor(body.length * fault.part) : null;
  const silent = fault?.kind === 'tooMuch' || (fault?.kind === 'truncate' && fault.silent);
  response.writeHead(asked === null ? 200 : 206, {
    ...headers,
    etag,
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
    ...(silent ? { connection: 'close' } : { 'content-length': String(body.length) }),
    ...(asked === null ? {} : { 'content-range': `bytes ${from}-${to - 1}/${whole.length}` }),
  });
  if (request.method === 'HEAD') response.end();
  else if (cut === null) response.end(body);
  else if (fault?.kind === 'stallAfter') response.write(body.subarray(0, cut));
  else if (silent) response.end(body.subarray(0, cut));
  // The length was promised: what was written goes out, and may be read, before the connection is cut.
  else response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), 100));
  return response;
}

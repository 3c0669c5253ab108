/**
 * One file from the hub into the cache's blobs: what a broken try left is gone on with by Range, and nothing gets its
 * final name before its size and digest are what the hub (or a lock) says.
 */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { writing } from '@evalgraph/system';
import { fileAddress } from './api.ts';
import { blobPath, incompletePath } from './cache.ts';
import { type Answer, HubFailure, isWebPage, request } from './http.ts';
import { messages } from './messages.ts';
import { GaveUp, patiently } from './patience.ts';
import { problemOf } from './refusal.ts';
import { type HubFile, isCommit, type RepositoryName } from './repository.ts';
import type { HubSettings } from './settings.ts';

export interface WantedFile {
  readonly repository: RepositoryName;
  readonly commit: string;
  readonly file: HubFile;
}

/** Whole files that arrived with a wrong digest before it is given up. */
const MAX_WRONG = 3;
const READ_BYTES = 1 << 20;

/**
 * The caller holds the file's claim. @param onBytes what was added to the file; negative where it was begun anew.
 * @throws UserError; what arrived is kept for the next time.
 */
export async function downloadBlob(
  settings: HubSettings,
  wanted: WantedFile,
  onBytes: (count: number) => void,
): Promise<void> {
  const path = incompletePath(settings, wanted.repository, wanted.file);
  await writing(path, () => mkdir(dirname(path), { recursive: true }));
  const partial = await openPartial(path, wanted.file, onBytes);
  try {
    await fill(settings, wanted, partial);
    await partial.flush();
  } finally {
    await partial.close();
  }
  const target = blobPath(settings, wanted.repository, wanted.file);
  await writing(target, () => rename(path, target));
}

async function fill(settings: HubSettings, wanted: WantedFile, partial: Partial): Promise<void> {
  const { repository, commit, file } = wanted;
  let best = partial.size();
  let wrong = 0;
  try {
    await patiently(settings.patience, async (progress) => {
      await receive(settings, wanted, partial, () => {
        if (partial.size() <= best) return;
        best = partial.size();
        progress();
      });
      if (partial.isRight()) return;
      await partial.restart();
      wrong += 1;
      const detail = 'bytes whose digest is not the one that the hub names';
      if (wrong >= MAX_WRONG)
        throw new UserError(messages.corruptDownload(repository, file.path, detail, wrong));
      throw new HubFailure({ kind: 'content', detail });
    });
  } catch (error) {
    if (!(error instanceof GaveUp)) throw error;
    const { failure } = error;
    const gone = failure.kind === 'status' && /^(Entry|Revision)NotFound$/.test(failure.code);
    throw new UserError(
      gone
        ? messages.noFile(repository, file.path, commit)
        : problemOf(settings, repository, `the request for ${file.path}`, error),
    );
  }
}

/** Adds to the file until it has its size. @throws HubFailure where it did not get that far. */
async function receive(
  settings: HubSettings,
  { repository, commit, file }: WantedFile,
  partial: Partial,
  onPiece: () => void,
): Promise<void> {
  if (partial.size() === file.size) return;
  const answer = await ask(settings, fileAddress(settings, repository, commit, file.path), partial);
  const trouble = troubleWith(answer, file, partial);
  if (trouble !== null) {
    answer.discard();
    throw new HubFailure({ kind: 'content', detail: trouble });
  }
  if (answer.status !== 206 && partial.size() > 0) await partial.restart();
  for await (const piece of answer.pieces()) {
    if (partial.size() + piece.length > file.size) {
      await partial.restart();
      throw new HubFailure({ kind: 'content', detail: `more than ${file.size} bytes` });
    }
    await partial.add(piece);
    onPiece();
  }
  if (partial.size() < file.size) {
    throw new HubFailure({ kind: 'network', reason: 'the connection broke off' });
  }
}

async function ask(settings: HubSettings, address: string, partial: Partial): Promise<Answer> {
  const from = partial.size();
  try {
    return await request(settings, address, from === 0 ? {} : { range: `bytes=${from}-` });
  } catch (error) {
    // "Range not satisfiable": what lies here is not the beginning of what lies there.
    const { failure } = error instanceof HubFailure ? error : { failure: null };
    if (failure?.kind !== 'status' || failure.status !== 416) throw error;
    await partial.restart();
    throw new HubFailure({ kind: 'content', detail: 'HTTP 416' });
  }
}

/** What is wrong with an answer before its body is read; null where nothing is. */
function troubleWith({ status, headers }: Answer, file: HubFile, partial: Partial): string | null {
  if (isWebPage(headers) && !/\.html?$/.test(file.path)) return 'a web page in place of the file';
  const from = status === 206 ? partial.size() : 0;
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
    const fits =
      range !== null && Number(range[1]) === from && ['*', String(file.size)].includes(range[2] ?? '');
    if (!fits) return 'a part of the file that was not asked for';
  }
  const length = headers.get('content-length');
  // A body that is encoded all the same has the length of its code.
  const encoded = (headers.get('content-encoding') ?? 'identity') !== 'identity';
  if (length === null || encoded || Number(length) === file.size - from) return null;
  return `${Number(length)} bytes in place of ${file.size - from}`;
}

/** A file that grows, and the digest of what it holds so far. */
interface Partial {
  size(): number;
  add(piece: Uint8Array): Promise<void>;
  restart(): Promise<void>;
  /** Whether the digests are those that are known of the file. */
  isRight(): boolean;
  flush(): Promise<void>;
  close(): Promise<void>;
}

async function openPartial(path: string, file: HubFile, onBytes: (count: number) => void): Promise<Partial> {
  const handle = await writing(path, () => open(path, 'a+'));
  let digests = newDigests(file);
  let size = 0;
  const restart = async (): Promise<void> => {
    onBytes(-size);
    digests = newDigests(file);
    size = 0;
    await writing(path, () => handle.truncate(0));
  };
  for await (const piece of stored(handle)) {
    digests.forEach((digest) => void digest.update(piece));
    size += piece.length;
  }
  onBytes(size);
  if (size > file.size) await restart();
  return {
    size: () => size,
    restart,
    isRight: () => matches(file, digests),
    async add(piece) {
      await writing(path, () => handle.appendFile(piece));
      digests.forEach((digest) => void digest.update(piece));
      size += piece.length;
      onBytes(piece.length);
    },
    flush: () => writing(path, () => handle.sync()),
    close: () => handle.close(),
  };
}

async function* stored(handle: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(READ_BYTES);
  for (let at = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

type Digests = ReadonlyMap<'sha256' | 'git', Hash>;

/** sha256 of the content, or git's object name: sha1 of "blob <size>\0" and the content; what is known of the file. */
function newDigests(file: HubFile): Digests {
  const digests = new Map<'sha256' | 'git', Hash>();
  if (file.sha256 !== null) digests.set('sha256', createHash('sha256'));
  if (isCommit(file.blob)) digests.set('git', createHash('sha1').update(`blob ${file.size}\0`));
  return digests;
}

/** Leaves the digests usable: what is right is not asked for again, what is wrong is begun anew. */
function matches(file: HubFile, digests: Digests): boolean {
  const expected = { sha256: file.sha256, git: file.blob };
  return [...digests].every(([kind, digest]) => digest.copy().digest('hex') === expected[kind]);
}

/**
 * Remembers digests by the file's stamp (size, inode, times), as git does with its index: no unchanged file is read
 * twice, neither in one process nor by the next. Stamps are of one machine, so they lie beside its results and are never
 * committed. A lost or torn memory only costs time.
 */
import { realpathSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  digestFile,
  type FileDigest,
  prettyJson,
  readRegularSync,
  sha256Hex,
  UserError,
  writeFileAtomic,
} from '@evalgraph/formats';

export interface DigestMemo {
  /** @throws the file system's error (ENOENT, EACCES, EIO). */
  digest(path: string): Promise<FileDigest>;
  /** The digest of a file that has not changed since it was read; null: it must be read. @throws as `digest` does. */
  known(path: string): FileDigest | null;
  /** Writes down what was read; what other processes wrote meanwhile stays. */
  save(): Promise<void>;
}

interface Verified {
  /** size, inode, mtime and ctime in nanoseconds. */
  readonly stamp: string;
  readonly sha256: string;
  /** The digest of path, stamp and digest: a digit that flipped would refuse a sound file, or let a changed one pass. */
  readonly check: string;
}

/**
 * Clocks of file systems tick every few milliseconds: a file that is written twice within a tick has one stamp for two
 * contents. A file this young is left to grow older before it is read.
 */
const TICK_MS = 20;
/** The step of the times that a file system of whole seconds keeps. */
const COARSE_TICK_MS = 2000;

const opened = new Map<string, DigestMemo>();

/** One for each file in a process. */
export function openDigestMemo(file: string): DigestMemo {
  const memo = opened.get(file) ?? newMemo(file);
  opened.set(file, memo);
  return memo;
}

function newMemo(file: string): DigestMemo {
  let onDisk: string | null = '';
  let entries = new Map<string, Verified>();
  const fresh = new Map<string, Verified>();
  const underWay = new Map<string, Promise<FileDigest>>();
  /** Other processes write it too. */
  const reload = (): void => {
    const stamp = stampOf(file);
    if (stamp === onDisk) return;
    onDisk = stamp;
    entries = new Map([...readMemo(file), ...fresh]);
  };
  const lookUp = (path: string, stamp: string): string | null => {
    const entry = entries.get(path) ?? entries.get(realpathSync(path));
    return entry?.stamp === stamp ? entry.sha256 : null;
  };
  const known = (path: string): FileDigest | null => {
    const { stamp, size } = lookAt(path);
    let sha256 = lookUp(path, stamp);
    if (sha256 === null) {
      reload();
      sha256 = lookUp(path, stamp);
    }
    return sha256 === null ? null : { sha256, size };
  };
  const read = async (path: string): Promise<FileDigest> => {
    const stamp = await settledStamp(path);
    const digest = await digestFile(path);
    // A file that was written to meanwhile is read again the next time.
    if (stamp !== null && lookAt(path).stamp === stamp) {
      const key = realpathSync(path);
      const entry = { stamp, sha256: digest.sha256, check: checkOf(key, stamp, digest.sha256) };
      entries.set(key, entry);
      fresh.set(key, entry);
    }
    return digest;
  };
  return {
    known,
    async digest(path) {
      const found = known(path);
      if (found !== null) return found;
      const work = underWay.get(path) ?? read(path).finally(() => underWay.delete(path));
      underWay.set(path, work);
      return work;
    },
    async save() {
      if (fresh.size === 0) return;
      const written = new Map(fresh);
      try {
        await writeFileAtomic(file, prettyJson(Object.fromEntries([...readMemo(file), ...written])));
        for (const [path, entry] of written) if (fresh.get(path) === entry) fresh.delete(path);
      } catch (error) {
        // Without the memory the next run digests again: a full or read-only disk must not hide the real outcome.
        if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      }
    },
  };
}

interface Look {
  /** What tells one content of a path from another without reading it. */
  readonly stamp: string;
  readonly size: number;
  readonly ctimeMs: number;
  /** Whether its file system keeps whole seconds. */
  readonly isCoarse: boolean;
}

/** @throws the file system's error. */
function lookAt(path: string): Look {
  const { size, ino, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  return {
    stamp: `${size}/${ino}/${mtimeNs}/${ctimeNs}`,
    size: Number(size),
    ctimeMs: Number(ctimeNs / 1_000_000n),
    isCoarse: ctimeNs % 1_000_000_000n === 0n,
  };
}

/** null where the file cannot be looked at. */
export function stampOf(path: string): string | null {
  try {
    return lookAt(path).stamp;
  } catch {
    return null;
  }
}

/**
 * The stamp of a file that is older than a tick, so that whatever is written from now on changes it.
 * @returns null where the file is written to all the time, or its times lie in the future
 */
async function settledStamp(path: string): Promise<string | null> {
  for (let look = 0; look < 3; look += 1) {
    const { stamp, ctimeMs, isCoarse } = lookAt(path);
    const tickMs = isCoarse ? COARSE_TICK_MS : TICK_MS;
    const ageMs = Date.now() - ctimeMs;
    if (ageMs < -tickMs) return null;
    if (ageMs > tickMs) return stamp;
    await sleep(tickMs - ageMs + 1);
  }
  return null;
}

/** Enough for 500,000 files. */
const MAX_MEMO_BYTES = 256 * 1024 * 1024;

/** What is no entry is left out: it is read again. */
function readMemo(file: string): ReadonlyMap<string, Verified> {
  let value: unknown;
  try {
    value = JSON.parse(readRegularSync(file, MAX_MEMO_BYTES).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof UserError) return new Map();
    if ((error as NodeJS.ErrnoException).code !== undefined) return new Map();
    throw error;
  }
  if (typeof value !== 'object' || value === null) return new Map();
  return new Map(Object.entries(value).filter((entry): entry is [string, Verified] => isVerified(...entry)));
}

function isVerified(path: string, value: unknown): value is Verified {
  if (typeof value !== 'object' || value === null) return false;
  const { stamp, sha256, check } = value as Partial<Record<keyof Verified, unknown>>;
  if (typeof stamp !== 'string' || typeof sha256 !== 'string') return false;
  return check === checkOf(path, stamp, sha256);
}

function checkOf(path: string, stamp: string, sha256: string): string {
  return sha256Hex([path, stamp, sha256].join('\n')).slice(0, 16);
}

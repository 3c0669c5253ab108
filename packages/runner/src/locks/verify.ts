/**
 * Files against their locks, before any computing. A full digest is taken once; afterwards a file whose size,
 * inode and times are those of a verified one is taken as verified (as git does with its index).
 */

import { readFileSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  digestFile,
  type FileDigest,
  isMissing,
  type Problem,
  prettyJson,
  UserError,
  writeFileAtomic,
} from '@evalgraph/formats';
import { messages } from '../messages.ts';

interface Verified {
  /** size, inode, mtime and ctime in nanoseconds. */
  readonly stamp: string;
  readonly sha256: string;
}

/** Remembers which files were digested, across runs. A lost or torn memory only costs time. */
export interface DigestMemo {
  digest(path: string): Promise<FileDigest>;
  save(): Promise<void>;
}

export function openDigestMemo(file: string): DigestMemo {
  const known = readMemo(file);
  let changed = false;
  return {
    async digest(path) {
      const info = await stat(path, { bigint: true });
      const stamp = `${info.size}/${info.ino}/${info.mtimeNs}/${info.ctimeNs}`;
      const entry = known.get(path);
      if (entry?.stamp === stamp) return { sha256: entry.sha256, size: Number(info.size) };
      const digest = await digestFile(path);
      known.set(path, { stamp, sha256: digest.sha256 });
      changed = true;
      return digest;
    },
    async save() {
      if (!changed) return;
      changed = false;
      try {
        await writeFileAtomic(file, prettyJson(Object.fromEntries(known)));
      } catch (error) {
        // Without the memory the next run digests again: a full or read-only disk must not hide the real outcome.
        if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      }
    },
  };
}

function readMemo(file: string): Map<string, Verified> {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, Verified>));
  } catch {
    // Absent or torn: everything is digested again.
    return new Map();
  }
}

/**
 * Notes files as they are now.
 * @returns a look at whether they still are; it throws a UserError where one was written to or is gone.
 */
export function watchFiles(folder: string, names: readonly string[]): () => void {
  const paths = names.map((name) => join(folder, name));
  const stamps = paths.map(stampOf);
  return () => {
    for (const [index, path] of paths.entries()) {
      if (stampOf(path) !== stamps[index]) throw new UserError(messages.weightsChanged(path));
    }
  };
}

/** null where the file cannot be looked at. */
function stampOf(path: string): string | null {
  try {
    const { size, ino, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${size}/${ino}/${mtimeNs}/${ctimeNs}`;
  } catch {
    return null;
  }
}

/** @throws UserError naming every file that is missing or differs from its lock. */
export async function verifyFiles(
  folder: string,
  files: Readonly<Record<string, FileDigest>>,
  lockFile: string,
  lockCommand: string,
  memo: DigestMemo,
): Promise<void> {
  const problems: Problem[] = [];
  for (const [name, expected] of Object.entries(files)) {
    const path = join(folder, name);
    try {
      const found = await memo.digest(path);
      if (found.sha256 !== expected.sha256) {
        problems.push(messages.lockMismatch(path, lockFile, expected, found, lockCommand));
      }
    } catch (error) {
      if (!isMissing(error)) {
        problems.push(messages.unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error)));
      } else {
        problems.push(messages.lockedFileMissing(path, lockFile, lockCommand));
      }
    }
  }
  await memo.save();
  if (problems.length > 0) throw new UserError(problems);
}

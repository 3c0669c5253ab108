/** A folder of claims on the disk. */
import { randomBytes } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isMissing, isProcessAlive, readRegularSync, UserError } from '@evalgraph/formats';
import { steadyMs } from '../clock.ts';
import { writingSync } from '../disk.ts';
import type { ClaimFolder } from './steps.ts';

/** A holder on another machine (or in another container) cannot be looked at: it touches its record this often. */
export const TOUCH_MS = 20_000;
/** A record names a few processes. */
const MAX_RECORD_BYTES = 64 * 1024;
/** Another machine's claim counts as abandoned when it was seen untouched for this long. */
const ABANDONED_MS = 5 * 60_000;

/** Stands between a record's name and the process that is about to write it. */
const STAGED = '~';

/** Every write is refused with a UserError that names the path. */
export function diskFolder(folder: string): ClaimFolder {
  const stage = (file: string, text: string): string => {
    const own = [hostname(), process.pid, randomBytes(4).toString('hex')].join(STAGED);
    const staged = join(folder, `${file}${STAGED}${own}`);
    try {
      writingSync(staged, () => writeFileSync(staged, text, { flag: 'wx' }));
    } catch (error) {
      rmSync(staged, { force: true });
      throw error;
    }
    return staged;
  };
  return {
    // A folder holds few records, so that the system lists them in one call, between two changes.
    list: () => {
      writingSync(folder, () => mkdirSync(folder, { recursive: true }));
      return readdirSync(folder);
    },
    read: (file) => readIfThere(join(folder, file)),
    // A link to a file that is written already: nobody ever reads half a record.
    make: (file, text) => {
      const staged = stage(file, text);
      try {
        linkSync(staged, join(folder, file));
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
        return writingSync(join(folder, file), () => {
          throw error;
        });
      } finally {
        rmSync(staged, { force: true });
      }
    },
    replace: (file, text) =>
      writingSync(join(folder, file), () => renameSync(stage(file, text), join(folder, file))),
    empty: (file) =>
      writingSync(join(folder, file), () => unlessGone(() => truncateSync(join(folder, file)))),
    remove: (file) => rmSync(join(folder, file), { force: true }),
    touch: (file) =>
      unlessGone(() => {
        const now = new Date();
        utimesSync(join(folder, file), now, now);
      }),
  };
}

function unlessGone(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** What processes of this machine were about to write when they were killed. */
export function sweepStaged(folder: string): void {
  for (const file of readdirSync(folder)) {
    const [, host, pid, nonce] = file.split(STAGED);
    if (nonce === undefined || host !== hostname() || isProcessAlive(Number(pid))) continue;
    rmSync(join(folder, file), { force: true });
  }
}

/** What a record of another machine looked like, and since when. */
interface Sight {
  readonly look: string;
  readonly sinceMs: number;
}

/**
 * Watches records of other machines. No clock of the time of day has a say: clocks of two machines differ, and one may
 * be set; it counts for how long a record was seen not to change.
 */
export function abandonmentIn(folder: string, nowMs: () => number = steadyMs): (file: string) => boolean {
  const sights = new Map<string, Sight>();
  return (file) => {
    const path = join(folder, file);
    let look: string;
    try {
      const { mtimeMs, ino } = statSync(path);
      look = `${mtimeMs} ${ino}`;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
    const before = sights.get(file);
    if (before?.look === look) return nowMs() - before.sinceMs > ABANDONED_MS;
    sights.set(file, { look, sinceMs: nowMs() });
    return false;
  };
}

function readIfThere(path: string): string | null {
  try {
    return readRegularSync(path, MAX_RECORD_BYTES).toString('utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    // No process writes such a thing: it is nobody's record.
    if (error instanceof UserError) return '';
    throw error;
  }
}

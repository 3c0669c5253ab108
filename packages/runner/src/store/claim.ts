/**
 * One process at a time computes a key. The claim is a file made exclusively; a claim whose process is gone (same
 * machine) or that was not touched while we watched it for long (another machine) is taken over. No clock of the time
 * of day has a say: clocks of two machines differ, and one may be set.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMissing, isProcessAlive, UserError } from '@evalgraph/formats';
import { steadyMs } from '../clock.ts';
import { writingSync } from '../disk.ts';
import { messages } from '../messages.ts';

const POLL_MS = 300;
const TOUCH_MS = 20_000;
/** Another machine's claim counts as abandoned when it was seen untouched for this long. */
const ABANDONED_MS = 5 * 60_000;

/** What a claim looked like, and since when. */
interface Sight {
  readonly mtimeMs: number;
  readonly sinceMs: number;
}

/** Waits until the key is free, then holds it. @returns the function that gives it back. */
export async function claimKey(store: string, key: string, onWait: () => void): Promise<() => void> {
  const path = join(store, 'claims', key);
  writingSync(dirname(path), () => mkdirSync(dirname(path), { recursive: true }));
  let sight: Sight | null = null;
  const look = (): boolean => {
    sight = seen(path, sight);
    return sight !== null && isAbandoned(path, steadyMs() - sight.sinceMs);
  };
  for (let waited = false; !tryClaim(path, look); waited = true) {
    if (!waited) onWait();
    await sleep(POLL_MS);
  }
  const timer = setInterval(() => touch(path), TOUCH_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    remove(path);
  };
}

function tryClaim(path: string, isAbandonedNow: () => boolean): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw new UserError(messages.cannotWrite(path, code ?? String(error)));
    if (isAbandonedNow()) remove(path);
    return false;
  }
  try {
    writeFileSync(file, `${hostname()} ${process.pid} ${startOf(process.pid) ?? '-'}\n`);
  } catch (error) {
    // On a full disk the file is there and empty: others would wait for whoever is about to write it.
    remove(path);
    throw new UserError(messages.cannotWrite(path, (error as NodeJS.ErrnoException).code ?? String(error)));
  } finally {
    closeSync(file);
  }
  return true;
}

function seen(path: string, before: Sight | null): Sight | null {
  try {
    const { mtimeMs } = statSync(path);
    return before?.mtimeMs === mtimeMs ? before : { mtimeMs, sinceMs: steadyMs() };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** When a process began, in the kernel's own count: tells it from a later one of the same number. null: not known. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name stands in parentheses and may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function isAlive(pid: number, start: string | undefined): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1 || !isProcessAlive(pid)) return false;
  const found = startOf(pid);
  return start === undefined || start === '-' || found === null || found === start;
}

/** @param unchangedMs how long nobody touched it before our eyes. */
function isAbandoned(path: string, unchangedMs: number): boolean {
  try {
    const [host, pid, start] = readFileSync(path, 'utf8').trim().split(' ');
    // Made but not yet written, or torn by a power loss.
    if (pid === undefined) return unchangedMs > TOUCH_MS;
    return host === hostname() ? !isAlive(Number(pid), start) : unchangedMs > ABANDONED_MS;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

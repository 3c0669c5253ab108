/**
 * One process at a time computes a key. The claim is a file made exclusively; a claim whose process is gone (same
 * machine) or that was not touched for long (another machine) is taken over.
 */
import { mkdirSync, readFileSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMissing, isProcessAlive, UserError } from '@evalgraph/formats';
import { writingSync } from '../disk.ts';
import { messages } from '../messages.ts';

const POLL_MS = 300;
const TOUCH_MS = 20_000;
/** Another machine's claim counts as abandoned after this long without a touch. */
const ABANDONED_MS = 5 * 60_000;

/** Waits until the key is free, then holds it. @returns the function that gives it back. */
export async function claimKey(store: string, key: string, onWait: () => void): Promise<() => void> {
  const path = join(store, 'claims', key);
  writingSync(dirname(path), () => mkdirSync(dirname(path), { recursive: true }));
  for (let waited = false; !tryClaim(path); waited = true) {
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

function tryClaim(path: string): boolean {
  try {
    writeFileSync(path, `${hostname()} ${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw new UserError(messages.cannotWrite(path, code ?? String(error)));
    if (isAbandoned(path)) remove(path);
    return false;
  }
}

function isAbandoned(path: string): boolean {
  try {
    const [host, pid] = readFileSync(path, 'utf8').trim().split(' ');
    const ageMs = Date.now() - statSync(path).mtimeMs;
    // Made but not yet written, or torn by a power loss.
    if (pid === undefined) return ageMs > TOUCH_MS;
    return host === hostname() ? !isProcessAlive(Number(pid)) : ageMs > ABANDONED_MS;
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

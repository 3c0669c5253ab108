/**
 * A lease of a GPU: a file that says which process holds it. Of several processes one gets it; one that is alive keeps
 * it until it gives it back, and one that is gone, however it ended, holds nothing.
 *
 * Lease files of a GPU are numbered: `<uuid>.<n>`, and the highest number counts. To take a lease is to make the next
 * number, which the file system lets one process do. Removing a dead file and making a new one in its place would leave
 * a moment in which a second process removes the new one; here the highest number never disappears.
 */

import { randomBytes } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isMissing } from '@evalgraph/formats';
import { writingSync } from '../disk.ts';
import { isSameProcess, processStart } from './process-start.ts';

/** A holder on another machine (or in another container) cannot be looked at: it touches its file this often. */
const TOUCH_MS = 20_000;
/** Untouched for so long, another machine's lease is abandoned. */
const ABANDONED_MS = 5 * 60_000;

interface Holder {
  readonly pid: number;
  /** What the system says of the process's start; null where it does not say. */
  readonly start: string | null;
}

interface LeaseRecord {
  readonly host: string;
  /** The process that took it and those that compute for it: an engine may outlive its runner. None: given back. */
  readonly holders: readonly Holder[];
}

export interface Lease {
  /** The process that computes on the GPU: the lease lasts as long as it does. */
  extendTo(pid: number): void;
  release(): void;
}

export type Taken =
  | { readonly taken: true; readonly lease: Lease }
  | { readonly taken: false; readonly pid: number; readonly host: string };

/**
 * @param folder of the leases; made where there is none
 * @param name of what is leased
 * @throws UserError where the folder cannot be written
 */
export function tryLease(folder: string, name: string): Taken {
  writingSync(folder, () => mkdirSync(folder, { recursive: true }));
  for (;;) {
    const highest = highestOf(folder, name);
    const record = highest === 0 ? null : readRecord(join(folder, `${name}.${highest}`));
    const living = record === null ? null : livingHolder(record, join(folder, `${name}.${highest}`));
    if (record !== null && living !== null) return { taken: false, pid: living.pid, host: record.host };
    const own = highest + 1;
    const path = join(folder, `${name}.${own}`);
    const mine: LeaseRecord = {
      host: hostname(),
      holders: [{ pid: process.pid, start: processStart(process.pid) }],
    };
    if (!makeWhole(path, mine)) continue;
    // The number may have been free only because its file is of the past: then a higher one is there.
    if (highestOf(folder, name) > own) {
      rmSync(path, { force: true });
      continue;
    }
    for (let old = own - 1; old > 0 && old > own - 50; old--)
      rmSync(join(folder, `${name}.${old}`), { force: true });
    return { taken: true, lease: heldLease(path, mine) };
  }
}

function heldLease(path: string, first: LeaseRecord): Lease {
  let record = first;
  const timer = setInterval(() => touch(path), TOUCH_MS);
  timer.unref();
  return {
    extendTo(pid) {
      record = { ...record, holders: [...first.holders, { pid, start: processStart(pid) }] };
      replace(path, record);
    },
    release() {
      clearInterval(timer);
      replace(path, { ...record, holders: [] });
    },
  };
}

function highestOf(folder: string, name: string): number {
  const numbers = readdirSync(folder)
    .filter((file) => file.startsWith(`${name}.`))
    .map((file) => file.slice(name.length + 1))
    .filter((rest) => /^\d+$/.test(rest))
    .map(Number);
  return Math.max(0, ...numbers);
}

/** @returns null where the file is gone: a higher number took its place. */
function readRecord(path: string): LeaseRecord | null {
  try {
    const { host, holders } = (JSON.parse(readFileSync(path, 'utf8')) ?? {}) as Partial<LeaseRecord>;
    if (typeof host !== 'string' || !Array.isArray(holders)) return abandoned;
    return { host, holders: holders.filter(isHolder) };
  } catch (error) {
    if (isMissing(error)) return null;
    // Files come into being whole; only a power loss leaves less.
    if (error instanceof SyntaxError) return abandoned;
    throw error;
  }
}

function isHolder(value: Partial<Holder> | null): value is Holder {
  const { pid, start } = value ?? {};
  return Number.isSafeInteger(pid) && (start === null || typeof start === 'string');
}

const abandoned: LeaseRecord = { host: hostname(), holders: [] };

function livingHolder({ host, holders }: LeaseRecord, path: string): Holder | null {
  if (host === hostname()) return holders.find((holder) => isSameProcess(holder.pid, holder.start)) ?? null;
  const [first] = holders;
  if (first === undefined) return null;
  try {
    return Date.now() - statSync(path).mtimeMs > ABANDONED_MS ? null : first;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** A link to a file that is written already: nobody ever reads half a record. @returns whether the name was free. */
function makeWhole(path: string, record: LeaseRecord): boolean {
  const staged = stage(path, record);
  try {
    linkSync(staged, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(staged, { force: true });
  }
}

function replace(path: string, record: LeaseRecord): void {
  writingSync(path, () => renameSync(stage(path, record), path));
}

function stage(path: string, record: LeaseRecord): string {
  const staged = `${path}-${process.pid}-${randomBytes(4).toString('hex')}`;
  writingSync(staged, () => writeFileSync(staged, `${JSON.stringify(record)}\n`));
  return staged;
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

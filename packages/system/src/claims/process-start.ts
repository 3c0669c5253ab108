/** Whether a process is still the one that was meant: numbers of processes are given out again. */
import { readFileSync, readlinkSync } from 'node:fs';
import { isProcessAlive } from '@evalgraph/formats';

/** Field 22 of /proc/<pid>/stat, counted behind the name, which may hold blanks and brackets. */
const START_FIELD = 22 - 3;

/** Ticks from the machine's start to the process's, with the machine's start; null where the system does not say. */
export function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_FIELD];
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return ticks === undefined ? null : `${boot} ${ticks}`;
  } catch {
    // No /proc (macOS), or no such process: then its number alone has to do.
    return null;
  }
}

/** A process that has ended and waits to be collected is gone: it computes nothing. */
export function isSameProcess(pid: number, start: string | null): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || !isProcessAlive(pid) || isEnded(pid)) return false;
  return start === null || processStart(pid) === start;
}

function isEnded(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** Within which numbers of processes mean the same: two containers of one name see each other's numbers as nobody's. */
export function processSpace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

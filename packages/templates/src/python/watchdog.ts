/**
 * A limit on the time that work for a task may take: templates and regular expressions are data, and a short one can
 * run for years. V8's own watchdog ends it wherever it is. It costs a thread, some 0.2 ms a call, so whoever sees
 * beforehand that the work is small goes without.
 */
import { createContext, Script } from 'node:vm';
import { PythonError } from './value.ts';

/** The limit is one of processor time, so that a busy machine refuses no work that a quiet one does. */
export const LIMIT_MS = 800;
/**
 * A share of the limit: work that was stopped with less than that is tried again, with as much longer as its share was
 * small.
 */
const ENOUGH = 0.9;
/** Who was given next to nothing once may be given everything the next time: so the time grows in steps. */
const MAX_FACTOR = 2;
const TIMEOUT = 'ERR_SCRIPT_EXECUTION_TIMEOUT';

let current: (() => unknown) | null = null;
const context = createContext({ run: () => current?.() });
const script = new Script('run()');

/** Whether a watchdog is on: work inside needs none of its own. */
export function isWatched(): boolean {
  return current !== null;
}

/**
 * @param work gives the same when it is run again
 * @param what for the message: `the template …`
 * @throws PythonError where it takes more than LIMIT_MS, or outgrows the stack or what a text or list can hold.
 */
export function watched<T>(what: string, work: () => T): T {
  if (isWatched()) return work();
  for (let timeout = LIMIT_MS; ; ) {
    const before = cpuUsage();
    current = work;
    try {
      return script.runInContext(context, { timeout: Math.ceil(timeout) }) as T;
    } catch (error) {
      const { user, system } = cpuUsage(before);
      const isLate = (error as { code?: unknown } | null)?.code === TIMEOUT;
      if (!isLate) throw bounded(what, error);
      const had = (user + system) / 1000 / LIMIT_MS;
      if (had >= ENOUGH) {
        throw new PythonError('TimeoutError', `${what} takes more than ${LIMIT_MS / 1000} s`);
      }
      timeout *= Math.min(MAX_FACTOR, 1 / had);
    } finally {
      current = null;
    }
  }
}

/** The processor time of this thread, where Node knows it: engines compute beside it. */
function cpuUsage(before?: NodeJS.CpuUsage): NodeJS.CpuUsage {
  return process.threadCpuUsage?.(before) ?? process.cpuUsage(before);
}

/** V8's answers to what is too deep, too long or too many, as an error of the task; anything else as it is. */
export function bounded(what: string, error: unknown): unknown {
  if (!(error instanceof RangeError)) return error;
  return new PythonError('MemoryError', `${what} is nested too deeply or makes too much (${error.message})`);
}

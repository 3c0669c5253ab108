/**
 * A limit on the time that work for a task may take: templates and regular expressions are data, and a short one can
 * run for years. V8's own watchdog ends it wherever it is. It costs a thread, some 0.2 ms a call, so whoever sees
 * beforehand that the work is small goes without.
 */
import { createContext, Script } from 'node:vm';
import { PythonError } from './value.ts';

export const LIMIT_MS = 800;
/** A machine that slept, or gives this process little time, has the limit passed without the work: again then. */
const MAX_TRIES = 20;
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
  for (let tries = 1; ; tries += 1) {
    const before = process.cpuUsage();
    current = work;
    try {
      return script.runInContext(context, { timeout: LIMIT_MS }) as T;
    } catch (error) {
      const { user, system } = process.cpuUsage(before);
      const isLate = (error as { code?: unknown } | null)?.code === TIMEOUT;
      if (isLate && tries < MAX_TRIES && (user + system) / 1000 < LIMIT_MS / 2) continue;
      if (isLate) throw new PythonError('TimeoutError', `${what} takes more than ${LIMIT_MS / 1000} s`);
      throw bounded(what, error);
    } finally {
      current = null;
    }
  }
}

/** V8's answers to what is too deep, too long or too many, as an error of the task; anything else as it is. */
export function bounded(what: string, error: unknown): unknown {
  if (!(error instanceof RangeError)) return error;
  return new PythonError('MemoryError', `${what} is nested too deeply or makes too much (${error.message})`);
}

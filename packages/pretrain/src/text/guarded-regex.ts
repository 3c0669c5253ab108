/**
 * A user's regular expressions in bounded time: V8's watchdog ends a match wherever it is. It costs some 0.2 ms a call,
 * so a batch of texts runs under one watchdog, and only a batch that is late is looked at text by text.
 */
import { createContext, Script } from 'node:vm';

const TIMEOUT = 'ERR_SCRIPT_EXECUTION_TIMEOUT';
/** A machine that gives this thread little time lets the limit pass without the work: again then. */
const MAX_TRIES = 20;

let current: (() => unknown) | null = null;
const context = createContext({ run: () => current?.() });
const script = new Script('run()');

/** The results for all texts, or the index of the first text whose match takes longer than the limit. */
export function guardedMap<T>(
  texts: readonly string[],
  work: (text: string) => T,
  timeoutMs: number,
): { readonly results: readonly T[] } | { readonly late: number } {
  const all = within(timeoutMs, () => texts.map(work));
  if (all !== null) return { results: all };
  const results: T[] = [];
  for (const [at, text] of texts.entries()) {
    const one = within(timeoutMs, () => [work(text)]);
    if (one === null) return { late: at };
    results.push(...one);
  }
  return { results };
}

function within<T>(timeoutMs: number, work: () => T): T | null {
  for (let tries = 1; ; tries += 1) {
    const before = process.threadCpuUsage();
    current = work;
    try {
      return script.runInContext(context, { timeout: timeoutMs }) as T;
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== TIMEOUT) throw error;
      const { user, system } = process.threadCpuUsage(before);
      if (tries < MAX_TRIES && (user + system) / 1000 < timeoutMs / 2) continue;
      return null;
    } finally {
      current = null;
    }
  }
}

/**
 * Prompts that wait together are answered together. Knows nothing of HTTP or engines: a function that answers a
 * batch comes in.
 */
import { ApiFailure } from './api-failure.ts';
import { apiErrors } from './messages.ts';

/** More prompts in one plan share no more, but make the first of them wait. */
const MAX_BATCH = 128;
/** Clients with many connections fill this; then they are told to come back. */
const MAX_WAITING = 4096;
/** What concurrent clients send in one burst arrives within this time. */
const GATHER_MS = 3;

export interface Queue<Job, Result> {
  /** @param wanted false: nobody waits for the answer any more, it need not be computed. */
  add(jobs: readonly Job[], wanted: () => boolean): Promise<readonly Result[]>;
  /** Refuses what waits and what comes; resolves when nothing runs. */
  stop(): Promise<void>;
}

interface Entry<Job, Result> {
  readonly job: Job;
  readonly wanted: () => boolean;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export function openQueue<Job, Result>(
  answer: (jobs: readonly Job[]) => Promise<readonly Result[]>,
): Queue<Job, Result> {
  const waiting: Entry<Job, Result>[] = [];
  let running: Promise<void> | null = null;
  let stopped = false;

  async function runAll(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MAX_BATCH).filter((entry) => {
        const wanted = entry.wanted();
        if (!wanted) entry.reject(new ApiFailure(apiErrors.stopping()));
        return wanted;
      });
      if (batch.length === 0) continue;
      try {
        const results = await answer(batch.map(({ job }) => job));
        batch.forEach(({ resolve, reject }, i) => {
          const result = results[i];
          if (result === undefined) reject(new Error('a prompt was not answered'));
          else resolve(result);
        });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    // In the same step as the last look at what waits, so that nothing is added unseen.
    running = null;
  }

  return {
    add: (jobs, wanted) => {
      if (stopped) return Promise.reject(new ApiFailure(apiErrors.stopping()));
      if (waiting.length + jobs.length > MAX_WAITING) {
        return Promise.reject(new ApiFailure(apiErrors.overloaded(waiting.length)));
      }
      const results = jobs.map(
        (job) =>
          new Promise<Result>((resolve, reject) => {
            waiting.push({ job, wanted, resolve, reject });
          }),
      );
      running ??= runAll();
      return Promise.all(results);
    },
    stop: async () => {
      stopped = true;
      for (const { reject } of waiting.splice(0)) reject(new ApiFailure(apiErrors.stopping()));
      await running;
    },
  };
}

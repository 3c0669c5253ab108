/** Worker threads that take jobs in turn; results come back in the order of the jobs, whoever did them. */
import { Worker } from 'node:worker_threads';
import { builtProgram, type Problem, UserError } from '@evalgraph/formats';
import type { CorpusConfig } from './config.ts';
import type { GramIndex } from './contamination.ts';
import type { PhaseJob, UnitResult } from './phase.ts';
import type { ShardEntry } from './records.ts';
import type { ShardJob } from './shards.ts';

export interface Setup {
  readonly config: CorpusConfig;
  readonly indexes: readonly (readonly [number, GramIndex])[];
}

export type Job = PhaseJob | ShardJob;
/** Said to a thread that has nothing to do. */
export const CLOSE = 'close';
export type ResultOf<J extends Job> = J extends PhaseJob ? UnitResult : ShardEntry;
export type Answer =
  /** Is told how far the job is, on the way to its result. */
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'result'; readonly value: UnitResult | ShardEntry }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }
  | { readonly kind: 'defect'; readonly message: string };

/** Small spaces are collected more often; a unit, its texts and a shard fit well. Buffers are outside of them. */
const LIMITS = { maxYoungGenerationSizeMb: 48, maxOldGenerationSizeMb: 1024 };

const CLOSE_PATIENCE_MS = 10_000;

export class Pool {
  readonly #workers: readonly Worker[];
  readonly #busy = new Set<Worker>();

  constructor(size: number, setup: Setup) {
    const program = builtProgram(import.meta.url, 'corpus/worker.ts');
    this.#workers = Array.from({ length: size }, () => {
      const worker = new Worker(program, { workerData: setup, resourceLimits: LIMITS });
      worker.setMaxListeners(0);
      return worker;
    });
  }

  /**
   * @param onProgress gets of each job how much of it is done, 0 to 1
   * @throws UserError of the earliest job that failed; jobs not begun are left.
   */
  async runAll<J extends Job>(
    count: number,
    jobOf: (at: number) => J,
    onProgress: (shares: readonly number[]) => void,
    signal: AbortSignal | null,
  ): Promise<readonly ResultOf<J>[]> {
    const results = new Array<ResultOf<J>>(count);
    const failures: { at: number; error: unknown }[] = [];
    const shares = new Array<number>(count).fill(0);
    const note = (at: number, share: number): void => {
      shares[at] = share;
      onProgress(shares);
    };
    let next = 0;
    const serve = async (worker: Worker): Promise<void> => {
      while (next < count && failures.length === 0) {
        signal?.throwIfAborted();
        const at = next;
        next += 1;
        this.#busy.add(worker);
        try {
          results[at] = (await ask(worker, jobOf(at), (share) => note(at, share))) as ResultOf<J>;
        } catch (error) {
          failures.push({ at, error });
          return;
        } finally {
          this.#busy.delete(worker);
        }
        note(at, 1);
      }
    };
    await Promise.all(this.#workers.map(serve));
    const [first] = failures.sort((a, b) => a.at - b.at);
    if (first !== undefined) throw first.error;
    return results;
  }

  /** Idle threads end by themselves, whatever they have open; one whose work nobody waits for any more is ended. */
  async close(): Promise<void> {
    await Promise.all(
      this.#workers.map(async (worker) => {
        const ended = new Promise((resolve) => worker.once('exit', resolve));
        // It is gone already.
        if (worker.threadId < 0) return;
        if (!this.#busy.has(worker)) worker.postMessage(CLOSE);
        else await worker.terminate();
        const late = setTimeout(() => void worker.terminate(), CLOSE_PATIENCE_MS);
        await ended;
        clearTimeout(late);
      }),
    );
  }
}

function ask(worker: Worker, job: Job, onShare: (share: number) => void): Promise<UnitResult | ShardEntry> {
  return new Promise((resolve, reject) => {
    const clean = (): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
    };
    const onMessage = (answer: Answer): void => {
      if (answer.kind === 'share') {
        try {
          onShare(answer.share);
        } catch (error) {
          clean();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
        return;
      }
      clean();
      if (answer.kind === 'result') resolve(answer.value);
      else if (answer.kind === 'problems') reject(new UserError(answer.problems));
      else reject(new Error(answer.message));
    };
    const onError = (error: Error): void => {
      clean();
      reject(error);
    };
    const onExit = (code: number): void => {
      clean();
      reject(new Error(`a worker thread ended with code ${code}`));
    };
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
    worker.postMessage(job);
  });
}

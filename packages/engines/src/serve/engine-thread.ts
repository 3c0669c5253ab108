/** The worker as promises: one batch at a time, an end when it ends. */
import { Worker } from 'node:worker_threads';
import { builtProgram, UserError } from '@evalgraph/formats';
import { messages } from './messages.ts';
import type { FromServeWorker, Job, JobResult, ServeSetup, ToServeWorker } from './protocol.ts';

export interface EngineThread {
  /** Tokens of prompt and answer that the model takes. */
  readonly contextLength: number;
  /** One result for each job. @throws UserError where the engine refuses or has died. Not while another runs. */
  answer(jobs: readonly Job[]): Promise<readonly JobResult[]>;
  /** Resolves with the reason if the thread ends by itself. */
  readonly died: Promise<Error>;
  /** Waits for a running batch. */
  close(): Promise<void>;
}

/** @throws UserError where the checkpoint or its tokenizer cannot be read. */
export async function openEngineThread(setup: ServeSetup): Promise<EngineThread> {
  const worker = new Worker(builtProgram(import.meta.url, 'serve/worker.ts'), { workerData: setup });
  const { promise: died, resolve: die } = Promise.withResolvers<Error>();
  const waiting: PromiseWithResolvers<FromServeWorker>[] = [];
  let end: Error | null = null;

  const fail = (error: Error): void => {
    end ??= error;
    for (const { reject } of waiting.splice(0)) reject(error);
    die(error);
  };
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new UserError(messages.workerEnded(setup.folder, code))));
  worker.on('message', (message: FromServeWorker) => {
    const next = waiting.shift();
    if (message.op === 'problems') next?.reject(new UserError(message.problems));
    else if (message.op === 'defect') next?.reject(new Error(message.text));
    else next?.resolve(message);
  });
  const next = (): Promise<FromServeWorker> => {
    if (end !== null) return Promise.reject(end);
    const answer = Promise.withResolvers<FromServeWorker>();
    waiting.push(answer);
    return answer.promise;
  };
  const ask = (message: ToServeWorker): Promise<FromServeWorker> => {
    const answer = next();
    worker.postMessage(message);
    return answer;
  };

  const ready = await next();
  if (ready.op !== 'ready') throw new Error(`the worker began with '${ready.op}'`);
  return {
    contextLength: ready.contextLength,
    died,
    answer: async (jobs) => {
      const message = await ask({ op: 'batch', jobs });
      if (message.op !== 'results') throw new Error(`a batch was answered by '${message.op}'`);
      return message.results;
    },
    close: async () => {
      if (end === null) await ask({ op: 'close' }).catch(() => {});
      await worker.terminate();
    },
  };
}

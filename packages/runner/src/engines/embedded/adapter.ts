/** The embedded engine as a session: starts the worker of a checkpoint and turns its messages into promises. */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { UserError } from '@evalgraph/formats';
import { messages } from '../../messages.ts';
import type { RequestEngine, RunCallbacks, Session, TokenCounts } from '../session.ts';
import { EMBEDDED_IDENTITY } from './identity.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './protocol.ts';

export const embeddedEngine: RequestEngine = {
  kind: 'requests',
  identity: EMBEDDED_IDENTITY,
  versions: () => ({
    'onnxruntime-node': packageVersion('onnxruntime-node'),
    tokenizers: packageVersion('tokenizers'),
  }),
  open: (folder, settings, threads) => openSession({ folder, settings, threads }),
};

function packageVersion(name: string): string {
  const path = createRequire(import.meta.url).resolve(`${name}/package.json`);
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return version;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly callbacks: RunCallbacks | null;
}

/** @throws UserError where the checkpoint or its tokenizer cannot be read. */
async function openSession(setup: WorkerSetup): Promise<Session> {
  const worker = startWorker();
  const pending: Pendings = new Map();
  let calls = 0;

  const failAll = (error: Error): void => {
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.on('error', failAll);
  worker.on('exit', (code, signal) =>
    failAll(new UserError(messages.workerEnded(setup.folder, code, signal))),
  );
  const post = (message: ToWorker): void => {
    // A worker that is gone has failed its calls by its exit; the send's own error says nothing more.
    worker.send(message, () => {});
  };
  worker.on('message', (message) =>
    receive(pending, message as FromWorker, (call) => post({ call, op: 'abort' })),
  );

  const ask = (message: ToWorker, callbacks: RunCallbacks | null = null): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (worker.exitCode !== null || worker.signalCode !== null) {
        reject(new UserError(messages.workerEnded(setup.folder, worker.exitCode, worker.signalCode)));
        return;
      }
      pending.set(message.call, { resolve, reject, callbacks });
      post(message);
    });

  try {
    await ask({ call: 0, op: 'open', setup });
  } catch (error) {
    worker.kill();
    await ended;
    throw error;
  }
  return {
    encode: async (text) => (await ask({ call: ++calls, op: 'encode', text })) as readonly number[],
    count: async (requests) => (await ask({ call: ++calls, op: 'count', requests })) as TokenCounts,
    run: async (requests, callbacks) =>
      (await ask(
        { call: ++calls, op: 'run', requests, done: [...callbacks.done] },
        callbacks,
      )) as TokenCounts,
    close: async () => {
      await ask({ call: ++calls, op: 'close' });
      await ended;
    },
  };
}

/**
 * A process, not a thread: what kills native code (no memory left, a file that shrinks while mapped) then ends one
 * checkpoint's worker and not the run.
 */
function startWorker(): ChildProcess {
  return fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

type Pendings = Map<number, Pending>;

function receive(pending: Pendings, message: FromWorker, abort: (call: number) => void): void {
  const entry = pending.get(message.call);
  if (entry === undefined) return;
  switch (message.op) {
    case 'answers':
    case 'progress':
      try {
        if (message.op === 'answers') entry.callbacks?.onAnswers(message.answers);
        else entry.callbacks?.onProgress(message.tokens);
        return;
      } catch (error) {
        // A full disk under the journal ends this call: no later answer may reach callbacks that have given up.
        entry.reject(error instanceof Error ? error : new Error(String(error)));
        abort(message.call);
      }
      break;
    case 'result':
      entry.resolve(message.value);
      break;
    case 'problems':
      entry.reject(new UserError(message.problems));
      break;
    case 'defect':
      entry.reject(new Error(message.text));
  }
  pending.delete(message.call);
}

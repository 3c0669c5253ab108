/** The embedded engine as a session: starts the worker of a checkpoint and turns its messages into promises. */

import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { builtProgram, UserError } from '@evalgraph/formats';
import { endWithUs } from '@evalgraph/system';
import { type SilenceWatch, silenceText, watchSilence } from '../launchers/silence.ts';
import type { RequestEngine, RunCallbacks, Session, TokenCounts, TokenFacts } from '../session.ts';
import { EMBEDDED_IDENTITY } from './identity.ts';
import { messages } from './messages.ts';
import type { DivergenceWindow, FromWorker, ToWorker, WindowDivergence, WorkerSetup } from './protocol.ts';

const DEFAULT_SILENCE_MS = 30 * 60_000;

/** @param silenceMs a worker that is asked something and sends no message for so long is ended */
export function embeddedEngineWith(silenceMs: number): RequestEngine {
  return {
    kind: 'requests',
    identity: EMBEDDED_IDENTITY,
    versions: () => ({
      'onnxruntime-node': packageVersion('onnxruntime-node'),
      tokenizers: packageVersion('tokenizers'),
    }),
    open: (folder, settings, threads) => openSession({ folder, settings, threads }, silenceMs),
  };
}

export const embeddedEngine: RequestEngine = embeddedEngineWith(DEFAULT_SILENCE_MS);

function packageVersion(name: string): string {
  const path = createRequire(import.meta.url).resolve(`${name}/package.json`);
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return version;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly callbacks: RunCallbacks | null;
  readonly onWindow: ((window: WindowDivergence) => void) | null;
}

/** What only the embedded engine does, because whole distributions never leave its worker. */
export interface DivergenceSession {
  /** Says how far this session's checkpoint is from the one in `dense`. @throws UserError as a run does */
  diverge(
    dense: WorkerSetup,
    windows: readonly DivergenceWindow[],
    onWindow: (window: WindowDivergence) => void,
  ): Promise<void>;
  /** Each list of tokens as text, special tokens included. */
  texts(tokens: readonly (readonly number[])[]): Promise<readonly string[]>;
}

export function canDiverge(session: Session): session is Session & DivergenceSession {
  return 'diverge' in session;
}

/** @throws UserError where the checkpoint or its tokenizer cannot be read. */
async function openSession(setup: WorkerSetup, silenceMs: number): Promise<Session & DivergenceSession> {
  const worker = startWorker();
  endWithUs(worker);
  const pending: Pendings = new Map();
  let calls = 0;

  const failAll = (error: Error): void => {
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  let watch: SilenceWatch | null = null;
  let wasSilent = false;
  const listen = (): void => {
    watch?.heard();
    if (pending.size === 0) {
      watch?.stop();
      watch = null;
      return;
    }
    watch ??= watchSilence(silenceMs, () => {
      wasSilent = true;
      worker.kill('SIGKILL');
    });
  };
  worker.on('error', failAll);
  worker.on('exit', (code, signal) => {
    const problem = wasSilent
      ? messages.workerEnded.silent(setup.folder, silenceText(silenceMs))
      : messages.workerEnded.ended(setup.folder, code, signal);
    failAll(new UserError(problem));
    listen();
  });
  const post = (message: ToWorker): void => {
    // A worker that is gone has failed its calls by its exit; the send's own error says nothing more.
    worker.send(message, () => {});
  };
  worker.on('message', (message) => {
    receive(pending, message as FromWorker, (call) => post({ call, op: 'abort' }));
    listen();
  });

  const ask = (
    message: ToWorker,
    callbacks: RunCallbacks | null = null,
    onWindow: Pending['onWindow'] = null,
  ): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (worker.exitCode !== null || worker.signalCode !== null) {
        reject(new UserError(messages.workerEnded.ended(setup.folder, worker.exitCode, worker.signalCode)));
        return;
      }
      pending.set(message.call, { resolve, reject, callbacks, onWindow });
      listen();
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
    facts: async () => (await ask({ call: ++calls, op: 'facts' })) as TokenFacts,
    texts: async (tokens) => (await ask({ call: ++calls, op: 'texts', tokens })) as readonly string[],
    diverge: async (dense, windows, onWindow) => {
      await ask({ call: ++calls, op: 'divergence', dense, windows }, null, onWindow);
    },
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
  return fork(builtProgram(import.meta.url, 'embedded/worker.ts'), {
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
    case 'window':
      try {
        if (message.op === 'window') entry.onWindow?.(message.window);
        else if (message.op === 'answers') entry.callbacks?.onAnswers(message.answers);
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

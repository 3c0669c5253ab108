/**
 * Chat templates of checkpoints run in a thread of their own, with a limit on its memory and a deadline: a checkpoint
 * is a stranger's, and what the weighing of templates (python/meter.ts) overlooks must end that thread, not the
 * process. One thread serves all templates of a process; a call costs some hundredths of a millisecond more.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { builtProgram } from '@evalgraph/formats';
import { PythonError } from '../python/value.ts';
import { ANSWERED, type ChatAnswer, type ChatCall, type ChatSetup, WAITING } from './chat-protocol.ts';
import type { ChatExtra } from './chat-template.ts';
import type { ChatTemplate } from './message.ts';

/** Far more than a template may take by its own limits, even on a busy machine. */
const DEADLINE_MS = 20_000;
const START_MS = 120_000;
const MEMORY_MB = 512;
const STACK_MB = 4;

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly flag: Int32Array;
  /** The templates that it was sent. */
  readonly known: Set<number>;
}

export interface IsolationOptions {
  /** Whose template it is, for messages. */
  readonly checkpoint: string;
  readonly deadlineMs?: number;
}

export type Isolate = (template: string, extra: ChatExtra, options: IsolationOptions) => ChatTemplate;

/**
 * Does what chatTemplateOf does, in the thread of this process.
 * @throws PythonError (in use) as chatTemplateOf, and where the thread had to be ended: it names the checkpoint
 */
export const isolatedChatTemplate: Isolate = isolateWithin(MEMORY_MB);

/** A thread with a limit on its memory, which starts when a template is first used. */
export function isolateWithin(memoryMb: number): Isolate {
  let running: Thread | null = null;
  let templates = 0;

  function end(thread: Thread): void {
    if (running === thread) running = null;
    endThread(thread);
  }
  return (template, extra, { checkpoint, deadlineMs = DEADLINE_MS }) => {
    templates += 1;
    const id = templates;
    let failure: PythonError | null = null;
    return (messages, addGenerationPrompt) => {
      if (failure !== null) throw failure;
      const thread = running ?? startThread(memoryMb, end);
      running = thread;
      const definition = thread.known.has(id) ? null : { template, extra };
      thread.known.add(id);
      const answer = ask(thread, { id, definition, messages, addGenerationPrompt }, deadlineMs);
      if (answer === null) {
        end(thread);
        failure = new PythonError(
          'TimeoutError',
          `the chat template of ${checkpoint} takes more than ${deadlineMs / 1000} s, or more memory than ${memoryMb} MB`,
        );
        throw failure;
      }
      switch (answer.kind) {
        case 'text':
          return answer.text;
        case 'python':
          throw new PythonError(answer.error, `${answer.message} (in the chat template of ${checkpoint})`);
        case 'defect':
          throw new Error(answer.message);
      }
    };
  };
}

function startThread(memoryMb: number, onEnd: (thread: Thread) => void): Thread {
  const { port1, port2 } = new MessageChannel();
  const state = new SharedArrayBuffer(4);
  const setup: ChatSetup = { port: port2, state };
  const worker = new Worker(builtProgram(import.meta.url, 'chat/chat-worker.ts'), {
    workerData: setup,
    transferList: [port2],
    resourceLimits: {
      maxOldGenerationSizeMb: memoryMb,
      maxYoungGenerationSizeMb: memoryMb / 8,
      stackSizeMb: STACK_MB,
    },
  });
  worker.unref();
  port1.unref();
  const thread: Thread = { worker, port: port1, flag: new Int32Array(state), known: new Set() };
  // Its end is noticed by the answer that does not come; without a listener an error would end the process.
  worker.on('error', () => onEnd(thread));
  if (awaitAnswer(thread, START_MS) === null) {
    endThread(thread);
    throw new Error('the thread for chat templates did not start');
  }
  return thread;
}

function endThread(thread: Thread): void {
  thread.port.close();
  void thread.worker.terminate();
}

function ask(thread: Thread, call: ChatCall, deadlineMs: number): ChatAnswer | null {
  thread.port.postMessage(call);
  return awaitAnswer(thread, deadlineMs);
}

function awaitAnswer(thread: Thread, deadlineMs: number): ChatAnswer | null {
  Atomics.wait(thread.flag, 0, WAITING, deadlineMs);
  const isAnswered = Atomics.exchange(thread.flag, 0, WAITING) === ANSWERED;
  const received = isAnswered ? receiveMessageOnPort(thread.port) : undefined;
  return received === undefined ? null : (received.message as ChatAnswer);
}

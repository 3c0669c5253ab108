/** The thread in which templates of checkpoints run: see isolated-chat.ts. */
import { workerData } from 'node:worker_threads';
import { PythonError } from '../python/value.ts';
import { ANSWERED, type ChatAnswer, type ChatCall, type ChatSetup } from './chat-protocol.ts';
import { chatTemplateOf } from './chat-template.ts';
import type { ChatTemplate } from './message.ts';

const { port, state } = workerData as ChatSetup;
const flag = new Int32Array(state);
const templates = new Map<number, ChatTemplate>();

function answer({ id, definition, messages, addGenerationPrompt }: ChatCall): ChatAnswer {
  if (definition !== null) {
    templates.set(id, chatTemplateOf(definition.template, definition.extra));
  }
  try {
    const template = templates.get(id);
    if (template === undefined) throw new PythonError('KeyError', 'the template was not sent');
    return { kind: 'text', text: template(messages, addGenerationPrompt) };
  } catch (error) {
    if (error instanceof PythonError) {
      return { kind: 'python', error: error.kind, message: error.message.slice(error.kind.length + 2) };
    }
    return {
      kind: 'defect',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

function say(reply: ChatAnswer): void {
  port.postMessage(reply);
  Atomics.store(flag, 0, ANSWERED);
  Atomics.notify(flag, 0);
}

port.on('message', (call: ChatCall) => say(answer(call)));
say({ kind: 'text', text: 'ready' });

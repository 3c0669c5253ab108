/** What passes between isolated-chat.ts and its thread. */
import type { MessagePort } from 'node:worker_threads';
import type { ChatExtra } from './chat-template.ts';
import type { ChatMessage } from './message.ts';

export interface ChatSetup {
  readonly port: MessagePort;
  /** One Int32: ANSWERED when an answer lies in the port. */
  readonly state: SharedArrayBuffer;
}

export const WAITING = 0;
export const ANSWERED = 1;

export interface ChatCall {
  readonly id: number;
  /** Sent once for each template. */
  readonly definition: { readonly template: string; readonly extra: ChatExtra } | null;
  readonly messages: readonly ChatMessage[];
  readonly addGenerationPrompt: boolean;
}

export type ChatAnswer =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'python'; readonly error: string; readonly message: string }
  | { readonly kind: 'defect'; readonly message: string };

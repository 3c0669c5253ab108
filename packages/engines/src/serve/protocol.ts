/** Messages between the server's thread and the worker that holds the checkpoint: one batch at a time. */
import type { Problem } from '@evalgraph/formats';
import type { GenerationKeys } from '@evalgraph/tokenizer/generation';
import type { ApiError } from './messages.ts';

export interface ServeSetup {
  readonly folder: string;
  readonly threads: number;
}

/** One prompt. */
export interface Job {
  readonly prompt: string | readonly number[];
  /** Place of the prompt in its request, for messages. */
  readonly index: number;
  readonly maxTokens: number;
  readonly logprobs: number | null;
  readonly echo: boolean;
  readonly stop: readonly string[];
  /** Rules about how tokens are chosen, which go before the checkpoint's. */
  readonly generation: GenerationKeys;
}

/** OpenAI's object of the same name, one entry a token. */
export interface LogProbs {
  readonly tokens: readonly string[];
  /** Nats; null for a prompt's first token. */
  readonly token_logprobs: readonly (number | null)[];
  readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[];
  /** Characters before the token, were the tokens' texts put one after the other. */
  readonly text_offset: readonly number[];
}

export interface Completion {
  readonly text: string;
  readonly logprobs: LogProbs | null;
  readonly finishReason: 'stop' | 'length';
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export type JobResult =
  | { readonly ok: true; readonly completion: Completion }
  | { readonly ok: false; readonly error: ApiError };

export type ToServeWorker =
  | { readonly op: 'batch'; readonly jobs: readonly Job[] }
  | { readonly op: 'close' };

export type FromServeWorker =
  | { readonly op: 'ready'; readonly contextLength: number }
  /** One for each job, in their order. */
  | { readonly op: 'results'; readonly results: readonly JobResult[] }
  | { readonly op: 'closed' }
  | { readonly op: 'problems'; readonly problems: readonly Problem[] }
  | { readonly op: 'defect'; readonly text: string };

/**
 * What an engine is to the rest of the runner: a session over one checkpoint's folder that answers requests.
 * Every engine gets a local folder; what happens behind the session (a worker process, a program, a server) is
 * its own affair.
 */
import type { EngineIdentity } from '@evalgraph/formats';
import type { TextRequest, TextResponse } from '@evalgraph/tasks';

/** Token ids scored as they are: a window of a perplexity protocol. */
export interface WindowRequest {
  readonly kind: 'window';
  /** The context has at least one token. */
  readonly context: readonly number[];
  /** The continuation has at least one token, and every one is scored. */
  readonly continuation: readonly number[];
}

export interface WindowResponse {
  readonly kind: 'window';
  /** Natural logarithms, one for each token of the continuation. */
  readonly logProbs: readonly number[];
}

export type SessionRequest = TextRequest | WindowRequest;
export type SessionResponse = TextResponse | WindowResponse;

export interface Answer {
  /** Index into the requests of the call. */
  readonly request: number;
  readonly response: SessionResponse;
}

export interface TokenCounts {
  /** Tokens that a program without sharing would compute: the sum over requests. */
  readonly asked: number;
  /** Nodes of the trie over all requests, and generated tokens. */
  readonly distinct: number;
  readonly computed: number;
}

export interface RunCallbacks {
  /** Requests answered in an earlier run: their passes are left out, everything else stays as planned. */
  readonly done: ReadonlySet<number>;
  /** Called after each pass with what it completed; the next pass starts when it returns. */
  onAnswers(answers: readonly Answer[]): void;
  /** Tokens computed so far in this call. */
  onProgress(tokensComputed: number): void;
}

/** What a perplexity protocol needs to know of a checkpoint beside its tokens. */
export interface TokenFacts {
  /** Tokens that the model takes at once. */
  readonly maxLength: number;
  /** null: the tokenizer has none. */
  readonly bosToken: number | null;
  /** BOS, else EOS: what lm-eval puts before a page. */
  readonly prefixToken: number;
}

export interface Session {
  facts(): Promise<TokenFacts>;
  /** Token ids of a text as the checkpoint's tokenizer makes them by default (its own BOS included). */
  encode(text: string): Promise<readonly number[]>;
  /** What `run` would compute. */
  count(requests: readonly SessionRequest[]): Promise<TokenCounts>;
  run(requests: readonly SessionRequest[], callbacks: RunCallbacks): Promise<TokenCounts>;
  close(): Promise<void>;
}

/** Settings of a model that change its numbers. */
export interface SessionSettings {
  /** Tokens of context and continuation at most; null: the model's own. */
  readonly maxLength: number | null;
  /** null: the tokenizer's default. */
  readonly addBosToken: boolean | null;
}

/** An engine that answers requests: everything else (prompts, scores) is ours. */
export interface RequestEngine {
  readonly kind: 'requests';
  readonly identity: EngineIdentity;
  /** Versions of what computes, for run.json. */
  versions(): Readonly<Record<string, string>>;
  open(folder: string, settings: SessionSettings, threads: number): Promise<Session>;
}

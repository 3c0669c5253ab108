/** Messages between the runner and the worker process that holds a checkpoint's session and tokenizer. */
import type { Problem } from '@evalgraph/formats';
import type { DivergencePositions } from '@evalgraph/ppl-compare';
import type { Answer, SessionRequest, SessionSettings, TokenCounts, TokenFacts } from '../session.ts';

export interface WorkerSetup {
  readonly folder: string;
  readonly settings: SessionSettings;
  readonly threads: number;
}

export interface DivergenceWindow {
  /** Which window of the text it is. */
  readonly index: number;
  /** As the models see them; every token but the first is a target. */
  readonly tokens: readonly number[];
}

export interface WindowDivergence {
  readonly index: number;
  readonly positions: DivergencePositions;
}

export type ToWorker =
  | { readonly call: number; readonly op: 'open'; readonly setup: WorkerSetup }
  | { readonly call: number; readonly op: 'encode'; readonly text: string }
  | { readonly call: number; readonly op: 'count'; readonly requests: readonly SessionRequest[] }
  | {
      readonly call: number;
      readonly op: 'run';
      readonly requests: readonly SessionRequest[];
      readonly done: readonly number[];
    }
  | { readonly call: number; readonly op: 'facts' }
  /** Asks how far the open checkpoint is from the one in `dense`, which is opened beside it and closed again. */
  | {
      readonly call: number;
      readonly op: 'divergence';
      readonly dense: WorkerSetup;
      readonly windows: readonly DivergenceWindow[];
    }
  | { readonly call: number; readonly op: 'texts'; readonly tokens: readonly (readonly number[])[] }
  /** Ends a run that nobody waits for any more; its own answer is dropped. */
  | { readonly call: number; readonly op: 'abort' }
  | { readonly call: number; readonly op: 'close' };

export type FromWorker =
  | { readonly call: number; readonly op: 'answers'; readonly answers: readonly Answer[] }
  | { readonly call: number; readonly op: 'progress'; readonly tokens: number }
  | { readonly call: number; readonly op: 'window'; readonly window: WindowDivergence }
  | {
      readonly call: number;
      readonly op: 'result';
      readonly value: readonly number[] | readonly string[] | TokenCounts | TokenFacts | null;
    }
  | { readonly call: number; readonly op: 'problems'; readonly problems: readonly Problem[] }
  | { readonly call: number; readonly op: 'defect'; readonly text: string };

/**
 * The two kinds of engine. `RequestEngine` answers requests (the embedded engine, an OpenAI-compatible server);
 * `TaskEngine` evaluates whole tasks by itself (lm-eval), so its interface is wider.
 */
import type { CellResults, EngineIdentity } from '@evalgraph/formats';
import type { TaskNode } from '@evalgraph/tasks';
import type { RequestEngine, SessionSettings } from './session.ts';

export interface TaskEngineWork {
  /** The workspace's root: what data_files are relative to. */
  readonly root: string;
  /** The checkpoint's local folder, absolute. */
  readonly folder: string;
  readonly settings: SessionSettings;
  readonly node: TaskNode;
  readonly numFewshot: number | null;
  readonly limit: number | null;
  readonly seed: number;
  /** An empty folder of this work's own; logs that a user may want stay there. */
  readonly scratch: string;
  /** Lines for the user: progress, and what was tried again. */
  onLine(line: string): void;
}

/** What results.json holds of a task engine's work; names of cell, pipeline and checkpoint are filled in later. */
export type TaskEngineScores = Pick<
  CellResults,
  | 'configs'
  | 'results'
  | 'groupSubtasks'
  | 'numFewshot'
  | 'versions'
  | 'higherIsBetter'
  | 'chance'
  | 'sampleCounts'
>;

export interface TaskEngineResult {
  readonly scores: TaskEngineScores;
  /** samples_<task>.jsonl: task -> lines. */
  readonly samples: ReadonlyMap<string, string>;
}

export interface TaskEngine {
  readonly kind: 'tasks';
  readonly identity: EngineIdentity;
  /** Versions of what computes, for run.json. */
  versions(): Readonly<Record<string, string>>;
  /** @throws UserError with the cause, the command and where the whole log lies. */
  evaluate(work: TaskEngineWork): Promise<TaskEngineResult>;
}

export type Engine = RequestEngine | TaskEngine;

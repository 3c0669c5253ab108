/**
 * The two kinds of engine. `RequestEngine` answers requests (the embedded engine, an OpenAI-compatible server);
 * `TaskEngine` evaluates whole tasks by itself (lm-eval), so its interface is wider.
 */
import type { CellResults, EngineIdentity, JsonValue } from '@evalgraph/formats';
import type { ChatUse } from '@evalgraph/spec';
import type { DataFile, ResolvedTask, TaskNode } from '@evalgraph/tasks';
import type { RequestEngine, SessionSettings } from './session.ts';

export interface TaskEngineWork {
  /** The workspace's root: what data_files are relative to. */
  readonly root: string;
  /** The cell's name, for lists of jobs. */
  readonly cell: string;
  /** The checkpoint's local folder, absolute. */
  readonly folder: string;
  /** Digest of the model's shape, which its checkpoints share: what memory it takes. */
  readonly shape: string;
  readonly settings: SessionSettings;
  readonly task: HandedTask;
  readonly numFewshot: number | null;
  /** A number of documents, or below 1 a share of them. */
  readonly limit: number | null;
  /** Rows of each task's documents; null: as `limit` says. */
  readonly samples: readonly number[] | null;
  /** Keys that replace those of the generation_kwargs of a task that the program itself defines. */
  readonly generation: Readonly<Record<string, JsonValue>> | null;
  readonly seed: number;
  /** null: prompts as the task alone makes them. */
  readonly chat: ChatUse | null;
  /** A folder of this work's own; logs that a user may want stay there. Empty but for a job that is still under way. */
  readonly scratch: string;
  /** Lines for the user: progress, and what was tried again. */
  onLine(line: string): void;
}

export type HandedTask =
  /** As we resolved it; `files` are a task's data, absolute. */
  | {
      readonly kind: 'ours';
      readonly node: TaskNode;
      files(task: ResolvedTask): readonly DataFile[];
    }
  /** The program's own of that name, or one of the folder with YAML and Python that it is to read as it is. */
  | {
      readonly kind: 'theirs';
      readonly task: string;
      /** The cell's. */
      readonly name: string;
      /** Absolute. */
      readonly includePath: string | null;
    };

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
  /** What the user should know of the run, such as a smaller batch: for run.json. */
  readonly notes: readonly string[];
}

export interface TaskEngine {
  readonly kind: 'tasks';
  readonly identity: EngineIdentity;
  /** Versions of what computes, for run.json. */
  versions(): Readonly<Record<string, string>>;
  /** Checkpoints that it evaluates side by side. */
  atOnce(): Promise<number>;
  /** @throws UserError with the cause, the command and where the whole log lies. */
  evaluate(work: TaskEngineWork): Promise<TaskEngineResult>;
}

export type Engine = RequestEngine | TaskEngine;

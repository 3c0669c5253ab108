/**
 * A pipeline after the spec phase: every default is filled in, no field is optional, and every reference has been
 * looked up. This value is what is planned and hashed.
 */
import type { Selection } from './selection.ts';

export interface Pipeline {
  /** The folder's name. */
  readonly name: string;
  readonly title: string;
  /** pipeline.yaml, relative to the workspace root, with forward slashes. */
  readonly file: string;
  /** In the order of the file. */
  readonly models: readonly Model[];
  /** The list under `tasks:`; models and comparisons carry the tasks that they run themselves. */
  readonly tasks: readonly TaskUse[];
  readonly quick: Quick;
  /** First documents of each task; already in each TaskUse that sets none of its own. null: all. */
  readonly limit: number | null;
  readonly comparisons: readonly ComparisonUse[];
  readonly engine: EngineUse;
  /** Few-shot seed. */
  readonly seed: number;
}

export interface Model {
  readonly name: string;
  readonly source: ModelSource;
  /** At least one; by step where every step is known, else as written. */
  readonly checkpoints: readonly Checkpoint[];
  /** `checkpoints:` was declared, be it with one checkpoint: a second one must not rename the first. */
  readonly series: boolean;
  /** false: evaluated only where a comparison needs it; then `tasks` is empty. */
  readonly evaluate: boolean;
  /** What every checkpoint is evaluated on, comparisons apart. */
  readonly tasks: readonly TaskUse[];
  /** Tokens; null: what the model's configuration says. */
  readonly maxLength: number | null;
  /** null: what the tokenizer does by itself. */
  readonly addBosToken: boolean | null;
}

export type ModelSource =
  /** Relative to the workspace root (forward slashes) where it lies inside, else as written. */
  { readonly kind: 'folder'; readonly path: string } | { readonly kind: 'hub'; readonly repository: string };

export interface Checkpoint {
  /** Fit for a folder, unique in the model: `iter_0002000`, `step-125000`; the model's name where it is no series. */
  readonly name: string;
  readonly step: number | null;
  readonly location: CheckpointLocation;
}

export type CheckpointLocation =
  /** By itself: relative to the workspace root where it lies inside, else as written. */
  | { readonly kind: 'folder'; readonly path: string }
  /** Inside the source. */
  | { readonly kind: 'subfolder'; readonly subfolder: string }
  /** Of a hub repository. */
  | { readonly kind: 'revision'; readonly revision: string };

export interface TaskUse {
  /** A task or a group. */
  readonly task: string;
  /** null: what the task says. */
  readonly numFewshot: number | null;
  /** First documents; null: all. */
  readonly limit: number | null;
  /** The cell's name: the task's, unless the file gives another. One alias has one meaning in a pipeline. */
  readonly alias: string;
}

export interface Quick {
  readonly checkpoints: Selection;
  readonly limit: number;
}

export interface CheckpointReference {
  readonly model: string;
  /** A checkpoint's name, never a step or a word. */
  readonly checkpoint: string;
}

export interface ComparisonUse {
  readonly name: string;
  readonly title: string;
  readonly dense: CheckpointReference;
  readonly pruned: CheckpointReference;
  readonly tasks: readonly TaskUse[];
  readonly perplexity: readonly PerplexityUse[];
  /** `lm-eval` stood under `perplexity`: at least one task must be of the type loglikelihood_rolling. */
  readonly needsRollingTask: boolean;
}

export interface PerplexityUse {
  readonly protocol: 'wanda';
  /** Tokens of a window. */
  readonly seqlen: number;
  /** Folder or file, relative to the workspace root where it lies inside, else as written. */
  readonly data: string;
  readonly split: string;
  readonly column: string;
  /** The cell's name. One name has one meaning in a pipeline. */
  readonly name: string;
}

export interface EngineUse {
  readonly use: 'embedded';
  readonly dtype: 'float32';
  /** null: the engine chooses. */
  readonly threads: number | null;
}

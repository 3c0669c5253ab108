/**
 * A pipeline after the spec phase: every default is filled in, no field is optional, and every reference has been
 * looked up. This value is what is planned and hashed.
 */
import type { JsonValue } from '@evalgraph/formats';
import type { BosPlace, Protocol, TextForm } from './declared/perplexity.ts';
import type { CheckpointReference, SamplesUse, Stage } from './stages.ts';

export interface Pipeline {
  /** The folder's name. */
  readonly name: string;
  readonly title: string;
  /** pipeline.yaml, relative to the workspace root, with forward slashes. */
  readonly file: string;
  /** What is made before anything is evaluated, each after what it needs. */
  readonly stages: readonly Stage[];
  /** They stand in the order of the file. */
  readonly models: readonly Model[];
  /** The list under `tasks:`; models and comparisons carry the tasks that they run themselves. */
  readonly tasks: readonly TaskUse[];
  readonly quick: Quick;
  /** The limit of each task, as TaskUse has it; it is already in each TaskUse that sets none of its own. null: all. */
  readonly limit: number | null;
  readonly comparisons: readonly ComparisonUse[];
  /** They are part of no key, because they change no number of ours. */
  readonly references: readonly Reference[];
  /** null: no checkpoint writes texts. */
  readonly samples: SamplesUse | null;
  readonly engine: EngineUse;
  /** With `use: auto`, this engine computes where `engine` does not know a checkpoint's architecture. A lock says which of them. */
  readonly otherEngine: LmEvalUse | null;
  /** Few-shot seed. */
  readonly seed: number;
}

/** A figure that others published. Whether its task is one of the pipeline's is not known before the tasks are read. */
export interface Reference {
  readonly model: string;
  readonly task: string;
  /** Without a filter; null: the task's headline. */
  readonly metric: string | null;
  /** It has the report's unit, and so is a fraction where that is one. */
  readonly value: number;
  readonly stderr: number | null;
  readonly source: string;
}

export interface Model {
  readonly name: string;
  readonly source: ModelSource;
  /** There is at least one. They are sorted by step where every step is known, else they stand as written. */
  readonly checkpoints: readonly Checkpoint[];
  /** `checkpoints:` was declared, be it with one checkpoint: a second one must not rename the first. */
  readonly series: boolean;
  /** false: evaluated only where a comparison needs it; then `tasks` is empty. */
  readonly evaluate: boolean;
  /** What every checkpoint is evaluated on, comparisons apart. */
  readonly tasks: readonly TaskUse[];
  /** Measured at every checkpoint, comparisons apart. */
  readonly perplexity: readonly PerplexityUse[];
  /** Tokens; null: what the model's configuration says. */
  readonly maxLength: number | null;
  /** null: what the tokenizer does by itself. */
  readonly addBosToken: boolean | null;
}

export type ModelSource =
  /** Relative to the workspace root (forward slashes) where it lies inside, else as written. */
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'hub'; readonly repository: string }
  /** No weights: results that another program computed. `of` is what it evaluated, for people; may be empty. */
  | { readonly kind: 'imported'; readonly of: string }
  /** The pipeline's own stages make it; `by` is the last of them. */
  | { readonly kind: 'made'; readonly by: 'init' | 'train' | 'prune' };

export interface Checkpoint {
  /** Fit for a folder, unique in the model: `iter_0002000`, `step-125000`; the model's name where it is no series. */
  readonly name: string;
  readonly step: number | null;
  readonly location: CheckpointLocation;
}

export type CheckpointLocation =
  /** A folder by itself: its path is relative to the workspace root where it lies inside, else as written. */
  | { readonly kind: 'folder'; readonly path: string }
  /** Inside the source. */
  | { readonly kind: 'subfolder'; readonly subfolder: string }
  /** A branch, tag or commit of a hub repository. */
  | { readonly kind: 'revision'; readonly revision: string }
  /** Where the stage that makes it puts it. */
  | { readonly kind: 'made' };

export interface TaskUse {
  /** A task or a group. */
  readonly task: string;
  /** null: what the task says. */
  readonly numFewshot: number | null;
  /** First documents, or below 1 a share of them (rounded up); null: all. */
  readonly limit: number | null;
  /** These documents alone, by their rows from 0, ascending; null: as `limit` says. */
  readonly samples: readonly number[] | null;
  /** Replaces keys of the task's own generation_kwargs, one by one; null: the task's own. */
  readonly generation: Readonly<Record<string, JsonValue>> | null;
  /** The cell's name: the task's, unless the file gives another. One alias has one meaning in a pipeline. */
  readonly alias: string;
  /** null: prompts as the task alone makes them. */
  readonly chat: ChatUse | null;
}

/** What stands round a task's prompts, as lm-eval's options of the same names put it there. */
export interface ChatUse {
  readonly applyTemplate: boolean;
  /** Whether the shots are turns of their own; false without a template. */
  readonly multiturn: boolean;
  readonly systemInstruction: string | null;
  /** YYYY-MM-DD, for templates that tell the date; null: such a template is refused. */
  readonly date: string | null;
}

/** Some checkpoints of a series. */
export type Selection =
  /** The first, and from there every nth. */
  | { readonly kind: 'every'; readonly nth: number }
  /** A number is a step; a text is `first`, `middle`, `last` or a checkpoint's name. */
  | { readonly kind: 'list'; readonly items: readonly (number | string)[] };

export interface Quick {
  readonly checkpoints: Selection;
  readonly limit: number;
}

/** Two checkpoints side by side. */
export interface ComparedReferences {
  readonly dense: CheckpointReference;
  readonly pruned: CheckpointReference;
}

export interface ComparisonUse {
  readonly name: string;
  readonly title: string;
  /** `several`: pruned versions of one checkpoint. `series`: two series, by step. */
  readonly form: 'pair' | 'several' | 'series';
  /** Read as one table. At least one; as in the file, a series' by step. */
  readonly pairs: readonly ComparedReferences[];
  /** Steps that only one of two series has, ascending. */
  readonly onlyDense: readonly number[];
  readonly onlyPruned: readonly number[];
  readonly tasks: readonly TaskUse[];
  readonly perplexity: readonly PerplexityUse[];
  /** Whether an engine that runs whole tasks must be given a task of the type loglikelihood_rolling. */
  readonly needsRollingTask: boolean;
  /** Measure what leads from the first protocol's figure to the others', where they have a text in common. */
  readonly reconcile: boolean;
  /** null: the next-token distributions are not compared. */
  readonly divergence: DivergenceUse | null;
}

/** A text in a file: where it lies, and what in it is a page. */
export interface CorpusUse {
  /** Folder or file, relative to the workspace root where it lies inside, else as written. */
  readonly data: string;
  readonly split: string;
  readonly column: string;
  /**
   * `rows`: each row is a page, scored as it is. `wikitext`: rows are lines of WikiText (or its pages); a page begins
   * at a heading of the first level, and is detokenised as lm-eval does.
   */
  readonly pages: 'rows' | 'wikitext';
}

export interface PerplexityUse extends CorpusUse {
  readonly protocol: Protocol;
  /** Tokens of a window; null: as many as the model takes (lm-eval). */
  readonly seqlen: number | null;
  /** Tokens from window to window: hf-strided; null for the others. */
  readonly stride: number | null;
  /** null: the protocol's own, as for `bos`. */
  readonly text: TextForm | null;
  readonly bos: BosPlace | null;
  /** The first so many windows (pages, for lm-eval); null: all. */
  readonly nsamples: number | null;
  /** The cell's name. One name has one meaning in a pipeline. */
  readonly name: string;
}

export interface DivergenceUse extends CorpusUse {
  readonly seqlen: number;
  /** The corpus, for the cell's name. */
  readonly label: string;
}

export type EngineUse = EmbeddedUse | LmEvalUse | OpenAiUse;

export interface EmbeddedUse {
  readonly use: 'embedded';
  readonly dtype: 'float32';
  /** null: the engine chooses. */
  readonly threads: number | null;
  /** A worker that says nothing for so long is ended and started again. */
  readonly silenceMs: number;
}

/** The real lm-eval as a program. */
export interface LmEvalUse {
  readonly use: 'lm-eval';
  /** The program and its first arguments: ['lm_eval'], ['uv', 'run', 'lm_eval']. */
  readonly command: readonly string[];
  /** lm-eval's model type: hf, vllm, ... */
  readonly model: string;
  /** Passed as they are beside `pretrained`, which is the checkpoint's folder. */
  readonly modelArgs: Readonly<Record<string, string>>;
  readonly dtype: string;
  /** A number as text, or auto. */
  readonly batchSize: string;
  /** null: lm-eval chooses. */
  readonly device: string | null;
  /** `ours`: the pipeline's YAML through --include_path. `theirs`: lm-eval's own task of that name. */
  readonly tasks: 'ours' | 'theirs';
  /** null: it sees what the shell shows it, and one runs at a time. */
  readonly gpus: GpusUse | null;
  readonly launcher: LauncherUse;
  /** A program that prints nothing for so long is ended and started again. */
  readonly silenceMs: number;
}

/** GPUs of this machine, leased to one checkpoint at a time. */
export interface GpusUse {
  readonly which:
    | { readonly kind: 'all' }
    /** The program gets at most so many. */
    | { readonly kind: 'count'; readonly count: number }
    /** As nvidia-smi numbers them. */
    | { readonly kind: 'ids'; readonly ids: readonly number[] };
  readonly perCheckpoint: number;
}

/** Where a program runs. */
export type LauncherUse = { readonly kind: 'local' } | SlurmUse;

/** Each run of the program is a job; null: what the cluster does by itself. */
export interface SlurmUse {
  readonly kind: 'slurm';
  readonly partition: string | null;
  /** Slurm's own notation: minutes, or [days-]hours:minutes:seconds. */
  readonly time: string | null;
  /** What each job gets: a number, or a type and a number. */
  readonly gpus: string | null;
  /** Jobs in the queue at once. */
  readonly jobs: number;
  /** Further options of sbatch, as they are. */
  readonly extra: readonly string[];
}

/** A completions server with echo and logprobs: vLLM, SGLang, llama.cpp, `evalgraph serve`. */
export interface OpenAiUse {
  readonly use: 'openai';
  /** Up to and including /v1. */
  readonly url: string;
  /** The served model's name; `{checkpoint}` in it stands for the checkpoint's folder name. */
  readonly model: string;
  /** What the server computes in: part of the key, since the server does not say. */
  readonly dtype: string;
  /** Name of the environment variable that holds the key; null: none is sent. */
  readonly apiKeyVariable: string | null;
  /** Whether the key may be sent to another machine without encryption. */
  readonly apiKeyOverHttp: boolean;
  /** Requests under way at once. */
  readonly concurrency: number;
  readonly timeoutMs: number;
}

/**
 * The records that stages hand to each other through files. Field names inside `results` and in samples rows are
 * lm-eval's (snake case, "metric,filter"), so that its users' notebooks read ours.
 */
import type { JsonValue } from './canonical-json.ts';
import type { PyDict } from './python-value.ts';

/** "acc,none" -> 0.25; "acc_stderr,none" -> a number, or "N/A" where none is defined. */
export type MetricValues = Readonly<Record<string, number | 'N/A'>>;

export interface TaskScores {
  readonly alias: string;
  readonly metrics: MetricValues;
  /** Documents scored. For a group: the sum over its tasks. null: imported from a file that does not say. */
  readonly samples: number | null;
}

/** A row of samples_<task>.jsonl: one for each document and filter (lm-eval 0.4.13's layout). */
export interface SampleRow {
  readonly doc_id: number;
  readonly doc: PyDict;
  readonly target: string;
  readonly arguments: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly resps: unknown;
  readonly filtered_resps: unknown;
  readonly filter: string;
  /** Names of the metrics whose values follow in `scores`. */
  readonly metrics: readonly string[];
  readonly doc_hash: string;
  readonly prompt_hash: string;
  readonly target_hash: string;
  /** Written as top-level keys of the row, as lm-eval does: { acc: 1, acc_norm: 0 }. */
  readonly scores: Readonly<Record<string, unknown>>;
  /**
   * What the document counts for in each metric (0 to 1; null: the metric is not about it), where `scores` hold
   * something else: squad_v2's are pairs of prediction and reference. Written as the key `doc_scores`, which is ours.
   */
  readonly docScores: Readonly<Record<string, number | null>> | null;
}

export interface CheckpointIdentity {
  readonly model: string;
  readonly checkpoint: string;
  /** Training step, null where the model is no series. */
  readonly step: number | null;
  /** sha256 over the canonical JSON of the files' digests. */
  readonly digest: string;
}

/** results.json of one cell: reproducible byte for byte, so no time, host or path of a machine stands in it. */
export interface CellResults {
  readonly format: 1;
  readonly key: string;
  readonly pipeline: string;
  readonly checkpoint: CheckpointIdentity;
  /** The cell's task: a task's or a group's name, or `perplexity-<protocol>`. */
  readonly task: string;
  /** The resolved configuration of each task, in the dialect's own keys. */
  readonly configs: Readonly<Record<string, JsonValue>>;
  /** Tasks and groups, each by name. */
  readonly results: Readonly<Record<string, TaskScores>>;
  /** Names in `results` that are groups, with their direct children. */
  readonly groupSubtasks: Readonly<Record<string, readonly string[]>>;
  readonly numFewshot: Readonly<Record<string, number>>;
  readonly limit: number | null;
  readonly versions: Readonly<Record<string, number | string>>;
  readonly higherIsBetter: Readonly<Record<string, Readonly<Record<string, boolean>>>>;
  /** Expected score of guessing, by task and metric name ("acc"), where one is defined. */
  readonly chance: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly sampleCounts: Readonly<Record<string, { readonly original: number; readonly effective: number }>>;
  readonly engine: EngineIdentity;
  /** Perplexity cells only. */
  readonly perplexity?: PerplexityFigure;
}

export interface EngineIdentity {
  readonly name: string;
  readonly numericsVersion: number;
  readonly dtype: string;
  /** What else determines its numbers: versions of a program, the name of a served model. Empty for `embedded`. */
  readonly details: Readonly<Record<string, string>>;
}

/** A perplexity never travels without what it was measured by. */
export interface PerplexityFigure {
  readonly protocol: string;
  readonly corpus: string;
  readonly seqlen: number;
  readonly windows: number;
  readonly tokens: number;
  readonly tokenizerDigest: string;
  /** exp of the protocol's mean negative log-likelihood a token. */
  readonly perplexity: number;
  /** Mean negative log-likelihood of each window, in nats a token. */
  readonly windowNllNats: readonly number[];
}

export interface SparsitySummary {
  /** Zeros and elements of the linear layers' matrices, embeddings and head left out, as papers count. */
  readonly linear: { readonly zeros: number; readonly elements: number };
  readonly all: { readonly zeros: number; readonly elements: number };
  readonly matrices: readonly { readonly name: string; readonly zeros: number; readonly elements: number }[];
}

export interface PairedTask {
  readonly task: string;
  readonly metric: string;
  readonly filter: string;
  readonly higherIsBetter: boolean;
  readonly documents: number;
  readonly dense: number;
  readonly pruned: number;
  /** pruned - dense. */
  readonly difference: number;
  /** difference / dense, null where dense is 0. */
  readonly relative: number | null;
  /** Standard error of the mean of the documents' differences; null where the metric is no mean over documents. */
  readonly stderr: number | null;
  /** difference -+ 1.96 stderr. */
  readonly interval95: readonly [number, number] | null;
  /** Exact McNemar test, where every score is 0 or 1. */
  readonly mcnemar: {
    readonly rightToWrong: number;
    readonly wrongToRight: number;
    readonly p: number;
  } | null;
}

export interface ComparisonRecord {
  readonly format: 1;
  readonly name: string;
  readonly pipeline: string;
  readonly limit: number | null;
  readonly dense: CheckpointIdentity;
  readonly pruned: CheckpointIdentity;
  readonly sparsity: { readonly dense: SparsitySummary; readonly pruned: SparsitySummary };
  readonly perplexity: readonly {
    readonly dense: PerplexityFigure;
    readonly pruned: PerplexityFigure;
    readonly ratio: number;
  }[];
  readonly tasks: readonly PairedTask[];
}

/** run.json: what happened when the cell ran. Never compared, never hashed. */
export interface RunRecord {
  readonly format: 1;
  readonly key: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly seconds: number;
  readonly host: { readonly platform: string; readonly cpus: number; readonly node: string };
  readonly versions: Readonly<Record<string, string>>;
  readonly threads: number;
  /** Where the numbers came from: every token computed, a resumed journal, stored responses or stored results. */
  readonly origin: 'computed' | 'resumed' | 'rescored' | 'store';
  readonly requests: number;
  readonly tokens: { readonly asked: number; readonly distinct: number; readonly computed: number };
  /** What the user should know of the run, such as a batch that was made smaller. */
  readonly notes?: readonly string[];
}

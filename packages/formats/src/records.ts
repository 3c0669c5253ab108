/**
 * The records that stages hand to each other through files. Field names inside `results` and in samples rows are
 * lm-eval's (snake case, "metric,filter"), so that its users' notebooks read ours.
 */
import type { JsonValue } from './canonical-json.ts';
import type { PyDict } from './python-value.ts';
import {
  amount,
  count,
  dictionary,
  list,
  nullable,
  number,
  oneOf,
  optional,
  record,
  type ShapeOf,
  text,
  time,
  variant,
} from './shape.ts';

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

export const checkpointIdentity = record({
  model: text,
  checkpoint: text,
  /** Training step, null where the model is no series. */
  step: nullable(count),
  /** sha256 over the canonical JSON of the files' digests. */
  digest: text,
});
export type CheckpointIdentity = ShapeOf<typeof checkpointIdentity>;

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

export const engineIdentity = record({
  name: text,
  numericsVersion: count,
  dtype: text,
  /** What else determines its numbers: versions of a program, the name of a served model. Empty for `embedded`. */
  details: dictionary(text),
});
export type EngineIdentity = ShapeOf<typeof engineIdentity>;

const windowing = variant('kind', {
  blocks: record({ kind: oneOf('blocks'), seqlen: count }),
  strided: record({ kind: oneOf('strided'), seqlen: count, stride: count }),
  rolling: record({ kind: oneOf('rolling'), seqlen: count }),
});

/** How a perplexity was measured; `@evalgraph/ppl-compare` says what each choice does. */
export const perplexityRecipe = record({
  text: oneOf('lines', 'file', 'pages'),
  documents: oneOf('joined', 'apart'),
  windowing,
  scored: oneOf('all', 'second-half'),
  tail: oneOf('dropped', 'kept'),
  bos: oneOf('as-tokenised', 'none', 'each-window', 'before-each-document'),
  averaging: oneOf('windows', 'tokens', 'strided'),
  divisor: oneOf('tokens', 'words', 'bytes'),
});
export type PerplexityRecipe = ShapeOf<typeof perplexityRecipe>;

/** A perplexity never travels without what it was measured by. */
export const perplexityFigure = record({
  protocol: text,
  corpus: text,
  seqlen: count,
  windows: count,
  tokens: count,
  tokenizerDigest: text,
  /** exp of the protocol's mean negative log-likelihood a token. */
  perplexity: amount,
  /** Mean negative log-likelihood of each window, in nats a token. */
  windowNllNats: list(number),
  // Records from before there were protocols to choose from have none of the following.
  /** What the protocol's own program prints; `perplexity` is a token's. */
  reported: optional(amount),
  recipe: optional(perplexityRecipe),
  /** Weights of `windowNllNats` in the mean. */
  windowWeights: optional(list(amount)),
  perWord: optional(nullable(amount)),
  perByte: optional(nullable(amount)),
  bitsPerByte: optional(nullable(amount)),
  nsamples: optional(nullable(count)),
});
export type PerplexityFigure = ShapeOf<typeof perplexityFigure>;

/** run.json: what happened when the cell ran. Never compared, never hashed. */
export const runRecord = record({
  format: oneOf(1),
  key: text,
  startedAt: time,
  finishedAt: time,
  seconds: amount,
  host: record({ platform: text, cpus: count, node: text }),
  versions: dictionary(text),
  threads: count,
  /** Where the numbers came from: every token computed, a resumed journal, stored responses or stored results. */
  origin: oneOf('computed', 'resumed', 'rescored', 'store'),
  requests: count,
  tokens: record({ asked: count, distinct: count, computed: count }),
  /** What the user should know of the run, such as a batch that was made smaller. */
  notes: optional(list(text)),
});
export type RunRecord = ShapeOf<typeof runRecord>;

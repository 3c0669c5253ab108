/**
 * Everything that a report shows. What is optional adds something or is left out
 * whole; nothing has a default. The caller has resolved the plan, read the
 * files and checked their keys. The report reads no file and computes no statistic.
 */
import type {
  CellResults,
  ComparisonRecord,
  EngineIdentity,
  SeriesComparisonRecord,
} from '@evalgraph/formats';

export interface ReportInput {
  readonly pipeline: {
    readonly name: string;
    readonly title: string;
    /** Documents a task at most; null for all of them. */
    readonly limit: number | null;
  };
  /** The models stand in the pipeline's order, their checkpoints by step. */
  readonly models: readonly ReportModel[];
  /** Top-level names in the pipeline's order; a group's tasks come through `CellResults.groupSubtasks`. */
  readonly tasks: readonly string[];
  /**
   * Exactly one for each checkpoint and each of its tasks, and any number of perplexity cells (those with
   * `perplexity`).
   */
  readonly cells: readonly CellResults[];
  /** Pairs. Those with `among` stand together as one comparison, in this order. */
  readonly comparisons: readonly ComparisonRecord[];
  /** Series against series, by step. */
  readonly seriesComparisons?: readonly SeriesComparisonRecord[];
  /** The digest of the keys of all that a comparison was computed from, by its name. */
  readonly comparisonKeys?: ReadonlyMap<string, string>;
  /** Names of cells that are not there. Must be empty unless the report may be partial. */
  readonly missing: readonly string[];
  readonly computed: {
    readonly engine: EngineIdentity;
    /** Program or package -> version: evalgraph, onnxruntime-node. */
    readonly versions: Readonly<Record<string, string>>;
  };
  /** True: cells may be missing; the report names them. Left out: a missing cell is an error. */
  readonly partial?: boolean;
  /** Figures that others published, to stand beside the models. */
  readonly references?: readonly ReferenceFigure[];
  /** Statistics over the steps of each series, computed elsewhere. */
  readonly statistics?: readonly SeriesStatistics[];
  /** How alike the models rank over their common steps, computed elsewhere. */
  readonly rankings?: readonly RankingStatistics[];
  /** What leads from one perplexity to another, one factor at a time. */
  readonly waterfalls?: readonly Waterfall[];
  /** A user's Vega-Lite templates: one named as a chart of ours takes its place, others are added. */
  readonly templates?: readonly ChartTemplate[];
  /** What was made before anything was evaluated: corpora, packs, trainings, texts of the checkpoints. */
  readonly making?: MakingInput;
  /** Where the sample explorer's questions come from; without it the page has none. */
  readonly samples?: SampleSource;
}

export interface MakingInput {
  readonly corpora: readonly MadeCorpus[];
  readonly packs: readonly MadePack[];
  readonly trainings: readonly TrainingCurve[];
  readonly texts: readonly WrittenTexts[];
}

/** How much of a task stands in a corpus. */
export interface TaskOverlap {
  readonly task: string;
  /** Documents of the corpus that have text of the task. */
  readonly documents: number;
  /** Documents of the task that were looked for, that were met, and that are too short to be looked for. */
  readonly taskDocuments: number;
  readonly taskDocumentsMet: number;
  readonly taskDocumentsTooShort: number;
}

export interface MadeCorpus {
  readonly name: string;
  readonly documents: number;
  readonly textBytes: number;
  readonly sources: readonly {
    readonly name: string;
    readonly licence: string;
    /** Documents in the corpus. */
    readonly documents: number;
    readonly textBytes: number;
  }[];
  readonly steps: readonly {
    readonly name: string;
    readonly documentsIn: number;
    readonly documentsRemoved: number;
    readonly documentsChanged: number;
    /** Why -> how many. */
    readonly reasons: Readonly<Record<string, number>>;
    /** Each task that a step against tasks looked for; other steps have none. */
    readonly overlaps: readonly TaskOverlap[];
  }[];
  /** The data card, from the workspace root. */
  readonly card: string;
}

export interface MadePack {
  readonly name: string;
  readonly corpus: string;
  readonly sequences: number;
  /** Tokens. */
  readonly sequenceLength: number;
  readonly packed: number;
  readonly dropped: number;
  /**
   * Tokens in sequences that were left out because nothing in them counts in the loss; null: all tokens count the
   * same.
   */
  readonly unweighted: number | null;
}

/** The log of a training; all numbers finite, ascending by step. */
export interface TrainingCurve {
  readonly model: string;
  /** Whether tokens count differently in the loss: then it is no log of a perplexity. */
  readonly isWeighted: boolean;
  readonly steps: readonly {
    readonly step: number;
    /** Nats a token; where it is weighted, the weighted mean. */
    readonly loss: number;
    readonly learningRate: number;
    /** Since the first step. */
    readonly tokens: number;
    readonly tokensPerSecond: number;
    readonly memoryBytes: number;
  }[];
}

/** One model's texts, side by side over its checkpoints. */
export interface WrittenTexts {
  readonly model: string;
  readonly checkpoints: readonly string[];
  readonly rows: readonly {
    readonly prompt: string;
    /** `greedy`, or how tokens were drawn. */
    readonly way: string;
    /** The texts stand in the order of the checkpoints. */
    readonly texts: readonly string[];
  }[];
}

/** A number with its source, given in the pipeline. */
export interface ReferenceFigure {
  readonly model: string;
  /** A task or group of the report. */
  readonly task: string;
  /** Name without a filter (`acc`); the task's headline where left out. */
  readonly metric?: string;
  /** The value in the unit of the report's column: a fraction where that is one. */
  readonly value: number;
  readonly stderr?: number;
  /** A page, a paper: where the figure can be looked up. */
  readonly source: string;
}

export interface SeriesStatistics {
  readonly model: string;
  readonly task: string;
  readonly figures: readonly SeriesFigure[];
  /** A subtask's: folded away in the page, and not in the Markdown. */
  readonly isDetail?: boolean;
}

export interface RankingStatistics {
  readonly task: string;
  /** Series that were ranked. */
  readonly models: number;
  readonly figures: readonly SeriesFigure[];
}

export interface SeriesFigure {
  /** Heading of its column. */
  readonly label: string;
  /** null where it is not defined for this series. */
  readonly value: number | null;
  readonly unit: 'score' | 'difference' | 'percent' | 'ratio' | 'p' | 'step' | 'count';
  /** What it is, with its formula or source, in a sentence. */
  readonly note: string;
}

/** One bar a stage: the figure after that stage, so that neighbours' ratios multiply to the whole. */
export interface Waterfall {
  readonly name: string;
  readonly title: string;
  readonly stages: readonly { readonly label: string; readonly perplexity: number }[];
}

export interface ChartTemplate {
  /** The file's name without ending. */
  readonly name: string;
  /** A Vega-Lite spec that reads its data by name: `{"data": {"name": "scores"}}`. */
  readonly spec: unknown;
}

/**
 * Rows of samples_<task>.jsonl of one checkpoint, each as its parsed line, in the file's order: read when asked,
 * one file at a time, and not kept.
 * @returns null where the checkpoint has no samples of the task (results imported without them)
 */
export type SampleSource = (
  place: SamplePlace,
) =>
  | AsyncIterable<unknown>
  | Iterable<unknown>
  | null
  | Promise<AsyncIterable<unknown> | Iterable<unknown> | null>;

export interface SamplePlace {
  readonly model: string;
  readonly checkpoint: string;
  /** The top-level task whose cell's folder holds the file: `mmlu` for `mmlu_anatomy`. */
  readonly cell: string;
  readonly task: string;
}

export interface ReportModel {
  readonly name: string;
  /** As the pipeline names it: `hf:owner/name`, or a folder inside the workspace. */
  readonly source: string;
  readonly checkpoints: readonly ReportCheckpoint[];
}

export interface ReportCheckpoint {
  readonly name: string;
  readonly step: number | null;
  readonly digest: string;
  /**
   * Top-level tasks that the pipeline evaluates at this checkpoint; all of `ReportInput.tasks` when left out. A
   * model may have tasks of its own, and a comparison may ask one checkpoint of a series for more.
   */
  readonly tasks?: readonly string[];
  /** Left out where the pipeline's engine computed the results; else where they were imported from. */
  readonly origin?: {
    readonly program: string;
    readonly date: string | null;
    readonly files: readonly string[];
  };
}

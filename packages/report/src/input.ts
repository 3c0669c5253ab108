/**
 * Everything that a report shows. Strict: no default, nothing optional; the caller has resolved the plan, read the
 * files and checked their keys. The report reads no file and computes no statistic.
 */
import type { CellResults, ComparisonRecord, EngineIdentity } from '@evalgraph/formats';

export interface ReportInput {
  readonly pipeline: {
    readonly name: string;
    readonly title: string;
    /** Documents a task at most; null for all of them. */
    readonly limit: number | null;
  };
  /** In the pipeline's order; checkpoints by step. */
  readonly models: readonly ReportModel[];
  /** Top-level names in the pipeline's order; a group's tasks come through `CellResults.groupSubtasks`. */
  readonly tasks: readonly string[];
  /** Exactly one for each checkpoint and each of its tasks, and any number of perplexity cells (those with `perplexity`). */
  readonly cells: readonly CellResults[];
  readonly comparisons: readonly ComparisonRecord[];
  /** Names of cells that are not there. Must be empty: a partial report is another command. */
  readonly missing: readonly string[];
  readonly computed: {
    readonly engine: EngineIdentity;
    /** Program or package -> version: evalgraph, onnxruntime-node. */
    readonly versions: Readonly<Record<string, string>>;
  };
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
}

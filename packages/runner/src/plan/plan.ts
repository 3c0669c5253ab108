/** What a pipeline will do, as plain data: cells, comparisons, a report, each with its key. No file is computed. */
import type { EngineIdentity, JsonValue, Problem } from '@evalgraph/formats';
import type { SampleSettings } from '@evalgraph/pretrain/settings';
import type {
  ChatUse,
  Checkpoint,
  ComparisonUse,
  DivergenceUse,
  Model,
  PerplexityUse,
  Pipeline,
  Variant,
} from '@evalgraph/spec';
import type { ResolvedTask, TaskNode } from '@evalgraph/tasks';
import type { ImportedCheckpoint } from '../exchange/imported-checkpoint.ts';
import type { CheckpointLock, DeclaredPlace } from '../locks/checkpoint-lock.ts';
import type { DataFile } from '../locks/data-lock.ts';
import type { HubPlace } from '../locks/hub-checkpoint-lock.ts';

/** A checkpoint of the pipeline, found on this machine. */
export interface CheckpointUse {
  /** `demo@iter_0000100`. */
  readonly id: string;
  readonly model: Model;
  readonly checkpoint: Checkpoint;
  /** Absolute; empty for imported results, and for a checkpoint of the hub that is not locked. */
  readonly folder: string;
  /** Where it is on the hub; null: nowhere. */
  readonly place: HubPlace | null;
  /** The place that the pipeline names. */
  readonly declared: DeclaredPlace;
  /** Relative to the workspace root. */
  readonly lockFile: string;
  /** null: not locked, or not for this place. */
  readonly lock: CheckpointLock | null;
  /** Why the lock that is there does not count; null: it does, or there is none. */
  readonly refused: Problem | null;
  /** Results that another program computed: then there are no weights, and `lockFile` is the file that holds them. */
  readonly imported: ImportedCheckpoint | null;
  /** The target that makes its weights; null: they are there. Until it ran, `lock` is null. */
  readonly made: MadeBy | null;
}

export interface MadeBy {
  /** An Nx project. */
  readonly project: string;
  readonly target: 'init' | 'train' | 'prune';
}

/** How a cell's documents are asked. */
export interface TaskSettings {
  /** null: as the task says. */
  readonly numFewshot: number | null;
  /** Documents of each task, from the first, or below 1 a share of them; null: all. */
  readonly limit: number | null;
  /** These documents of each task alone, ascending; null: as `limit` says. */
  readonly samples: readonly number[] | null;
  /** Keys for a task that another program defines; a resolved task has them in its configuration. */
  readonly generation: Readonly<Record<string, JsonValue>> | null;
  /** The seed by which shots are drawn. */
  readonly seed: number;
  readonly chat: ChatUse | null;
}

export type CellWork =
  | { readonly kind: 'task'; readonly node: TaskNode; readonly settings: TaskSettings }
  /** Texts: nothing is scored. */
  | { readonly kind: 'samples'; readonly settings: SampleSettings }
  | { readonly kind: 'perplexity'; readonly use: PerplexityUse; readonly askedBy: readonly string[] }
  /** Every figure on the way from one protocol to another. */
  | {
      readonly kind: 'reconciliation';
      readonly from: PerplexityUse;
      readonly to: PerplexityUse;
      readonly askedBy: readonly string[];
    }
  /** How far the cell's checkpoint is from `dense`. */
  | {
      readonly kind: 'divergence';
      readonly use: DivergenceUse;
      readonly dense: CheckpointUse;
      readonly askedBy: readonly string[];
    }
  /** A task of another program, by name: what it asks and scores is that program's affair. */
  | {
      readonly kind: 'foreign';
      readonly task: string;
      readonly settings: TaskSettings;
      /** The pipeline's own tasks, relative to the workspace root; null: it has none. */
      readonly folder: string | null;
    }
  | { readonly kind: 'imported'; readonly record: ImportedCheckpoint; readonly task: string };

/** Comparisons that a measured cell is for; none: its model asks for it. */
export function askedBy({ work }: Pick<Cell, 'work'>): readonly string[] {
  return 'askedBy' in work ? work.askedBy : [];
}

/** A cell that stands in the report by its task; the others are measurements of texts. */
export function isTaskCell({ work }: Pick<Cell, 'work'>): boolean {
  return work.kind === 'task' || work.kind === 'foreign' || work.kind === 'imported';
}

export interface Cell {
  /** `demo@iter_0000100/demo_arc`: unique in the pipeline. */
  readonly id: string;
  readonly checkpoint: CheckpointUse;
  /** The task's or group's name, or `perplexity-wanda-wikitext-2-raw-v1-2048`. */
  readonly name: string;
  readonly work: CellWork;
  readonly limit: number | null;
  /** Relative to the workspace root. */
  readonly output: string;
  /** Files whose change may change the key, relative to the workspace root: for `nx affected`. */
  readonly inputs: readonly string[];
  readonly data: readonly DataFile[];
  /** Everything that the key is made of; null where a lock is missing. */
  readonly keyParts: JsonValue | null;
  readonly key: string | null;
}

export interface PlannedComparison {
  readonly use: ComparisonUse;
  /** There is at least one, in the order of `use`; a quick run of two series has some of them. */
  readonly pairs: readonly PlannedPair[];
  readonly output: string;
}

/** A dense checkpoint and a pruned one, with what is measured of each. */
export interface PlannedPair {
  readonly dense: CheckpointUse;
  readonly pruned: CheckpointUse;
  /** Cells of each side, in the same order of tasks. */
  readonly denseCells: readonly Cell[];
  readonly prunedCells: readonly Cell[];
  /** The ways from the first protocol to each of the others. */
  readonly reconciliations: readonly { readonly dense: Cell; readonly pruned: Cell }[];
  /** A cell of the pruned checkpoint; null: not asked for. */
  readonly divergence: Cell | null;
}

/** Every cell that a comparison reads, each once. */
export function cellsOfComparison({ pairs }: PlannedComparison): readonly Cell[] {
  const cells = pairs.flatMap(({ denseCells, prunedCells, reconciliations, divergence }) => [
    ...denseCells,
    ...prunedCells,
    ...reconciliations.flatMap((path) => [path.dense, path.pruned]),
    ...(divergence === null ? [] : [divergence]),
  ]);
  return [...new Set(cells)];
}

/** Ids of the checkpoints that a comparison sets side by side. */
export function comparedIds({ pairs }: PlannedComparison): readonly string[] {
  return pairs.flatMap(({ dense, pruned }) => [dense.id, pruned.id]);
}

/** What a corpus is held against, so that nobody trains on what is asked later. */
export interface AvoidedTasks {
  readonly corpus: string;
  readonly tasks: readonly ResolvedTask[];
  /** Rows that must be locked: those of the hub. Others are read as they lie, and their documents stand in the key. */
  readonly data: readonly DataFile[];
  /** Lock files of data sets of the hub that are missing or do not have a task's configuration. */
  readonly unlocked: readonly string[];
  /** Relative to the workspace root: for `nx affected`. */
  readonly inputs: readonly string[];
}

export interface Plan {
  readonly pipeline: Pipeline;
  readonly variant: Variant;
  /** null: what computes is a program whose versions are not locked. */
  readonly engine: EngineIdentity | null;
  readonly checkpoints: readonly CheckpointUse[];
  readonly cells: readonly Cell[];
  readonly comparisons: readonly PlannedComparison[];
  /** The avoided tasks of each corpus that has a step against tasks. */
  readonly avoided: readonly AvoidedTasks[];
  /** Lock files that are missing or lack a file, relative to the workspace root. Locking writes them. */
  readonly unlocked: readonly string[];
  /** Files of the workspace that the numbers stand on: weights, data, and what says where they lie. For `nx affected`. */
  readonly watched: readonly string[];
  /** Checkpoints whose weights are still to be made. */
  readonly unmade: readonly CheckpointUse[];
}

/** Pipeline, locks and tasks -> Plan. Reads small files (locks, task YAML); reads no weights and no documents. */
import { extname, isAbsolute, join, relative, sep } from 'node:path';
import { type EngineIdentity, type Problem, UserError } from '@evalgraph/formats';
import { dataFiles, leafTasks, type TaskLibrary, type TaskNode } from '@evalgraph/tasks';
import { cellFolder, checkpointId, checkpointLockFile, comparisonFolder, type Variant } from '../layout.ts';
import { type DataFile, locateDataFile } from '../locks/data-lock.ts';
import { type DataLock, readCheckpointLock, readDataLock } from '../locks/lock-file.ts';
import { messages } from '../messages.ts';
import {
  type Checkpoint,
  type CheckpointReference,
  type ComparisonUse,
  type Model,
  type PerplexityUse,
  type Pipeline,
  selectCheckpoints,
  type TaskUse,
} from '../spec/index.ts';
import { type DataDigests, keyOf, perplexityKeyParts, taskKeyParts } from './key.ts';
import type { Cell, CheckpointUse, Plan, PlannedComparison, TaskSettings } from './plan.ts';
import { renameTask } from './rename-task.ts';

export interface PlanContext {
  /** Absolute path of the workspace. */
  readonly root: string;
  readonly library: TaskLibrary;
  readonly engine: EngineIdentity;
}

/** @throws UserError with every problem: unknown tasks, sources that cannot be found here. */
export function buildPlan(pipeline: Pipeline, variant: Variant, context: PlanContext): Plan {
  const problems: Problem[] = [];
  const attempt = <T>(work: () => T): T[] => {
    try {
      return [work()];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  };
  const locks = openDataLocks(context.root);
  const checkpoints = pipeline.models.flatMap((model) =>
    model.checkpoints.flatMap((checkpoint) =>
      attempt(() => useCheckpoint(pipeline, model, checkpoint, context)),
    ),
  );
  const tasks = new Map(
    taskUses(pipeline).flatMap((use) =>
      attempt(() => [use.alias, planTask(pipeline, use, context)] as const),
    ),
  );
  if (problems.length > 0) throw new UserError(problems);

  const chosen = chooseCheckpoints(pipeline, variant, checkpoints);
  const cells = chosen.flatMap((checkpoint) => [
    ...tasksOf(pipeline, checkpoint).map((alias) =>
      taskCell(pipeline, variant, checkpoint, found(tasks, alias), locks, context),
    ),
    ...perplexityUses(pipeline, checkpoint).map((use) =>
      perplexityCell(pipeline, variant, checkpoint, use, locks, context),
    ),
  ]);
  const comparisons = pipeline.comparisons.map((use) =>
    planComparison(pipeline, variant, use, chosen, cells),
  );
  const missing = [
    ...chosen.filter((checkpoint) => checkpoint.lock === null).map((checkpoint) => checkpoint.lockFile),
    ...cells.flatMap((cell) =>
      cell.data.filter((file) => locks.digest(file) === null).map((file) => file.lockFile),
    ),
  ];
  return { pipeline, variant, checkpoints: chosen, cells, comparisons, unlocked: [...new Set(missing)] };
}

/** Every task that some cell runs, once for each alias (the spec gives an alias one meaning). */
function taskUses(pipeline: Pipeline): readonly TaskUse[] {
  const uses = [...pipeline.models, ...pipeline.comparisons].flatMap((part) => part.tasks);
  return [...new Map(uses.map((use) => [use.alias, use])).values()];
}

/** Aliases of the model's own tasks and of those that its comparisons need. */
function tasksOf(pipeline: Pipeline, checkpoint: CheckpointUse): readonly string[] {
  const compared = pipeline.comparisons.filter((use) => sidesOf(pipeline, use).includes(checkpoint.id));
  return [...new Set([checkpoint.model, ...compared].flatMap((part) => part.tasks.map((use) => use.alias)))];
}

interface PlannedTask {
  readonly use: TaskUse;
  readonly node: TaskNode;
  readonly data: ReadonlyMap<string, DataFile>;
  readonly inputs: readonly string[];
}

function planTask(pipeline: Pipeline, use: TaskUse, context: PlanContext): PlannedTask {
  const node = renameTask(context.library.resolve(use.task), use.alias);
  const data = new Map(
    leafTasks(node).flatMap((task) =>
      dataFiles(task).map((file, index) => [
        `${task.name}/${file.split}/${index}`,
        locateDataFile(context.root, pipeline.name, file.path),
      ]),
    ),
  );
  return { use, node, data, inputs: node.files.flatMap((file) => insideRoot(context.root, file)) };
}

function insideRoot(root: string, file: string): string[] {
  const path = relative(root, file);
  return path.startsWith('..') || isAbsolute(path) ? [] : [path.split(sep).join('/')];
}

function useCheckpoint(
  pipeline: Pipeline,
  model: Model,
  checkpoint: Checkpoint,
  context: PlanContext,
): CheckpointUse {
  const id = checkpointId(model, checkpoint);
  const lockFile = checkpointLockFile(pipeline.name, id);
  return {
    id,
    model,
    checkpoint,
    folder: checkpointFolder(context.root, model, checkpoint),
    lockFile,
    lock: readCheckpointLock(context.root, lockFile),
  };
}

/** @throws UserError where the source is a hub repository: this release reads local folders. */
function checkpointFolder(root: string, model: Model, checkpoint: Checkpoint): string {
  const { source } = model;
  const { location } = checkpoint;
  if (source.kind === 'hub') throw new UserError(messages.hubSource(model.name, source.repository));
  const base = isAbsolute(source.path) ? source.path : join(root, source.path);
  switch (location.kind) {
    case 'folder':
      return isAbsolute(location.path) ? location.path : join(root, location.path);
    case 'subfolder':
      return join(base, location.subfolder);
    case 'revision':
      throw new UserError(messages.revisionOfFolder(model.name, location.revision));
  }
}

/** In a quick run: the chosen ones of each series, and whatever a comparison needs. */
function chooseCheckpoints(
  pipeline: Pipeline,
  variant: Variant,
  all: readonly CheckpointUse[],
): readonly CheckpointUse[] {
  if (variant === 'full') return all;
  const compared = new Set(pipeline.comparisons.flatMap((use) => sidesOf(pipeline, use)));
  const selected = new Set(
    pipeline.models.flatMap((model) =>
      selectCheckpoints(model.checkpoints, pipeline.quick.checkpoints).map((one) => checkpointId(model, one)),
    ),
  );
  return all.filter((use) => selected.has(use.id) || compared.has(use.id));
}

/** Ids of the dense and the pruned checkpoint. */
function sidesOf(pipeline: Pipeline, use: ComparisonUse): readonly [string, string] {
  return [referenceId(pipeline, use.dense), referenceId(pipeline, use.pruned)];
}

function referenceId(pipeline: Pipeline, reference: CheckpointReference): string {
  const model = pipeline.models.find(({ name }) => name === reference.model);
  const checkpoint = model?.checkpoints.find(({ name }) => name === reference.checkpoint);
  if (model === undefined || checkpoint === undefined) {
    throw new Error(`the spec let a reference to ${reference.model}@${reference.checkpoint} pass`);
  }
  return checkpointId(model, checkpoint);
}

function smaller(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

/** Documents of a task, or windows of a corpus: what the file says, in a quick run at most quick's. */
function limitOf(pipeline: Pipeline, variant: Variant, declared: number | null): number | null {
  return variant === 'full' ? declared : smaller(declared, pipeline.quick.limit);
}

interface DataLocks {
  digest(file: DataFile): string | null;
}

function openDataLocks(root: string): DataLocks {
  const read = new Map<string, DataLock | null>();
  return {
    digest({ lockFile, name }) {
      if (!read.has(lockFile)) read.set(lockFile, readDataLock(root, lockFile));
      return read.get(lockFile)?.files[name]?.sha256 ?? null;
    },
  };
}

/** null where a file is not locked. */
function digestsOf(data: ReadonlyMap<string, DataFile>, locks: DataLocks): DataDigests | null {
  const entries = [...data].map(([place, file]) => [place, locks.digest(file)] as const);
  return entries.every((entry) => entry[1] !== null)
    ? Object.fromEntries(entries as [string, string][])
    : null;
}

function taskCell(
  pipeline: Pipeline,
  variant: Variant,
  checkpoint: CheckpointUse,
  task: PlannedTask,
  locks: DataLocks,
  context: PlanContext,
): Cell {
  const settings: TaskSettings = {
    numFewshot: task.use.numFewshot,
    limit: limitOf(pipeline, variant, task.use.limit),
    seed: pipeline.seed,
  };
  const data = digestsOf(task.data, locks);
  const parts =
    checkpoint.lock === null || data === null
      ? null
      : taskKeyParts(checkpoint.lock, checkpoint.model, context.engine, task.node, settings, data);
  return {
    ...cellFacts(pipeline, variant, checkpoint, task.use.alias, [...task.data.values()]),
    work: { kind: 'task', node: task.node, settings },
    limit: settings.limit,
    inputs: [checkpoint.lockFile, ...task.inputs, ...lockFiles(task.data.values())],
    keyParts: parts,
    key: parts === null ? null : keyOf(parts),
  };
}

function perplexityCell(
  pipeline: Pipeline,
  variant: Variant,
  checkpoint: CheckpointUse,
  use: PerplexityUse,
  locks: DataLocks,
  context: PlanContext,
): Cell {
  const files = new Map([[use.name, locateDataFile(context.root, pipeline.name, corpusFile(use))]]);
  const data = digestsOf(files, locks);
  const limit = limitOf(pipeline, variant, null);
  const parts =
    checkpoint.lock === null || data === null
      ? null
      : perplexityKeyParts(checkpoint.lock, checkpoint.model, context.engine, use, limit, data);
  return {
    ...cellFacts(pipeline, variant, checkpoint, use.name, [...files.values()]),
    work: { kind: 'perplexity', use },
    limit,
    inputs: [checkpoint.lockFile, ...lockFiles(files.values())],
    keyParts: parts,
    key: parts === null ? null : keyOf(parts),
  };
}

/** A file as it is; in a data set's folder, the split's JSON lines. */
function corpusFile(use: PerplexityUse): string {
  return extname(use.data) === '' ? `${use.data}/${use.split}.jsonl` : use.data;
}

function lockFiles(files: Iterable<DataFile>): readonly string[] {
  return [...new Set([...files].map((file) => file.lockFile))];
}

function cellFacts(
  pipeline: Pipeline,
  variant: Variant,
  checkpoint: CheckpointUse,
  name: string,
  data: readonly DataFile[],
): Pick<Cell, 'id' | 'checkpoint' | 'name' | 'output' | 'data'> {
  return {
    id: `${checkpoint.id}/${name}`,
    checkpoint,
    name,
    output: cellFolder(pipeline.name, variant, checkpoint.id, name),
    data,
  };
}

function perplexityUses(pipeline: Pipeline, checkpoint: CheckpointUse): readonly PerplexityUse[] {
  const uses = pipeline.comparisons
    .filter((use) => sidesOf(pipeline, use).includes(checkpoint.id))
    .flatMap((use) => use.perplexity);
  return [...new Map(uses.map((use) => [use.name, use])).values()];
}

function planComparison(
  pipeline: Pipeline,
  variant: Variant,
  use: ComparisonUse,
  checkpoints: readonly CheckpointUse[],
  cells: readonly Cell[],
): PlannedComparison {
  const byId = new Map(checkpoints.map((checkpoint) => [checkpoint.id, checkpoint]));
  const cellsById = new Map(cells.map((cell) => [cell.id, cell]));
  const names = [...use.tasks.map((task) => task.alias), ...use.perplexity.map((measure) => measure.name)];
  const cellsOf = (side: string): readonly Cell[] => names.map((name) => found(cellsById, `${side}/${name}`));
  const [dense, pruned] = sidesOf(pipeline, use);
  return {
    use,
    dense: found(byId, dense),
    pruned: found(byId, pruned),
    denseCells: cellsOf(dense),
    prunedCells: cellsOf(pruned),
    output: comparisonFolder(pipeline.name, variant, use.name),
  };
}

function found<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key);
  if (value === undefined) throw new Error(`the plan has no '${key}'`);
  return value;
}

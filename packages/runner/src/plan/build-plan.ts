/** Pipeline, locks and tasks -> Plan. Reads small files (locks, task YAML); reads no weights and no documents. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type Problem, sha256Hex, suggest, UserError } from '@evalgraph/formats';
import {
  type ComparisonUse,
  checkpointId,
  comparisonFolder,
  engineLockFile,
  type Pipeline,
  selectCheckpoints,
  type TaskUse,
  taskFolder,
  type Variant,
} from '@evalgraph/spec';
import type { TaskNode } from '@evalgraph/tasks';
import { type DataLocks, openDataLocks } from '../locks/data-lock.ts';
import { avoidedBy } from './avoided-tasks.ts';
import { cellFacts, digestsOf, limitOf, lockFiles, samplesOf } from './cell-facts.ts';
import { pairIds } from './compared-pairs.ts';
import type { PlanContext } from './context.ts';
import { type DataDigests, foreignKeyParts, importedKeyParts, keyOf, taskKeyParts } from './key.ts';
import {
  type ComparedPair,
  divergenceName,
  measuredCells,
  reconciled,
  reconciliationName,
} from './measured-cells.ts';
import { messages } from './messages.ts';
import { notComputed } from './not-computed.ts';
import type { Cell, CheckpointUse, Plan, PlannedPair, TaskSettings } from './plan.ts';
import { renameTask } from './rename-task.ts';
import { resolveTask } from './resolve-task.ts';
import { samplesCell } from './samples-cell.ts';
import { insideRoot, nodeData, type TaskData } from './task-data.ts';
import { useCheckpoint } from './use-checkpoint.ts';

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
  problems.push(
    ...importedProblems(pipeline, checkpoints),
    ...notComputed(context.root, pipeline, checkpoints),
  );
  const tasks = new Map(
    taskUses(pipeline).flatMap((use) =>
      attempt(() => [use.alias, planTask(pipeline, use, context)] as const),
    ),
  );
  const avoided = pipeline.stages.flatMap((stage) =>
    stage.kind === 'corpus' ? attempt(() => avoidedBy(stage, pipeline, context)) : [],
  );
  if (problems.length > 0) throw new UserError(problems);

  const chosen = chooseCheckpoints(pipeline, variant, checkpoints);
  const compared = comparedPairs(pipeline, variant, chosen);
  const cells = chosen.flatMap((checkpoint) => [
    ...importedCells(pipeline, variant, checkpoint),
    ...tasksOf(checkpoint, compared).map((alias) =>
      taskCell(pipeline, variant, checkpoint, found(tasks, alias), locks, context),
    ),
    ...measuredCells(checkpoint, compared, { pipeline, variant, locks, ...context }),
    ...samplesCell(checkpoint, pipeline, variant, context.engine),
  ]);
  const comparisons = pipeline.comparisons.map((use) => {
    const pairs = compared.filter((pair) => pair.use === use).map((pair) => planPair(pair, cells));
    return { use, pairs, output: comparisonFolder(pipeline.name, variant, use.name) };
  });
  const missing = [
    ...(context.engine === null && cells.some(({ work }) => work.kind !== 'imported')
      ? [engineLockFile(pipeline.name)]
      : []),
    ...chosen
      .filter(({ lock, made, refused }) => lock === null && made === null && refused === null)
      .map(({ lockFile }) => lockFile),
    ...cells.flatMap((cell) =>
      cell.data.filter((file) => locks.digest(file) === null).map((file) => file.lockFile),
    ),
    ...[...tasks.values()].flatMap((task) => task.unlocked),
    ...avoided.flatMap(({ data, unlocked }) => [
      ...unlocked,
      ...data.filter((file) => locks.digest(file) === null).map((file) => file.lockFile),
    ]),
  ];
  const unlocked = [...new Set(missing)];
  const unmade = chosen.filter(({ lock, made }) => lock === null && made !== null);
  return {
    pipeline,
    variant,
    engine: context.engine,
    checkpoints: chosen,
    cells,
    comparisons,
    avoided,
    unlocked,
    watched: watchedFiles(context.root, chosen, cells),
    unmade,
  };
}

/** Folders of weights as patterns: what is added to them counts as well. */
function watchedFiles(
  root: string,
  checkpoints: readonly CheckpointUse[],
  cells: readonly Cell[],
): readonly string[] {
  const folders = checkpoints.filter(
    ({ place, made, imported }) => place === null && made === null && imported === null,
  );
  const derived = new Set(checkpoints.flatMap(({ made, lockFile }) => (made === null ? [] : [lockFile])));
  const files = [
    ...folders.flatMap(({ folder }) => insideRoot(root, folder).map((path) => `${path}/*`)),
    ...cells.flatMap(({ data }) => data.flatMap(({ path }) => insideRoot(root, path))),
    ...cells.flatMap(({ inputs }) => inputs.filter((file) => !derived.has(file))),
  ];
  return [...new Set(files)].sort();
}

/** Every task that some cell runs, once for each alias (the spec gives an alias one meaning). */
function taskUses(pipeline: Pipeline): readonly TaskUse[] {
  const evaluated = pipeline.models.filter(({ source }) => source.kind !== 'imported');
  const uses = [...evaluated, ...pipeline.comparisons].flatMap((part) => part.tasks);
  return [...new Map(uses.map((use) => [use.alias, use])).values()];
}

/** Aliases of the model's own tasks and of those that its comparisons need. */
function tasksOf(checkpoint: CheckpointUse, compared: readonly ComparedPair[]): readonly string[] {
  if (checkpoint.imported !== null) return [];
  const own = compared.filter(({ dense, pruned }) => [dense.id, pruned.id].includes(checkpoint.id));
  const parts = [checkpoint.model, ...own.map(({ use }) => use)];
  return [...new Set(parts.flatMap((part) => part.tasks.map((use) => use.alias)))];
}

interface PlannedTask extends TaskData {
  readonly use: TaskUse;
  /** null: the engine's own, by name. */
  readonly node: TaskNode | null;
}

function planTask(pipeline: Pipeline, use: TaskUse, context: PlanContext): PlannedTask {
  const { engine } = pipeline;
  if (engine.use === 'lm-eval' && engine.tasks === 'theirs') {
    const inputs = [...ownFiles(context.root, pipeline.name).keys()];
    return { use, node: null, data: new Map(), unlocked: [], inputs };
  }
  const node = renameTask(resolveTask(use, context.library, context.root), use.alias);
  return { use, node, ...nodeData(context.root, pipeline.name, node, context.catalog) };
}

/** Files of the pipeline's tasks folder with their digests: another program may read any of them. */
function ownFiles(root: string, pipeline: string): ReadonlyMap<string, string> {
  const folder = taskFolder(pipeline);
  if (!existsSync(join(root, folder))) return new Map();
  const names = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
  return new Map(names.sort().map((name) => [name, sha256Hex(readFileSync(join(root, name)))]));
}

/** Tasks that no imported file has, settings that theirs contradict, and comparisons, which need weights. */
function importedProblems(pipeline: Pipeline, checkpoints: readonly CheckpointUse[]): readonly Problem[] {
  const imported = checkpoints.filter((checkpoint) => checkpoint.imported !== null);
  const ids = new Set(imported.map(({ id }) => id));
  const models = pipeline.models.filter(({ source }) => source.kind === 'imported');
  return [
    ...pipeline.comparisons
      .filter((use) => sidesOf(pipeline, 'full', use).some((side) => ids.has(side)))
      .map(({ name }) => messages.importedComparison(name)),
    ...models.flatMap(({ name, tasks }) => {
      const own = imported.filter(({ model }) => model.name === name);
      if (own.length === 0) return [];
      const known = [...new Set(own.flatMap((one) => Object.keys(one.imported?.tasks ?? {})))];
      return tasks
        .filter(({ task }) => !known.includes(task))
        .map(({ task }) => messages.importedTaskMissing(name, task, suggest(task, known)));
    }),
    ...imported.flatMap(({ id, model, imported: record }) =>
      model.tasks.flatMap(({ task, numFewshot }) => {
        const found = record?.tasks[task]?.numFewshot ?? null;
        return numFewshot === null || found === null || numFewshot === found
          ? []
          : [messages.importedSettingDiffers(id, task, numFewshot, found)];
      }),
    ),
  ];
}

/** One for each task of the model that the checkpoint's file has; the report shows which it lacks. */
function importedCells(pipeline: Pipeline, variant: Variant, checkpoint: CheckpointUse): readonly Cell[] {
  const { imported: record, lock, model } = checkpoint;
  if (record === null || lock === null) return [];
  return model.tasks
    .filter(({ task }) => Object.hasOwn(record.tasks, task))
    .map((use) => {
      const parts = importedKeyParts(lock, use.task);
      return {
        ...cellFacts(pipeline, variant, checkpoint, use.alias, []),
        work: { kind: 'imported', record, task: use.task } as const,
        limit: record.tasks[use.task]?.limit ?? null,
        inputs: [checkpoint.lockFile],
        keyParts: parts,
        key: keyOf(parts),
      };
    });
}

/** A quick run takes the chosen checkpoints of each series, and whatever a comparison needs. */
function chooseCheckpoints(
  pipeline: Pipeline,
  variant: Variant,
  all: readonly CheckpointUse[],
): readonly CheckpointUse[] {
  if (variant === 'full') return all;
  const compared = new Set(pipeline.comparisons.flatMap((use) => sidesOf(pipeline, variant, use)));
  const selected = new Set(
    pipeline.models.flatMap((model) =>
      selectCheckpoints(model.checkpoints, pipeline.quick.checkpoints).map((one) => checkpointId(model, one)),
    ),
  );
  return all.filter((use) => selected.has(use.id) || compared.has(use.id));
}

/** Ids of every dense and every pruned checkpoint. */
function sidesOf(pipeline: Pipeline, variant: Variant, use: ComparisonUse): readonly string[] {
  return pairIds(pipeline, variant, use).flatMap(({ dense, pruned }) => [dense, pruned]);
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
    limit: task.use.samples === null ? limitOf(pipeline, variant, task.use.limit) : null,
    samples: samplesOf(pipeline, variant, task.use.samples),
    generation: task.node === null ? task.use.generation : null,
    seed: pipeline.seed,
    chat: task.use.chat,
  };
  const { lock, model } = checkpoint;
  const { engine } = context;
  const { node, use } = task;
  const data = task.unlocked.length > 0 ? null : digestsOf(task.data, locks);
  const files = node === null ? ownFiles(context.root, pipeline.name) : new Map<string, string>();
  const parts =
    lock === null || engine === null || data === null
      ? null
      : node === null
        ? foreignKeyParts(lock, model, engine, use.task, withoutFolder(files, pipeline.name), settings)
        : taskKeyParts(lock, model, engine, node, settings, data);
  const folder = files.size === 0 ? null : taskFolder(pipeline.name);
  return {
    ...cellFacts(pipeline, variant, checkpoint, task.use.alias, [...task.data.values()]),
    work:
      node === null
        ? { kind: 'foreign', task: use.task, settings, folder }
        : { kind: 'task', node, settings },
    limit: settings.limit ?? settings.samples?.length ?? null,
    inputs: [checkpoint.lockFile, ...task.inputs, ...lockFiles(task.data.values())],
    keyParts: parts,
    key: parts === null ? null : keyOf(parts),
  };
}

/** Names of pipelines are in no key. */
function withoutFolder(files: ReadonlyMap<string, string>, pipeline: string): DataDigests {
  const start = taskFolder(pipeline).length + 1;
  return Object.fromEntries([...files].map(([name, digest]) => [name.slice(start), digest]));
}

/** Each comparison with its checkpoints, pair by pair. */
function comparedPairs(
  pipeline: Pipeline,
  variant: Variant,
  checkpoints: readonly CheckpointUse[],
): readonly ComparedPair[] {
  const byId = new Map(checkpoints.map((checkpoint) => [checkpoint.id, checkpoint]));
  return pipeline.comparisons.flatMap((use) =>
    pairIds(pipeline, variant, use).map(({ dense, pruned }) => ({
      use,
      dense: found(byId, dense),
      pruned: found(byId, pruned),
    })),
  );
}

function planPair({ use, dense, pruned }: ComparedPair, cells: readonly Cell[]): PlannedPair {
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  const names = [...use.tasks.map((task) => task.alias), ...use.perplexity.map((measure) => measure.name)];
  const cellsOf = ({ id }: CheckpointUse, list: readonly string[]): readonly Cell[] =>
    list.map((name) => found(byId, `${id}/${name}`));
  const paths = reconciled(use).map(({ from, to }) => reconciliationName(from, to));
  const divergence = use.divergence === null ? null : divergenceName(dense, use.divergence);
  return {
    dense,
    pruned,
    denseCells: cellsOf(dense, names),
    prunedCells: cellsOf(pruned, names),
    reconciliations: paths.map((name) => ({
      dense: found(byId, `${dense.id}/${name}`),
      pruned: found(byId, `${pruned.id}/${name}`),
    })),
    divergence: divergence === null ? null : found(byId, `${pruned.id}/${divergence}`),
  };
}

function found<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key);
  if (value === undefined) throw new Error(`the plan has no '${key}'`);
  return value;
}

/** Files that a task reads: its rows, where they are locked, and the YAML files that say where they lie. */

import { existsSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { datasetLockFile } from '@evalgraph/spec';
import { dataFiles, leafTasks, type ResolvedTask, type TaskNode } from '@evalgraph/tasks';
import { type DataFile, locateDataFile } from '../locks/data-lock.ts';
import type { LockedCatalog } from '../locks/locked-catalog.ts';
import { messages as runnerMessages } from '../messages.ts';

export interface TaskData {
  /** `task/split/0` -> file. */
  readonly data: ReadonlyMap<string, DataFile>;
  /** Lock files of data sets of the hub that are missing or do not have the task's configuration. */
  readonly unlocked: readonly string[];
  /** Relative to the workspace root: for `nx affected`. Lock files of local data are not among them. */
  readonly inputs: readonly string[];
}

/** @throws UserError for all that locking cannot mend. */
export function nodeData(root: string, pipeline: string, node: TaskNode, catalog: LockedCatalog): TaskData {
  const found = leafTasks(node).map((task) => leafData(root, pipeline, task, catalog));
  const data = new Map(found.flatMap((one) => [...one.data]));
  const unlocked = found.flatMap((one) => one.unlocked);
  const inputs = [...node.files, ...declarations(node, data)].flatMap((file) => insideRoot(root, file));
  return { data, unlocked, inputs: [...inputs, ...unlocked] };
}

function leafData(
  root: string,
  pipeline: string,
  task: ResolvedTask,
  catalog: LockedCatalog,
): Pick<TaskData, 'data' | 'unlocked'> {
  const { path, revision } = task.config.dataset;
  try {
    const files = dataFiles(task, catalog).map(
      (file, index) =>
        [
          `${task.name}/${file.split}/${index}`,
          locateDataFile(root, pipeline, file.path, catalog.lockOf),
        ] as const,
    );
    return { data: new Map(files), unlocked: [] };
  } catch (error) {
    if (!isUnlocked(error)) throw error;
    return { data: new Map(), unlocked: [datasetLockFile(pipeline, path ?? '', revision)] };
  }
}

function isUnlocked(error: unknown): boolean {
  return (
    error instanceof UserError &&
    error.problems.every(({ code }) => code === runnerMessages.datasetNotLocked.code)
  );
}

/** The dataset.yaml files that say where the rows are, for tasks that do not name their files. */
function declarations(node: TaskNode, data: ReadonlyMap<string, DataFile>): readonly string[] {
  if (leafTasks(node).every(({ config }) => config.dataset.files !== null)) return [];
  const files = new Set([...data.values()].map(({ folder }) => join(folder, 'dataset.yaml')));
  return [...files].filter((file) => existsSync(file));
}

export function insideRoot(root: string, file: string): string[] {
  const path = relative(root, file);
  return path.startsWith('..') || isAbsolute(path) ? [] : [path.split(sep).join('/')];
}

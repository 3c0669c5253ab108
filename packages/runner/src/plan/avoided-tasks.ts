/** Tasks whose documents a corpus must not contain: known to the plan, so that their data is locked before it is read. */

import { suggest, UserError } from '@evalgraph/formats';
import {
  ALL_TASKS,
  type CorpusStage,
  isDatasetLockFile,
  type Pipeline,
  TASK_DOCUMENTS,
} from '@evalgraph/spec';
import { leafTasks, type ResolvedTask, type TaskLibrary } from '@evalgraph/tasks';
import { messages as runnerMessages } from '../messages.ts';
import type { PlanContext } from './context.ts';
import { messages } from './messages.ts';
import type { AvoidedTasks } from './plan.ts';
import { insideRoot, nodeData } from './task-data.ts';

/**
 * @param words of one step: names, `tasks`, `library`.
 * @returns each task once, in the order of the words.
 * @throws UserError: names that no task has; `tasks` of a pipeline without any; a task file with mistakes.
 */
export function avoidedTasks(
  corpus: string,
  words: readonly string[],
  pipeline: Pipeline,
  library: TaskLibrary,
): readonly ResolvedTask[] {
  const known = library.names();
  const names = [...new Set(words.flatMap((word) => named(word, corpus, pipeline, known)))];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const where = `${pipeline.file}: corpora.${corpus}: against`;
    throw new UserError(unknown.map((name) => runnerMessages.unknownTask(name, suggest(name, known), where)));
  }
  const leaves = names.flatMap((name) => leafTasks(library.resolve(name)));
  return [...new Map(leaves.map((task) => [task.name, task])).values()];
}

/** @throws UserError as `avoidedTasks` does, and for data that locking cannot find. */
export function avoidedBy(
  stage: CorpusStage,
  pipeline: Pipeline,
  { root, library, catalog }: Pick<PlanContext, 'root' | 'library' | 'catalog'>,
): AvoidedTasks {
  const words = Object.values(stage.against).flat();
  const tasks = avoidedTasks(stage.name, words, pipeline, library);
  const found = tasks.map((task) => nodeData(root, pipeline.name, task, catalog));
  const files = found.flatMap(({ data }) => [...data.values()]);
  const locked = files.filter(({ lockFile }) => isDatasetLockFile(pipeline.name, lockFile));
  return {
    corpus: stage.name,
    tasks,
    data: locked,
    unlocked: [...new Set(found.flatMap(({ unlocked }) => unlocked))],
    inputs: [
      ...new Set([
        ...found.flatMap(({ inputs }) => inputs),
        ...files.flatMap(({ path, lockFile }) =>
          isDatasetLockFile(pipeline.name, lockFile) ? [lockFile] : insideRoot(root, path),
        ),
      ]),
    ],
  };
}

function named(
  word: string,
  corpus: string,
  { models, comparisons }: Pipeline,
  known: readonly string[],
): readonly string[] {
  if (word === ALL_TASKS) return known;
  if (word !== TASK_DOCUMENTS) return [word];
  const used = [...models, ...comparisons].flatMap((part) => part.tasks.map(({ task }) => task));
  if (used.length === 0) throw new UserError(messages.noTasks(corpus));
  return used;
}

/** A pipeline's task by the name that its file gives. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Problem, UserError } from '@evalgraph/formats';
import { type TaskUse, taskFolder, taskPosition } from '@evalgraph/spec';
import {
  GENERATION_OVERRIDES,
  leafTasks,
  openTaskLibrary,
  type TaskLibrary,
  type TaskNode,
} from '@evalgraph/tasks';
import { messages, phrases } from './messages.ts';

/**
 * @param root the workspace's, absolute
 * @throws UserError of the library, and for settings that would change nothing: shown where the pipeline has them.
 */
export function resolveTask(use: TaskUse, library: TaskLibrary, root: string): TaskNode {
  let node: TaskNode;
  try {
    node = library.resolve(use.task, {}, use.generation ?? {});
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.problems.map((problem) => explained(located(problem, use), use.task, root)));
  }
  // lm-eval's rule: a task whose YAML says 0 is asked without shots, whatever the caller wants.
  const asked = use.numFewshot ?? 0;
  if (asked > 0 && leafTasks(node).every(({ config }) => config.numFewshot === 0)) {
    throw new UserError(located(messages.shotsWithoutEffect(use.task, asked), use));
  }
  return node;
}

/** The library knows the text of a task's YAML, but not the pipeline's that asked for it. */
function located(problem: Problem, use: TaskUse): Problem {
  const key = keyOf(problem);
  const at = key === null ? null : taskPosition(use, key);
  return at === null ? problem : { ...problem, at };
}

/** The key of the task's entry that a problem is with; null: none of them. */
function keyOf({ code, at }: Problem): 'task' | 'num_fewshot' | 'generation_kwargs' | null {
  if (code === 'unknown-task') return at === undefined ? 'task' : null;
  if (code === 'shots-without-effect') return 'num_fewshot';
  return code === 'nothing-generated' || at?.file === GENERATION_OVERRIDES ? 'generation_kwargs' : null;
}

/** A name that only another pipeline's tasks have is no slip of the pen: the remedy says where the task is. */
function explained(problem: Problem, task: string, root: string): Problem {
  if (problem.code !== 'unknown-task') return problem;
  const owner = pipelinesWithTasks(root).find((pipeline) => {
    const { names } = openTaskLibrary({ folders: [join(root, taskFolder(pipeline))] });
    return names().includes(task);
  });
  return owner === undefined ? problem : { ...problem, remedy: phrases.taskElsewhere(taskFolder(owner)) };
}

function pipelinesWithTasks(root: string): readonly string[] {
  const folder = join(root, 'pipelines');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((pipeline) => existsSync(join(root, taskFolder(pipeline))))
    .sort();
}

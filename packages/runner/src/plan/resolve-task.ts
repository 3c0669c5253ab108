/** A pipeline's task by the name that its file gives. */
import { UserError } from '@evalgraph/formats';
import type { TaskLibrary, TaskNode } from '@evalgraph/tasks';
import { type TaskUse, taskPosition } from '../spec/index.ts';

/** @throws UserError of the library; a name that is none is shown where the pipeline has it. */
export function resolveTask(use: TaskUse, library: TaskLibrary): TaskNode {
  try {
    return library.resolve(use.task, {}, use.generation ?? {});
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const at = taskPosition(use);
    throw new UserError(
      error.problems.map((problem) =>
        problem.code === 'unknown-task' && at !== null ? { at, ...problem } : problem,
      ),
    );
  }
}

/**
 * Lists of tasks -> TaskUses. A name in a model's or a comparison's list is the pipeline's task of that alias, with
 * its settings, where there is one; else a task with the defaults. Whether a task exists is not known here.
 */
import type { Context } from './context.ts';
import type { TaskInput } from './input.ts';
import { messages } from './messages.ts';
import type { TaskUse } from './pipeline.ts';
import type { Path } from './problems.ts';

export interface TaskRegistry {
  /** Lists under `tasks:` of the pipeline; to be read first. */
  pipelineTasks(list: readonly (TaskInput | null)[], path: Path): readonly TaskUse[];
  /** Lists of models and comparisons. */
  ownTasks(list: readonly (TaskInput | null)[], path: Path): readonly TaskUse[];
  /** Whether a task of the pipeline file has this alias. */
  has(alias: string): boolean;
}

/** @param limit the pipeline's, for tasks that set none. */
export function taskRegistry(limit: number | null, { problems, lineOf }: Context): TaskRegistry {
  const shared = new Map<string, TaskUse>();
  const known = new Map<string, { readonly use: TaskUse; readonly path: Path }>();

  function normalizeTask(input: TaskInput | null): TaskUse | null {
    if (typeof input === 'string') return shared.get(input) ?? taskUse(input, {});
    if (typeof input?.task !== 'string' || input.alias === null) return null;
    return taskUse(input.task, {
      numFewshot: input.num_fewshot ?? null,
      limit: input.limit ?? limit,
      alias: input.alias ?? input.task,
    });
  }

  function taskUse(task: string, settings: Partial<TaskUse>): TaskUse {
    return { task, numFewshot: null, limit, alias: task, ...settings };
  }

  function readList(list: readonly (TaskInput | null)[], path: Path): readonly TaskUse[] {
    const uses = new Map<string, TaskUse>();
    for (const [index, input] of list.entries()) {
      const use = normalizeTask(input);
      if (use === null) continue;
      const at = [...path, index];
      if (uses.has(use.alias)) problems.value(at, messages.repeatedTask(use.alias));
      else register(use, at);
      uses.set(use.alias, use);
    }
    return [...uses.values()];
  }

  function register(use: TaskUse, path: Path): void {
    const folder = use.alias.toLowerCase();
    const other = known.get(folder);
    if (other === undefined) known.set(folder, { use, path });
    else if (other.use.alias !== use.alias) {
      problems.value(path, messages.sameFolder('tasks', use.alias, other.use.alias));
    } else if (!sameUse(other.use, use)) {
      problems.value(
        path,
        messages.conflictingTask(use.alias, () => lineOf(other.path)),
      );
    }
  }

  return {
    pipelineTasks(list, path) {
      const uses = readList(list, path);
      for (const use of uses) shared.set(use.alias, use);
      return uses;
    },
    ownTasks: readList,
    has: (alias) => known.has(alias.toLowerCase()),
  };
}

function sameUse(a: TaskUse, b: TaskUse): boolean {
  return a.task === b.task && a.numFewshot === b.numFewshot && a.limit === b.limit;
}

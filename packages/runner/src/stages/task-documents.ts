/** Documents of tasks as JSON Lines of {task, text}: what a corpus must not contain. Shots and answers are left out. */
import { suggest, UserError } from '@evalgraph/formats';
import { leafTasks, prepareTask, type TextRequest } from '@evalgraph/tasks';
import { fetchTaskData } from '../locks/fetch-data.ts';
import { openLockedCatalog } from '../locks/locked-catalog.ts';
import { messages } from '../messages.ts';
import { taskLibrary } from '../workspace.ts';
import type { StageContext } from './context.ts';

/** @param tasks [] stands for every task of the pipeline. @throws UserError: unknown tasks, data that cannot be read. */
export async function taskDocuments(
  corpus: string,
  tasks: readonly string[],
  { root, pipeline, note }: StageContext,
): Promise<string> {
  const library = taskLibrary(root, pipeline.name);
  const used = [...pipeline.models, ...pipeline.comparisons].flatMap((part) =>
    part.tasks.map(({ task }) => task),
  );
  const names = [...new Set(tasks.length > 0 ? tasks : used)];
  if (names.length === 0) throw new UserError(messages.noTasksToAvoid(corpus));
  const known = library.names();
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UserError(unknown.map((name) => messages.unknownTaskName(name, suggest(name, known))));
  }
  const leaves = new Map(
    names.flatMap((name) => leafTasks(library.resolve(name))).map((task) => [task.name, task]),
  );
  const catalog = openLockedCatalog(root, [pipeline.name]);
  await fetchTaskData(root, [...leaves.values()], catalog, note);
  const lines: string[] = [];
  for (const [name, task] of leaves) {
    const { docs } = await prepareTask(task, {
      root,
      catalog,
      numFewshot: 0,
      limit: null,
      seed: pipeline.seed,
    });
    for (const { requests } of docs) {
      const [first] = requests;
      if (first !== undefined) lines.push(`${JSON.stringify({ task: name, text: textOf(first) })}\n`);
    }
  }
  return lines.join('');
}

/** What stands before the answers; where nothing does, the text itself. */
function textOf(request: TextRequest): string {
  switch (request.kind) {
    case 'loglikelihood':
      return request.context === '' ? request.continuation : request.context;
    case 'rolling':
      return request.text;
    case 'generate':
      return request.context;
  }
}

/** Documents of tasks as JSON Lines of {task, text}: what a corpus must not contain. Shots and answers are left out. */
import { prepareTask, type TextRequest } from '@evalgraph/tasks';
import { fetchTaskData } from '../locking/fetch-data.ts';
import { openLockedCatalog } from '../locks/locked-catalog.ts';
import { avoidedTasks } from '../plan/avoided-tasks.ts';
import { taskLibrary } from '../workspace.ts';
import type { StageContext } from './context.ts';

/** @param words as `avoidedTasks` takes them. @throws UserError as it does, and where data cannot be read. */
export async function taskDocuments(
  corpus: string,
  words: readonly string[],
  { root, pipeline, memo, note }: StageContext,
): Promise<string> {
  const tasks = avoidedTasks(corpus, words, pipeline, taskLibrary(root, pipeline.name));
  const catalog = openLockedCatalog(root, [pipeline.name]);
  await fetchTaskData(root, tasks, catalog, { digest: (path) => memo.digest(path), note });
  const lines: string[] = [];
  for (const task of tasks) {
    const { docs } = await prepareTask(task, {
      root,
      catalog,
      numFewshot: 0,
      limit: null,
      seed: pipeline.seed,
    });
    for (const { requests } of docs) {
      const [first] = requests;
      if (first !== undefined) lines.push(`${JSON.stringify({ task: task.name, text: textOf(first) })}\n`);
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

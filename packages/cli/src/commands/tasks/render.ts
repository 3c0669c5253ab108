/** `evalgraph tasks render NAME [n]`: a task's first prompts, as the model reads them. */

import { fetchTaskData } from '@evalgraph/runner/locking';
import { openLockedCatalog } from '@evalgraph/runner/locks';
import { DEFAULT_SEED } from '@evalgraph/spec';
import { leafTasks, type PreparedDoc, prepareTask } from '@evalgraph/tasks';
import type { Cli } from '../../command.ts';
import { namedPipelines } from '../../each-pipeline.ts';
import { libraryWith } from '../../task-libraries.ts';
import type { NamedTask } from './show.ts';

/** @param count documents of each task */
export async function renderTask(
  { root, print }: Cli,
  { name, pipeline, count }: NamedTask & { readonly count: number },
): Promise<void> {
  const catalog = openLockedCatalog(root, namedPipelines(root, pipeline));
  const tasks = leafTasks(libraryWith(root, name, pipeline).resolve(name));
  // Who looks at rows needs no digest.
  await fetchTaskData(root, tasks, catalog, { digest: null, note: print });
  for (const task of tasks) {
    const options = { root, catalog, numFewshot: null, limit: count, seed: DEFAULT_SEED };
    const { docs, originalCount, numFewshot } = await prepareTask(task, options);
    for (const doc of docs) {
      print(`===== ${task.name}: document ${doc.docId} of ${originalCount}, ${numFewshot} shots`);
      for (const line of renderDoc(doc)) print(line);
    }
  }
}

/** A row from a stranger must not steer the terminal; line breaks and tabs are a prompt's own. */
function printable(text: string): string {
  return text.replace(
    /[^\P{Cc}\n\t]/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Prompts stand between lines of their own, as they are: white space and line breaks matter in them. */
function renderDoc(doc: PreparedDoc): readonly string[] {
  const lines: string[] = [];
  let shown: string | null = null;
  for (const request of doc.requests) {
    const prompt = request.kind === 'rolling' ? request.text : request.context;
    if (prompt !== shown) lines.push('----- prompt', printable(prompt), '----- end of prompt');
    shown = prompt;
    if (request.kind === 'loglikelihood') lines.push(`continuation: ${JSON.stringify(request.continuation)}`);
    if (request.kind === 'generate') lines.push(`generate until: ${JSON.stringify(request.until)}`);
  }
  if (doc.choices !== null) lines.push(`choices: ${JSON.stringify(doc.choices)}`);
  return [
    ...lines,
    `target: ${JSON.stringify(doc.target, (_, value) => (typeof value === 'bigint' ? String(value) : value))}`,
    '',
  ];
}

/** Which tasks a command sees: the library's, and a pipeline's own before them, as in its runs. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { suggest, UserError } from '@evalgraph/formats';
import { checkPipelineName, runnerMessages, taskLibrary } from '@evalgraph/runner';
import { pipelineNames, taskFolder } from '@evalgraph/spec';
import { libraryFolder, openTaskLibrary, type TaskLibrary } from '@evalgraph/tasks';
import { messages } from './messages.ts';

/** @param pipeline null: the library alone. @throws UserError where there is no such pipeline. */
export function libraryOf(root: string, pipeline: string | null): TaskLibrary {
  return pipeline === null
    ? openTaskLibrary({ folders: [libraryFolder] })
    : taskLibrary(root, checkPipelineName(root, pipeline));
}

/**
 * The library in which `name` is looked up. Without a pipeline: the shared one, else that of the only pipeline that
 * has such a task.
 * @throws UserError where several have it, or none has and nothing is broken that might have had it.
 */
export function libraryWith(root: string, name: string, pipeline: string | null): TaskLibrary {
  const shared = libraryOf(root, pipeline);
  if (pipeline !== null || shared.names().includes(name)) return shared;
  const pipelines = pipelineNames(root).filter((one) => existsSync(join(root, taskFolder(one))));
  const libraries = new Map(pipelines.map((one) => [one, libraryOf(root, one)] as const));
  const having = [...libraries].filter(([, library]) => library.names().includes(name));
  const [only] = having;
  if (having.length > 1) {
    throw new UserError(
      messages.ambiguousTask.severalPipelines(
        name,
        having.map(([one]) => one),
      ),
    );
  }
  if (only !== undefined) return only[1];
  const [alone] = libraries.values();
  // One pipeline: its own message also says which of its files cannot be read.
  if (libraries.size === 1 && alone !== undefined) return alone;
  const known = [...libraries.values(), shared].flatMap((library) => library.names());
  throw new UserError(runnerMessages.unknownTask(name, suggest(name, known)));
}

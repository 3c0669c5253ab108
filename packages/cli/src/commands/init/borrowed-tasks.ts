/**
 * Tasks of the workspace's other pipelines, for a new one: a pipeline sees its own tasks and the library's, so they
 * are copied.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type Problem, UserError } from '@evalgraph/formats';
import { pipelineNames, taskFolder } from '@evalgraph/spec';
import { messages } from '../../messages.ts';
import { libraryOf } from '../../task-libraries.ts';

export interface BorrowedTasks {
  /** Each file's place in the new tasks folder -> its path now, absolute. */
  readonly files: ReadonlyMap<string, string>;
  /** The tasks that are taken from each pipeline. */
  readonly from: ReadonlyMap<string, readonly string[]>;
}

/** Names of every task that some pipeline has of its own. */
export function ownTaskNames(root: string): readonly string[] {
  const shared = new Set(libraryOf(root, null).names());
  const names = withTasks(root).flatMap((pipeline) => libraryOf(root, pipeline).names());
  return [...new Set(names)].filter((name) => !shared.has(name));
}

/**
 * @param names tasks that the shared library does not have; those that no pipeline has either are left out
 * @throws UserError where pipelines have different tasks of a name, or files of two would have one place
 */
export function borrowTasks(root: string, names: readonly string[]): BorrowedTasks {
  const files = new Map<string, string>();
  const from = new Map<string, string[]>();
  const problems: Problem[] = [];
  const pipelines = withTasks(root);
  for (const name of names) {
    const having = pipelines.filter((pipeline) => libraryOf(root, pipeline).names().includes(name));
    const [first, ...others] = having;
    if (first === undefined) continue;
    const own = filesOf(root, first, name);
    if (others.some((other) => !isAlike(own, filesOf(root, other, name)))) {
      problems.push(messages.ambiguousTask.differentTasks(name, having));
      continue;
    }
    for (const [place, path] of own) {
      const taken = files.get(place);
      if (taken !== undefined && !isSame(taken, path))
        problems.push(messages.ambiguousTask.samePlace(name, place));
      files.set(place, path);
    }
    from.set(first, [...(from.get(first) ?? []), name]);
  }
  if (problems.length > 0) throw new UserError(problems);
  return { files, from };
}

function withTasks(root: string): readonly string[] {
  return pipelineNames(root).filter((pipeline) => existsSync(join(root, taskFolder(pipeline))));
}

/** Those in the pipeline's folder: what a task includes of the library is there anyway. */
function filesOf(root: string, pipeline: string, name: string): ReadonlyMap<string, string> {
  const folder = join(root, taskFolder(pipeline));
  const paths = libraryOf(root, pipeline).resolve(name).files;
  return new Map(
    paths.flatMap((path): [string, string][] => {
      const place = relative(folder, path);
      return place.startsWith('..') ? [] : [[place.split(sep).join('/'), path]];
    }),
  );
}

function isAlike(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return (
    one.size === other.size &&
    [...one].every(([place, path]) => {
      const twin = other.get(place);
      return twin !== undefined && isSame(path, twin);
    })
  );
}

function isSame(path: string, other: string): boolean {
  return path === other || readFileSync(path).equals(readFileSync(other));
}

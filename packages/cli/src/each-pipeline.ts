/** What several commands do: the same work for the pipelines that were named, or for all. */
import { type Problem, UserError } from '@evalgraph/formats';
import { checkPipelineName } from '@evalgraph/runner';
import { pipelineNames } from '@evalgraph/spec';

/**
 * @param given empty or null: every pipeline of the workspace
 * @throws UserError at a name that no pipeline has.
 */
export function namedPipelines(root: string, given: readonly string[] | string | null): readonly string[] {
  const names = given === null ? [] : typeof given === 'string' ? [given] : given;
  return names.length > 0 ? names.map((name) => checkPipelineName(root, name)) : pipelineNames(root);
}

/**
 * One pipeline's problems do not keep the others from their turn.
 * @param names empty: every pipeline of the workspace
 * @param work returns the problems that did not stop it, and throws UserError at one that did
 * @throws UserError with the problems of all of them.
 */
export async function forEachPipeline(
  root: string,
  names: readonly string[],
  work: (pipeline: string) => Promise<readonly Problem[]>,
): Promise<void> {
  const problems: Problem[] = [];
  for (const name of namedPipelines(root, names)) {
    try {
      problems.push(...(await work(name)));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new UserError(problems);
}

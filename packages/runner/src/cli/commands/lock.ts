/** `evalgraph lock [pipeline…]`: writes the locks of the named pipelines, or of all. */
import { type Problem, UserError } from '@evalgraph/formats';
import { verifiedFile } from '../../layout.ts';
import { type LockOutcome, lockPipeline } from '../../locks/lock-pipeline.ts';
import { openDigestMemo } from '../../locks/verify.ts';
import { checkPipelineName, pipelineNames, planPipeline } from '../../workspace.ts';
import { readArguments } from '../arguments.ts';
import type { Print } from '../command.ts';

/** One pipeline's problems do not keep the others from being locked. */
export async function lockCommand(root: string, args: readonly string[], print: Print): Promise<void> {
  const { names } = readArguments(args, 'lock [pipeline…]', []);
  const wanted = names.length > 0 ? names.map((name) => checkPipelineName(root, name)) : pipelineNames(root);
  const problems: Problem[] = [];
  for (const name of wanted) {
    try {
      await lockOne(root, name, print);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new UserError(problems);
}

async function lockOne(root: string, name: string, print: Print): Promise<void> {
  const counts = { written: 0, unchanged: 0 };
  const plan = planPipeline(root, name, 'full');
  try {
    const onLock = ({ file, state }: LockOutcome): void => {
      counts[state] += 1;
      if (state === 'written') print(`locked ${file}`);
    };
    await lockPipeline(root, plan, openDigestMemo(verifiedFile(root)), onLock, print);
  } finally {
    print(`${name}: ${counts.written} locks written, ${counts.unchanged} unchanged`);
  }
}

/** `evalgraph lock [pipeline…]`: writes the locks of the named pipelines, or of all. */
import { type Problem, UserError } from '@evalgraph/formats';
import { planPipeline } from '@evalgraph/runner';
import { type LockOutcome, lockPipeline, lockSeries, openSeries } from '@evalgraph/runner/locking';
import { openDigestMemo } from '@evalgraph/runner/locks';
import type { Plan } from '@evalgraph/runner/plan';
import { type Hub, openHub } from '@evalgraph/sources/hub';
import { seriesLockFile, specMessages, verifiedFile } from '@evalgraph/spec';
import type { Cli, Print } from '../../command.ts';
import { forEachPipeline } from '../../each-pipeline.ts';
import { pythonNote } from '../../python-note.ts';

export async function lockPipelines({ root, print }: Cli, names: readonly string[]): Promise<void> {
  await forEachPipeline(root, names, async (name) => {
    await lockOne(root, name, print);
    return [];
  });
}

async function lockOne(root: string, name: string, print: Print): Promise<void> {
  const counts = { written: 0, unchanged: 0 };
  const onLock = ({ file, state }: LockOutcome): void => {
    counts[state] += 1;
    if (state === 'written') print(`locked ${file}`);
  };
  let opened: Hub | null = null;
  const hub = (): Hub => {
    opened ??= openHub();
    return opened;
  };
  try {
    const problems = await lockOpenSeries(root, name, hub, onLock, print);
    const plan = planOr(root, name, problems);
    const memo = openDigestMemo(verifiedFile(root));
    await lockPipeline(root, plan, { memo, hub, onLock, note: print });
    const note = await pythonNote(plan.pipeline.stages, process.env);
    if (note !== null) print(`${name}: ${note}`);
    if (problems.length > 0) throw new UserError(problems);
  } finally {
    print(`${name}: locks: ${counts.written} written, ${counts.unchanged} unchanged`);
  }
}

/** @returns what could not be looked at; what is known of it from before stays. */
async function lockOpenSeries(
  root: string,
  name: string,
  hub: () => Hub,
  onLock: (outcome: LockOutcome) => void,
  print: Print,
): Promise<readonly Problem[]> {
  const questions = openSeries(root, name);
  if (questions.length === 0) return [];
  try {
    const written = await lockSeries(root, name, questions, hub, print);
    onLock({ file: seriesLockFile(name), state: written ? 'written' : 'unchanged' });
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.problems;
  }
}

/** A series that could not be looked at is reported once, not again as one that is not locked. */
function planOr(root: string, name: string, problems: readonly Problem[]): Plan {
  try {
    return planPipeline(root, name, 'full');
  } catch (error) {
    if (!(error instanceof UserError) || problems.length === 0) throw error;
    const others = error.problems.filter(({ code }) => code !== specMessages.seriesNotLocked.code);
    throw new UserError([...problems, ...others]);
  }
}

/** The target `compare`: one comparison, from its cells' results and both checkpoints' weights. */

import { comparisonFigures } from '@evalgraph/cli/figures';
import { screenOf } from '@evalgraph/cli/terminal';
import { planPipeline, requireMade } from '@evalgraph/runner';
import { runComparison } from '@evalgraph/runner/comparison';
import { requireAsLocked } from '@evalgraph/runner/locking';
import type { Variant } from '@evalgraph/spec';
import { writeOut } from '@evalgraph/system';
import type { ExecutorContext } from '@nx/devkit';
import { reported } from './reported.ts';

export interface CompareOptions {
  readonly pipeline: string;
  readonly comparison: string;
  readonly variant: Variant;
  readonly output: string;
}

export function compareExecutor(
  options: CompareOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const plan = planPipeline(context.root, options.pipeline, options.variant);
    await requireAsLocked(context.root, plan);
    requireMade(plan);
    await runComparison(context.root, plan, options.comparison);
    const lines = await comparisonFigures(context.root, plan, [options.comparison], screenOf(process.stdout));
    writeOut(lines.map((line) => `${line}\n`).join(''));
    return true;
  });
}

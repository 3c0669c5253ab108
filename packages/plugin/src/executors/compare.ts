/** The target `compare`: one comparison, from its cells' results and both checkpoints' weights. */

import { comparisonFigures } from '@evalgraph/cli/figures';
import { screenOf } from '@evalgraph/cli/terminal';
import { runComparison } from '@evalgraph/runner/comparison';
import type { Variant } from '@evalgraph/spec';
import { writeOut } from '@evalgraph/system';
import type { ExecutorContext } from '@nx/devkit';
import { readyPlan } from './ready-plan.ts';
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
    const plan = await readyPlan(context.root, options);
    await runComparison(context.root, plan, options.comparison);
    const lines = await comparisonFigures(context.root, plan, [options.comparison], screenOf(process.stdout));
    writeOut(lines.map((line) => `${line}\n`).join(''));
    return true;
  });
}

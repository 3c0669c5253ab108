/** The target `compare`: one comparison, from its cells' results and both checkpoints' weights. */
import type { ExecutorContext } from '@nx/devkit';
import type { Variant } from '../../layout.ts';
import { requireAsLocked } from '../../locks/as-locked.ts';
import { writeOut } from '../../standard-output.ts';
import { screenOf } from '../../terminal/screen.ts';
import { planPipeline, requireMade } from '../../workspace.ts';
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
    // Nx requires this file; vega, behind it, awaits at its top level and so can only be imported.
    const { runComparison } = await import('../../run/comparison-run.ts');
    await runComparison(context.root, plan, options.comparison);
    const { comparisonFigures } = await import('../../cli/figures.ts');
    const lines = await comparisonFigures(context.root, plan, [options.comparison], screenOf(process.stdout));
    writeOut(lines.map((line) => `${line}\n`).join(''));
    return true;
  });
}

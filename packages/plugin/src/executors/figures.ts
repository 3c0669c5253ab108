/** Targets that mean many cells or comparisons: those have run when this begins, and it prints what came out. */

import { cellFigures, comparisonFigures, evaluatedText } from '@evalgraph/cli/figures';
import { screenOf } from '@evalgraph/cli/terminal';
import { planPipeline } from '@evalgraph/runner';
import type { Variant } from '@evalgraph/spec';
import { writeOut } from '@evalgraph/system';
import type { ExecutorContext } from '@nx/devkit';
import { reported } from './reported.ts';

export interface FiguresOptions {
  readonly pipeline: string;
  readonly shown: 'cells' | 'perplexity' | 'divergence' | 'samples' | 'comparisons';
  readonly variant: Variant;
}

export function figuresExecutor(
  { pipeline, shown, variant }: FiguresOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const plan = planPipeline(context.root, pipeline, variant);
    const names = plan.comparisons.map(({ use }) => use.name);
    const lines =
      shown === 'cells'
        ? await evaluatedText(context.root, plan)
        : shown === 'comparisons'
          ? await comparisonFigures(context.root, plan, names, screenOf(process.stdout))
          : await cellFigures(context.root, plan, shown, screenOf(process.stdout));
    writeOut(lines.map((line) => `${line}\n`).join(''));
    return true;
  });
}

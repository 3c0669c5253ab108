/** The target `report`: everything there is to read about a pipeline. */
import type { ExecutorContext } from '@nx/devkit';
import type { Variant } from '../../layout.ts';
import { requireAsLocked } from '../../locks/as-locked.ts';
import { plannedEngine } from '../../run/planned-engine.ts';
import { writeOut } from '../../standard-output.ts';
import { planPipeline, requireMade } from '../../workspace.ts';
import { reported } from './reported.ts';

export interface ReportOptions {
  readonly pipeline: string;
  readonly variant: Variant;
  readonly output: string;
  readonly summary: string;
}

export function reportExecutor(
  options: ReportOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const plan = planPipeline(context.root, options.pipeline, options.variant);
    await requireAsLocked(context.root, plan);
    requireMade(plan);
    // Nx requires this file; vega, behind it, awaits at its top level and so can only be imported.
    const { runReport } = await import('../../run/report-run.ts');
    await runReport(context.root, plan, plannedEngine(plan));
    writeOut(`${options.output}/report.md\n`);
    return true;
  });
}

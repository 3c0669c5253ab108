/** The target `report`: everything there is to read about a pipeline. */

import { runReport } from '@evalgraph/runner/reporting';
import { plannedEngine } from '@evalgraph/runner/run';
import type { Variant } from '@evalgraph/spec';
import { writeOut } from '@evalgraph/system';
import type { ExecutorContext } from '@nx/devkit';
import { readyPlan } from './ready-plan.ts';
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
    const plan = await readyPlan(context.root, options);
    await runReport(context.root, plan, plannedEngine(plan));
    writeOut(`${options.output}/report.md\n`);
    return true;
  });
}

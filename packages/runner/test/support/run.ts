/** Runs a pipeline's cells without Nx, as the executors do. */

import { embeddedEngine } from '../../../engines/src/embedded/adapter.ts';
import type { Variant } from '../../../spec/src/layout.ts';
import { runComparison } from '../../src/comparison/comparison-run.ts';
import { runReport } from '../../src/reporting/report-run.ts';
import type { CellOutcome } from '../../src/run/cell-attempt.ts';
import { runCells } from '../../src/run/cells-run.ts';
import { lineProgress } from '../../src/run/progress.ts';
import { planPipeline } from '../../src/workspace.ts';
import { lockCommand } from './commands.ts';

export async function lock(root: string): Promise<readonly string[]> {
  const lines: string[] = [];
  await lockCommand(root, [], (line) => lines.push(line));
  return lines;
}

/** @returns outcomes by cell: an origin, or the text of what failed. */
export async function evaluate(
  root: string,
  variant: Variant = 'full',
  only: (cell: string) => boolean = () => true,
): Promise<ReadonlyMap<string, string>> {
  const plan = planPipeline(root, 't', variant);
  const cells = plan.cells.filter((cell) => only(cell.id));
  const progress = lineProgress({ write: () => {} });
  const outcomes: CellOutcome[] = [];
  for await (const outcome of runCells({ root, plan, cells, engine: embeddedEngine, progress })) {
    outcomes.push(outcome);
  }
  return new Map(
    outcomes.map(({ cell, result }) => [cell.id, result.ok ? result.origin : result.text] as const).sort(),
  );
}

export async function report(root: string, variant: Variant = 'full'): Promise<void> {
  const plan = planPipeline(root, 't', variant);
  for (const { use } of plan.comparisons) await runComparison(root, plan, use.name);
  await runReport(root, plan, embeddedEngine);
}

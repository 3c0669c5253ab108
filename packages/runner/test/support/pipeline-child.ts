/** A process of its own that locks, evaluates, compares and reports one pipeline of a workspace, as a full run does. */
import { runComparison } from '../../src/comparison/comparison-run.ts';
import { runReport } from '../../src/reporting/report-run.ts';
import { runCells } from '../../src/run/cells-run.ts';
import { plannedEngine } from '../../src/run/planned-engine.ts';
import { lineProgress } from '../../src/run/progress.ts';
import { planPipeline } from '../../src/workspace.ts';
import { lockCommand } from './commands.ts';

const [root = '', pipeline = ''] = process.argv.slice(2);
await lockCommand(root, [pipeline], () => {});
const plan = planPipeline(root, pipeline, 'full');
const engine = plannedEngine(plan);
const progress = lineProgress({ write: () => {} });
for await (const { cell, result } of runCells({ root, plan, cells: plan.cells, engine, progress })) {
  if (!result.ok) throw new Error(`${cell.id}: ${result.text}`);
}
for (const { use } of plan.comparisons) await runComparison(root, plan, use.name);
await runReport(root, plan, engine);
process.stdout.write('done\n');

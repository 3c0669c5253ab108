/** Runs a pipeline's cells as the executor does, signals included, so that it can be interrupted and killed. */
import { handleSignals } from '../../../system/src/interrupt.ts';
import { runCells } from '../../src/run/cells-run.ts';
import { plannedEngine } from '../../src/run/planned-engine.ts';
import { lineProgress } from '../../src/run/progress.ts';
import { planPipeline } from '../../src/workspace.ts';

handleSignals();
const [root = '', only = ''] = process.argv.slice(2);
const plan = planPipeline(root, 't', 'full');
const cells = plan.cells.filter(({ id }) => id.startsWith(only));
const progress = lineProgress({ write: (line) => process.stdout.write(`${line}\n`) });
for await (const { cell, result } of runCells({ root, plan, cells, engine: plannedEngine(plan), progress })) {
  process.stdout.write(`${cell.id}: ${result.ok ? result.origin : result.text}\n`);
}

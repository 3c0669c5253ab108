/** A process of its own that evaluates a locked pipeline cell by cell, as large models run, and is killed after some. */
import { runCells } from '../../src/run/cells-run.ts';
import { plannedEngine } from '../../src/run/planned-engine.ts';
import { lineProgress } from '../../src/run/progress.ts';
import { planPipeline } from '../../src/workspace.ts';

const [root = '', pipeline = '', most = '0'] = process.argv.slice(2);
const plan = planPipeline(root, pipeline, 'full');
const progress = lineProgress({ write: () => {} });
const engine = plannedEngine(plan);
let ended = 0;
for (const cell of plan.cells) {
  for await (const { result } of runCells({ root, plan, cells: [cell], engine, progress })) {
    if (!result.ok) throw new Error(result.text);
  }
  ended += 1;
  if (ended === Number(most)) process.kill(process.pid, 'SIGKILL');
}

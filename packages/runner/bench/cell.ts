/** Evaluates one cell of the demo in a process of its own, for bench.ts beside it; results/ is left alone. */
import { resolve } from 'node:path';
import { embeddedEngine } from '../../engines/src/embedded/adapter.ts';
import { runCells } from '../src/run/cells-run.ts';
import { lineProgress } from '../src/run/progress.ts';
import { planPipeline } from '../src/workspace.ts';

const root = resolve(import.meta.dirname, '../../..');
const [id] = process.argv.slice(2);
const plan = planPipeline(root, 'demo', 'full');
const cells = plan.cells
  .filter((cell) => cell.id === id)
  .map((cell) => ({ ...cell, output: `.evalgraph/bench/${cell.id}` }));
const progress = lineProgress({ write: () => {} });
for await (const { result } of runCells({ root, plan, cells, engine: embeddedEngine, progress })) {
  if (!result.ok) throw new Error(result.text);
}

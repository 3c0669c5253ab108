/** The work of a cell, by its kind. */
import type { Cell } from '../plan/plan.ts';
import type { CellContext, PreparedWork } from './context.ts';
import { preparePerplexity } from './perplexity-work.ts';
import { prepareTasks } from './task-work.ts';

export function prepareWork(cell: Cell, context: CellContext): Promise<PreparedWork> {
  const { work } = cell;
  if (work.kind === 'imported' || work.kind === 'foreign') {
    throw new Error(`${cell.id} is ${work.kind}: nothing is asked of a model here`);
  }
  return work.kind === 'task'
    ? prepareTasks(cell, work.node, work.settings, context)
    : preparePerplexity(cell, work.use, context);
}

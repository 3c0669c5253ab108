/** The work of a cell, by its kind. */
import type { Cell } from '../plan/plan.ts';
import type { CellContext, PreparedWork } from './context.ts';
import { prepareDivergence } from './divergence-work.ts';
import { preparePerplexity, prepareReconciliation } from './perplexity-work.ts';
import { prepareSamples } from './samples-work.ts';
import { prepareTasks } from './task-work.ts';

export function prepareWork(cell: Cell, context: CellContext): Promise<PreparedWork> {
  const { work } = cell;
  switch (work.kind) {
    case 'imported':
    case 'foreign':
      throw new Error(`${cell.id} is ${work.kind}: nothing is asked of a model here`);
    case 'task':
      return prepareTasks(cell, work.node, work.settings, context);
    case 'samples':
      return prepareSamples(cell, work.settings, context);
    case 'perplexity':
      return preparePerplexity(cell, work.use, context);
    case 'reconciliation':
      return prepareReconciliation(cell, work, context);
    case 'divergence':
      return prepareDivergence(cell, work, context);
  }
}

/** A cell's work: its requests, and how responses become results and samples. One shape for every kind of cell. */
import type { SessionRequest, SessionResponse } from '../engines/session.ts';
import type { Cell } from '../plan/plan.ts';
import type { CellContext } from './context.ts';
import { preparePerplexity } from './perplexity-work.ts';
import { prepareTasks } from './task-work.ts';

export interface PreparedWork {
  readonly requests: readonly SessionRequest[];
  /** @param responses one for each request, in order. */
  score(responses: readonly SessionResponse[]): ScoredWork;
}

export interface ScoredWork {
  /** Content of results.json; the names of pipeline and checkpoint are filled in where it is placed. */
  readonly results: string;
  /** File name -> content. */
  readonly samples: ReadonlyMap<string, string>;
}

export function prepareWork(cell: Cell, context: CellContext): Promise<PreparedWork> {
  const { work } = cell;
  return work.kind === 'task'
    ? prepareTasks(cell, work.node, work.settings, context)
    : preparePerplexity(cell, work.use, context);
}

/** Which run a command shows: the one that was asked for, or the quick one where no other has results. */

import { planPipeline } from '@evalgraph/runner';
import { requireAsLocked } from '@evalgraph/runner/locking';
import type { Plan } from '@evalgraph/runner/plan';
import { findCells } from '@evalgraph/runner/results';
import { phrases } from './terminal/messages.ts';

export interface ShownRun {
  readonly plan: Plan;
  /** What to say before the results: they are not those that the command's words mean. null: they are. */
  readonly note: string | null;
}

/**
 * @param isQuick the quick run was asked for by name
 * @throws UserError where the pipeline cannot be planned or is not locked.
 */
export async function openShown(root: string, pipeline: string, isQuick: boolean): Promise<ShownRun> {
  const asked = planPipeline(root, pipeline, isQuick ? 'quick' : 'full');
  await requireAsLocked(root, asked);
  if (isQuick || (await hasResults(root, asked))) return { plan: asked, note: null };
  const quick = planPipeline(root, pipeline, 'quick');
  if (!(await hasResults(root, quick))) return { plan: asked, note: null };
  return { plan: quick, note: phrases.showsQuick(pipeline, `npx nx run ${pipeline}:report`) };
}

/** Looks until the first: a pipeline may have thousands of cells. */
async function hasResults(root: string, plan: Plan): Promise<boolean> {
  for (const cell of plan.cells) {
    const { results } = await findCells(root, plan, [cell]);
    if (results.size > 0) return true;
  }
  return false;
}

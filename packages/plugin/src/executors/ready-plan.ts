/** The plan of a target that reads results: what it stands on must be locked, and made. */
import { planPipeline, requireMade } from '@evalgraph/runner';
import { requireAsLocked } from '@evalgraph/runner/locking';
import type { Plan } from '@evalgraph/runner/plan';
import type { Variant } from '@evalgraph/spec';

/** @throws UserError where a file is not as locked, or weights are still to be made */
export async function readyPlan(
  root: string,
  { pipeline, variant }: { readonly pipeline: string; readonly variant: Variant },
): Promise<Plan> {
  const plan = planPipeline(root, pipeline, variant);
  await requireAsLocked(root, plan);
  requireMade(plan);
  return plan;
}

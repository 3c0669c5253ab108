/**
 * What a resumed run leaves out. The plan stays as it is, so that every pass that runs again has the same shape
 * and gives the same bits: only passes that no unanswered request needs are skipped.
 */
import type { PassPlan } from './plan.ts';

export interface NeededWork {
  /** Whether a pass is needed, by its id. */
  readonly passes: readonly boolean[];
  /** Whether a batch is needed, by its place: one with an unanswered request is decoded as a whole. */
  readonly batches: readonly boolean[];
}

export function neededWork(plan: PassPlan, done: ReadonlySet<number>): NeededWork {
  const batches = plan.decodeBatches.map((batch) => batch.requests.some((request) => !done.has(request)));
  const decoded = new Set(
    plan.decodeBatches.flatMap((batch, i) => (batches[i] === true ? batch.requests : [])),
  );
  const passes = new Array<boolean>(plan.passes.length).fill(false);
  // Children come after their parents: backwards, a need reaches all ancestors.
  for (const pass of plan.passes.toReversed()) {
    const needed =
      passes[pass.id] === true ||
      pass.targets.some(({ request }) => !done.has(request)) ||
      pass.contexts.some(({ request }) => decoded.has(request));
    if (!needed) continue;
    passes[pass.id] = true;
    if (pass.parent !== null) passes[pass.parent] = true;
  }
  return { passes, batches };
}

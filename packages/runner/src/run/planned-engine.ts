/** The engine of a plan, with the identity that the plan's keys were made of. */
import type { Engine } from '@evalgraph/engines';
import { engineOf } from '@evalgraph/engines';
import { engineLockFile } from '@evalgraph/spec';
import type { Plan } from '../plan/plan.ts';

export function plannedEngine({ pipeline, engine }: Plan): Engine {
  const lockFile = engineLockFile(pipeline.name);
  return engineOf(pipeline.engine, { identity: engine, pipeline: pipeline.name, lockFile });
}

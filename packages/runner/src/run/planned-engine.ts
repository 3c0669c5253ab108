/** The engine of a plan, with the identity that the plan's keys were made of. */
import type { Engine } from '../engines/engine.ts';
import { engineOf } from '../engines/engine-of.ts';
import { engineLockFile } from '../layout.ts';
import type { Plan } from '../plan/plan.ts';

export function plannedEngine({ pipeline, engine }: Plan): Engine {
  const lockFile = engineLockFile(pipeline.name);
  return engineOf(pipeline.engine, { identity: engine, pipeline: pipeline.name, lockFile });
}

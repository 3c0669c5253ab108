/** Opens what a command or a target works on: the workspace, its pipelines, their plans. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { engineIdentity } from '@evalgraph/engines';
import { suggest, UserError } from '@evalgraph/formats';
import {
  loadPipeline,
  type Pipeline,
  pipelineFile,
  pipelineNames,
  taskFolder,
  type Variant,
} from '@evalgraph/spec';
import { libraryFolder, openTaskLibrary, type TaskLibrary } from '@evalgraph/tasks';
import { lockedEngine } from './locks/engine-lock.ts';
import { openLockedCatalog } from './locks/locked-catalog.ts';
import { lockedSteps } from './locks/series-lock.ts';
import { messages } from './messages.ts';
import { buildPlan } from './plan/build-plan.ts';
import type { Plan } from './plan/plan.ts';

/** @throws UserError where the workspace has no such pipeline. */
export function checkPipelineName(root: string, name: string): string {
  const known = pipelineNames(root);
  if (known.includes(name)) return name;
  throw new UserError(messages.unknownPipeline(name, known, suggest(name, known)));
}

/** The pipeline's file, with the steps that its series lock names. @throws UserError with every problem of the file. */
export function loadLocked(root: string, name: string): Pipeline {
  return loadPipeline(join(root, pipelineFile(name)), { root, stepsOf: lockedSteps(root, name) });
}

/** @throws UserError with every problem of the pipeline's files. */
export function planPipeline(
  root: string,
  name: string,
  variant: Variant,
  weights: 'foreseen' | 'made' = 'made',
): Plan {
  const pipeline = loadLocked(root, name);
  const { engine, versions, isChosen } = lockedEngine(root, pipeline);
  return buildPlan({ ...pipeline, engine }, variant, {
    root,
    library: taskLibrary(root, name),
    catalog: openLockedCatalog(root, [name]),
    engine: isChosen ? engineIdentity(engine, versions) : null,
    weights,
  });
}

/** The pipeline's own tasks before the library's. */
export function taskLibrary(root: string, pipeline: string): TaskLibrary {
  const own = join(root, taskFolder(pipeline));
  return openTaskLibrary({ folders: [...(existsSync(own) ? [own] : []), libraryFolder] });
}

/** @throws UserError where weights are still to be made. */
export function requireMade({ unmade }: Plan): void {
  if (unmade.length > 0) {
    throw new UserError(
      unmade.map(
        ({ id, made, refused }) =>
          refused ?? messages.notMade.checkpoint(id, `${made?.project ?? ''}:${made?.target ?? ''}`),
      ),
    );
  }
}

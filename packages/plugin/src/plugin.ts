/** The Nx plugin: infers projects from pipelines/<name>/pipeline.yaml. */
import { basename, dirname } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { planPipeline } from '@evalgraph/runner';
import { PIPELINE_GLOB } from '@evalgraph/spec';
import {
  type CreateNodesResult,
  type CreateNodesV2,
  createNodesFromFiles,
  type PreTasksExecution,
} from '@nx/devkit';
import { brokenProjects } from './broken-projects.ts';
import { setLockStates } from './lock-state.ts';
import { toProjects } from './projects.ts';

export const name = 'evalgraph';

export const createNodesV2: CreateNodesV2 = [
  PIPELINE_GLOB,
  (files, options, context) =>
    createNodesFromFiles(
      (file) => ({ projects: projectsOf(context.workspaceRoot, basename(dirname(file))) }),
      files,
      options,
      context,
    ),
];

/** Nx asks it before any task, also where everything comes out of its cache. */
export const preTasksExecution: PreTasksExecution = (_options, { workspaceRoot, argv }) =>
  setLockStates(workspaceRoot, argv, process.env);

function projectsOf(root: string, pipeline: string): NonNullable<CreateNodesResult['projects']> {
  try {
    return toProjects({
      full: planPipeline(root, pipeline, 'full', 'foreseen'),
      quick: planPipeline(root, pipeline, 'quick', 'foreseen'),
    });
  } catch (error) {
    // Whatever went wrong with one pipeline, the graph of the others is sound: running it shows what it was.
    const text = error instanceof UserError ? error.message : error instanceof Error ? error.stack : null;
    return brokenProjects(root, pipeline, text ?? String(error));
  }
}

/**
 * A pipeline that cannot be planned -> projects that Nx finds under every name that somebody may type. Each of their
 * targets fails with the pipeline's problems; no other pipeline is disturbed. Locking may mend it.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import { cellProjectName, comparisonProjectName } from '../cell-names.ts';
import { comparisonFolder, pipelineFolder, resultsFolder } from '../layout.ts';
import { RESULTS_FILE } from '../run/result-files.ts';
import { reservedNames } from '../spec/index.ts';
import { lockTarget, PIPELINE_TARGETS, type Projects } from './projects.ts';

/** @param text every problem of the pipeline, as it is printed */
export function brokenProjects(root: string, pipeline: string, text: string): Projects {
  const failing: TargetConfiguration = {
    executor: '@evalgraph/runner:broken',
    options: { text },
    // Without inputs Nx hashes the project's files, and fails where it knows none of them.
    inputs: [],
    // Nx looks for a configuration before it runs anything.
    configurations: { quick: {} },
  };
  const project = (
    name: string,
    folder: string,
    targets: readonly string[],
  ): ProjectConfiguration & { root: string } => ({
    name,
    root: folder,
    projectType: 'application',
    tags: [`pipeline:${pipeline}`],
    metadata: {
      description: `${pipeline} has errors; run any target to see them.`,
      technologies: ['evalgraph'],
    },
    targets: Object.fromEntries(targets.map((target) => [target, failing])),
  });
  const own = project(pipeline, pipelineFolder(pipeline), PIPELINE_TARGETS);
  const projects = [
    { ...own, tags: ['kind:pipeline'], targets: { ...own.targets, lock: lockTarget(pipeline) } },
    // Which cells there are only the pipeline's file says, and it cannot be read: those with results are known.
    ...foldersIn(root, resultsFolder(pipeline, 'full'))
      .filter((checkpoint) => !reservedNames.includes(checkpoint))
      .flatMap((checkpoint) => {
        const folder = `${resultsFolder(pipeline, 'full')}/${checkpoint}`;
        return foldersIn(root, folder)
          .filter((task) => existsSync(join(root, folder, task, RESULTS_FILE)))
          .map((task) =>
            project(cellProjectName(pipeline, `${checkpoint}/${task}`), `${folder}/${task}`, ['eval']),
          );
      }),
    ...foldersIn(root, `${resultsFolder(pipeline, 'full')}/comparisons`).map((name) =>
      project(comparisonProjectName(pipeline, name), comparisonFolder(pipeline, 'full', name), [
        'compare',
        'divergence',
      ]),
    ),
  ];
  return Object.fromEntries(projects.map((one) => [one.root, one]));
}

function foldersIn(root: string, folder: string): readonly string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
}

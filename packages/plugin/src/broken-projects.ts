/**
 * A pipeline that cannot be planned -> projects that Nx finds under every name that somebody may type. Each of their
 * targets fails with the pipeline's problems; no other pipeline is disturbed. Locking may mend it.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { cellProjectName, comparisonProjectName } from '@evalgraph/runner';
import { RESULTS_FILE } from '@evalgraph/runner/results';
import {
  cellFolder,
  checkpointLockFile,
  comparisonFolder,
  engineLockFile,
  type NamedInText,
  namedIn,
  pipelineFile,
  pipelineFolder,
  readText,
  reservedNames,
  resultsFolder,
  seriesLockFile,
} from '@evalgraph/spec';
import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import { executorName } from './executor-name.ts';
import { lockTarget, PIPELINE_TARGETS, type Projects } from './projects.ts';

/** @param text every problem of the pipeline, as it is printed */
export function brokenProjects(root: string, pipeline: string, text: string): Projects {
  const failing: TargetConfiguration = {
    executor: executorName('broken'),
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
  const named = namedInFile(root, pipeline);
  const checkpoints = lockedCheckpoints(root, pipeline);
  const cells = new Map(
    [
      ...cellsWithResults(root, pipeline),
      ...checkpoints.flatMap((checkpoint) => named.tasks.map((task) => ({ checkpoint, task }))),
    ].map((cell) => [`${cell.checkpoint}/${cell.task}`, cell]),
  );
  const comparisons = new Set([
    ...foldersIn(root, `${resultsFolder(pipeline, 'full')}/comparisons`),
    ...named.comparisons,
  ]);
  const projects = [
    {
      ...own,
      tags: ['kind:pipeline', `pipeline:${pipeline}`, ...answeredTags(named.words, checkpoints)],
      targets: { ...own.targets, lock: lockTarget(pipeline) },
    },
    ...[...cells].map(([id, { checkpoint, task }]) =>
      project(cellProjectName(pipeline, id), cellFolder(pipeline, 'full', checkpoint, task), ['eval']),
    ),
    ...[...comparisons].map((name) =>
      project(comparisonProjectName(pipeline, name), comparisonFolder(pipeline, 'full', name), [
        'compare',
        'divergence',
      ]),
    ),
  ];
  return Object.fromEntries(projects.map((one) => [one.root, one]));
}

/**
 * A run of one task or model takes the projects with its tag. Which cells a broken pipeline has is not known, so the
 * pipeline itself answers to every name that its file may mean: such a run then fails with its errors, where it would
 * otherwise leave the pipeline out and end well.
 */
function answeredTags(words: readonly string[], checkpoints: readonly string[]): readonly string[] {
  const kinds = ['model', 'checkpoint', 'task'].flatMap((kind) => words.map((word) => `${kind}:${word}`));
  const steps = [...words, ...checkpoints].flatMap((word) => /(\d+)$/.exec(word)?.[1] ?? []);
  return [
    ...new Set([
      ...kinds,
      ...checkpoints.map((id) => `checkpoint:${id}`),
      ...steps.map((step) => `step:${Number(step)}`),
    ]),
  ];
}

function namedInFile(root: string, pipeline: string): NamedInText {
  try {
    return namedIn(readText(join(root, pipelineFile(pipeline)), pipelineFile(pipeline)));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // The file is too large or no text. Its errors stand in every target already.
    return { words: [], tasks: [], comparisons: [] };
  }
}

function lockedCheckpoints(root: string, pipeline: string): readonly string[] {
  const folder = join(root, pipelineFolder(pipeline), 'locks');
  const others = [engineLockFile(pipeline), seriesLockFile(pipeline)];
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map(({ name }) => basename(name, '.json'))
    .filter((checkpoint) => !others.includes(checkpointLockFile(pipeline, checkpoint)))
    .sort();
}

function cellsWithResults(
  root: string,
  pipeline: string,
): readonly { readonly checkpoint: string; readonly task: string }[] {
  const results = resultsFolder(pipeline, 'full');
  return foldersIn(root, results)
    .filter((checkpoint) => !reservedNames.includes(checkpoint))
    .flatMap((checkpoint) =>
      foldersIn(root, `${results}/${checkpoint}`)
        .filter((task) => existsSync(join(root, results, checkpoint, task, RESULTS_FILE)))
        .map((task) => ({ checkpoint, task })),
    );
}

function foldersIn(root: string, folder: string): readonly string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
}

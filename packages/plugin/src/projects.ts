/**
 * Plan -> Nx projects, as pure data. One project for each cell: Nx hashes a project's whole configuration, so
 * cells must not share one. The key stands among the target's options, which makes it part of Nx's hash.
 */

import { cellProjectName, comparisonProjectName } from '@evalgraph/runner';
import {
  type Cell,
  type CheckpointUse,
  cellsOfComparison,
  type MadeBy,
  type Plan,
  type PlannedComparison,
} from '@evalgraph/runner/plan';
import {
  figuresFile,
  pipelineFolder,
  reportFolder,
  resultsFolder,
  summaryFile,
  type Variant,
} from '@evalgraph/spec';
import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import { executorName } from './executor-name.ts';
import type { FiguresOptions } from './executors/figures.ts';
import { keysVariable, lockedVariable } from './lock-state.ts';
import { dependsOn, makers, STAGE_KINDS, stageProjects, stageTargets } from './stage-projects.ts';

/** Sources whose change may change what a target writes: for `nx affected` and for Nx's own cache. */
const CODE = (...packages: readonly string[]): string[] =>
  packages.map((name) => `{workspaceRoot}/packages/${name}/src/**/*`);
const RUN_CODE = CODE(
  ...[
    'formats',
    'metrics',
    'architectures',
    'system',
    'spec',
    'sources',
    'ppl-compare',
    'runner',
    'cli',
    'plugin',
  ],
);
const CELL_CODE = [...RUN_CODE, ...CODE('engine', 'engines', 'tokenizer', 'templates', 'tasks')];
const COMPARE_CODE = [...RUN_CODE, ...CODE('report')];
/** The page's script and the charts' font are built into what the report writes. */
const REPORT_CODE = [
  ...COMPARE_CODE,
  '{workspaceRoot}/packages/report/page/**/*',
  '{workspaceRoot}/packages/report/assets/**/*',
];
/** Samples too stand behind these: key.json changes whenever a sample can. */
const RESULTS = { dependentTasksOutputFiles: '**/*.json', transitive: true };
const TRAINING_LOGS = { dependentTasksOutputFiles: '**/train.jsonl', transitive: true };

export type Projects = Record<string, ProjectConfiguration>;

/** Every target that a pipeline's own project can have, but `lock`: a pipeline that cannot be planned has them all. */
export const PIPELINE_TARGETS = [
  'eval',
  'ppl',
  'divergence',
  ...STAGE_KINDS,
  'sample',
  'verify',
  'compare',
  'report',
] as const;

export interface PipelinePlans {
  readonly full: Plan;
  readonly quick: Plan;
}

export function toProjects(plans: PipelinePlans): Projects {
  const { full } = plans;
  const quickCells = new Map(plans.quick.cells.map((cell) => [cell.id, cell]));
  const cells = evaluated(full).map((cell) => cellProject(full, cell, quickCells.get(cell.id) ?? null));
  const comparisons = full.comparisons.map((comparison) => comparisonProject(full, comparison));
  const own = pipelineProject(plans);
  const projects = [own, ...stageProjects(full), ...comparisons, ...cells];
  return Object.fromEntries(projects.map((project) => [project.root, project]));
}

/** Imported results lie in the pipeline's folder: the report reads them, and no target computes them. */
function evaluated({ cells }: Plan): readonly Cell[] {
  return cells.filter(({ work }) => work.kind !== 'imported');
}

interface CellOptions {
  readonly pipeline: string;
  readonly cell: string;
  readonly variant: Variant;
  /** null: not locked, or left out of the quick run. */
  readonly key: string | null;
  readonly output: string;
  /** Weights are made before: the key names everything but them. */
  readonly made?: true;
}

function cellOptions(pipeline: string, cell: Cell, variant: Variant): CellOptions {
  const options = { pipeline, cell: cell.id, variant, key: cell.key, output: cell.output };
  return madeSides(cell).length === 0 ? options : { ...options, made: true };
}

/** Checkpoints of the cell that a stage makes: a divergence has two. */
function madeSides({ checkpoint, work }: Cell): readonly (CheckpointUse & { readonly made: MadeBy })[] {
  const sides = [checkpoint, ...(work.kind === 'divergence' ? [work.dense] : [])];
  return sides.filter((side): side is CheckpointUse & { readonly made: MadeBy } => side.made !== null);
}

/** A lock that a stage writes is no file of the repository: its content counts, once the stage has run. */
function cellInputs(cell: Cell): NonNullable<TargetConfiguration['inputs']> {
  const made = madeSides(cell);
  const derived = new Set(made.map(({ lockFile }) => lockFile));
  return [
    ...cell.inputs.filter((file) => !derived.has(file)).map((file) => `{workspaceRoot}/${file}`),
    ...CELL_CODE,
    ...(cell.work.kind === 'samples' ? CODE('pretrain') : []),
    ...made.map(({ id }) => ({ dependentTasksOutputFiles: `**/${id}.json` })),
  ];
}

function cellProject(plan: Plan, cell: Cell, quick: Cell | null): ProjectConfiguration & { root: string } {
  const pipeline = plan.pipeline.name;
  const { checkpoint } = cell;
  const leftOut: CellOptions = {
    pipeline,
    cell: cell.id,
    variant: 'quick',
    key: null,
    output: `${resultsFolder(pipeline, 'quick')}/${cell.id}`,
  };
  return {
    name: cellProjectName(pipeline, cell.id),
    root: cell.output,
    projectType: 'application',
    tags: [
      `pipeline:${pipeline}`,
      `model:${checkpoint.model.name}`,
      `checkpoint:${checkpoint.id}`,
      `task:${cell.name}`,
      ...(checkpoint.checkpoint.step === null ? [] : [`step:${checkpoint.checkpoint.step}`]),
    ],
    metadata: {
      description: `${checkpoint.id} on ${cell.name}`,
      technologies: ['evalgraph'],
    },
    targets: {
      eval: {
        executor: executorName('eval'),
        cache: true,
        ...dependsOn(madeSides(cell).map(({ made }) => made)),
        inputs: [...cellInputs(cell), { env: lockedVariable(pipeline) }],
        outputs: ['{options.output}'],
        options: cellOptions(pipeline, cell, 'full'),
        configurations: {
          quick: quick === null ? leftOut : cellOptions(pipeline, quick, 'quick'),
        },
        metadata: {
          description: `Evaluates ${checkpoint.id} on ${cell.name}: results.json, samples_*.jsonl and run.json in ${cell.output}. -c quick: a few checkpoints, few documents.`,
          technologies: ['evalgraph'],
        },
      },
    },
  };
}

function comparisonProject(
  plan: Plan,
  comparison: PlannedComparison,
): ProjectConfiguration & { root: string } {
  const pipeline = plan.pipeline.name;
  const { use, pairs, output } = comparison;
  const cells = cellsOfComparison(comparison);
  const diverged = pairs.flatMap(({ divergence }) => (divergence === null ? [] : [divergence]));
  // Those of made checkpoints stand behind their cells.
  const lockFiles = pairs
    .flatMap(({ dense, pruned }) => [dense, pruned])
    .flatMap(({ made, lockFile }) => (made === null ? [lockFile] : []));
  const { dense, pruned } = sidesText(comparison);
  return {
    name: comparisonProjectName(pipeline, use.name),
    root: output,
    projectType: 'application',
    tags: ['kind:comparison'],
    metadata: {
      description: `${dense} (dense) against ${pruned} (pruned)`,
      technologies: ['evalgraph'],
    },
    targets: {
      ...(diverged.length === 0
        ? {}
        : {
            divergence: allOf(
              'eval',
              diverged.map((cell) => cellProjectName(pipeline, cell.id)),
              { pipeline, shown: 'divergence' },
              `Measures the divergence of ${pruned} from ${dense}: ${diverged.map((cell) => cell.output).join(', ')}.`,
            ),
          }),
      compare: {
        executor: executorName('compare'),
        cache: true,
        dependsOn: [{ projects: cells.map((cell) => cellProjectName(pipeline, cell.id)), target: 'eval' }],
        inputs: [
          ...[...new Set(lockFiles)].map((file) => `{workspaceRoot}/${file}`),
          ...COMPARE_CODE,
          RESULTS,
          ...lockInputs(pipeline),
        ],
        outputs: ['{options.output}'],
        options: { pipeline, comparison: use.name, variant: 'full', output },
        configurations: {
          quick: {
            variant: 'quick',
            output: `${resultsFolder(pipeline, 'quick')}/comparisons/${use.name}`,
          },
        },
        metadata: {
          description: `Compares ${dense} with ${pruned}: comparison_report.md and comparison_results.json in ${output}.`,
          technologies: ['evalgraph'],
        },
      },
    },
  };
}

/** The inputs of what is made of results. */
function lockInputs(pipeline: string): NonNullable<TargetConfiguration['inputs']> {
  return [{ env: lockedVariable(pipeline) }, { env: keysVariable(pipeline) }];
}

/** For descriptions: ids, or the two series' names. */
function sidesText({ use, pairs }: PlannedComparison): { readonly dense: string; readonly pruned: string } {
  const names = (side: 'dense' | 'pruned'): string => {
    const ids = pairs.map((pair) => (use.form === 'series' ? pair[side].model.name : pair[side].id));
    return [...new Set(ids)].join(', ');
  };
  return { dense: names('dense'), pruned: names('pruned') };
}

function pipelineProject({ full }: PipelinePlans): ProjectConfiguration & { root: string } {
  const pipeline = full.pipeline.name;
  const cells = evaluated(full).map((cell) => cellProjectName(pipeline, cell.id));
  const comparisons = full.comparisons.map(({ use }) => comparisonProjectName(pipeline, use.name));
  const cellsOf = (...kinds: readonly Cell['work']['kind'][]): readonly string[] =>
    full.cells
      .filter(({ work }) => kinds.includes(work.kind))
      .map((cell) => cellProjectName(pipeline, cell.id));
  const measured = cellsOf('perplexity', 'reconciliation');
  const diverged = cellsOf('divergence');
  const sampled = cellsOf('samples');
  const models = full.pipeline.models.map((model) => model.name).join(', ');
  return {
    name: pipeline,
    root: pipelineFolder(pipeline),
    projectType: 'application',
    tags: ['kind:pipeline'],
    metadata: {
      description: `${full.pipeline.title} (${models}): ${full.cells.length} cells`,
      technologies: ['evalgraph'],
    },
    targets: {
      lock: lockTarget(pipeline),
      eval: allOf(
        'eval',
        cells,
        { pipeline, shown: 'cells' },
        `Evaluates every cell of ${pipeline}. -c quick: a few of them.`,
      ),
      ...(measured.length === 0
        ? {}
        : {
            ppl: allOf(
              'eval',
              measured,
              { pipeline, shown: 'perplexity' },
              `Measures every perplexity of ${pipeline}.`,
            ),
          }),
      ...(diverged.length === 0
        ? {}
        : {
            divergence: allOf(
              'eval',
              diverged,
              { pipeline, shown: 'divergence' },
              `Measures every divergence of ${pipeline}.`,
            ),
          }),
      ...stageTargets(full.pipeline),
      ...(sampled.length === 0
        ? {}
        : {
            sample: allOf(
              'eval',
              sampled,
              { pipeline, shown: 'samples' },
              `Lets every checkpoint of ${pipeline} continue the prompts.`,
            ),
          }),
      verify: {
        executor: executorName('verify'),
        options: { pipeline, cells: 6, seed: 0 },
        metadata: {
          description: `Evaluates some cells of ${pipeline} afresh, past every cache, and compares them with ${summaryFile(pipeline, 'full')}. --cells=all: every cell.`,
          technologies: ['evalgraph'],
        },
      },
      compare: allOf(
        'compare',
        comparisons,
        { pipeline, shown: 'comparisons' },
        `Makes every comparison of ${pipeline}.`,
      ),
      report: {
        executor: executorName('report'),
        cache: true,
        dependsOn: [
          ...(cells.length > 0 ? [{ projects: cells, target: 'eval' }] : []),
          ...(comparisons.length > 0 ? [{ projects: comparisons, target: 'compare' }] : []),
          ...makers(full.pipeline),
        ],
        inputs: [
          '{projectRoot}/pipeline.yaml',
          '{projectRoot}/imported/**/*',
          '{projectRoot}/charts/**/*',
          ...full.watched.map((file) => `{workspaceRoot}/${file}`),
          ...REPORT_CODE,
          RESULTS,
          // It writes this file, and reads the one before: another machine's, where that was committed.
          `{workspaceRoot}/${figuresFile(pipeline, 'full')}`,
          ...lockInputs(pipeline),
          ...(full.pipeline.stages.length === 0 ? [] : [...CODE('pretrain'), TRAINING_LOGS]),
        ],
        outputs: ['{options.output}', '{options.summary}'],
        options: reportOptions(pipeline, 'full'),
        configurations: { quick: reportOptions(pipeline, 'quick') },
        metadata: {
          description: `Writes ${reportFolder(pipeline, 'full')}: report.md, index.html (a page that opens from disk) and charts, from every cell and comparison.`,
          technologies: ['evalgraph'],
        },
      },
    },
  };
}

/** A target that waits for others and prints what they computed, so that `nx run <pipeline>:eval` means all of the pipeline. */
function allOf(
  target: string,
  projects: readonly string[],
  { pipeline, shown }: Pick<FiguresOptions, 'pipeline' | 'shown'>,
  description: string,
): TargetConfiguration {
  const options: FiguresOptions = { pipeline, shown, variant: 'full' };
  return {
    executor: executorName('figures'),
    dependsOn: projects.length > 0 ? [{ projects: [...projects], target }] : [],
    // Without inputs Nx hashes the project's files, and fails where it knows none of them.
    inputs: [],
    options,
    configurations: { quick: { variant: 'quick' } },
    metadata: { description, technologies: ['evalgraph'] },
  };
}

function reportOptions(pipeline: string, variant: Variant): Record<string, string> {
  return {
    pipeline,
    variant,
    output: reportFolder(pipeline, variant),
    summary: summaryFile(pipeline, variant),
  };
}

export function lockTarget(pipeline: string): TargetConfiguration {
  return {
    executor: executorName('lock'),
    options: { pipeline },
    metadata: {
      description: 'Writes the lock files: digests of every checkpoint and data set that the pipeline reads.',
      technologies: ['evalgraph'],
    },
  };
}

/**
 * Stages -> Nx projects and targets, as pure data. Nx caches none of them: its cache would hold each checkpoint a second
 * time, or restore a lock beside weights of other settings. The executor looks its own key up, and does nothing where
 * that is made; what follows hangs on the small files that are its outputs.
 */

import { stageProjectName } from '@evalgraph/runner';
import type { AvoidedTasks, Plan } from '@evalgraph/runner/plan';
import {
  lastStage,
  madeLockFolder,
  type Pipeline,
  type Stage,
  stageFolder,
  stageId,
  stagesBefore,
  TASK_DOCUMENTS,
} from '@evalgraph/spec';
import type { ProjectConfiguration, TargetConfiguration, TargetDependencyConfig } from '@nx/devkit';
import { executorName } from './executor-name.ts';

type Kind = Stage['kind'];

export const STAGE_KINDS: readonly Kind[] = ['corpus', 'pack', 'init', 'train', 'prune'];
const CODE = ['formats', 'pretrain', 'runner'].map((name) => `{workspaceRoot}/packages/${name}/src/**/*`);

/** What each kind of target does, for `nx show project` and for whoever reads a graph. */
const MAKES: Readonly<Record<Kind, string>> = {
  corpus: 'Cleans the texts: parquet shards, and a data card with what each step removed',
  pack: 'Tokenises the corpus and packs it into sequences',
  init: 'Makes the weights before training',
  train: 'Trains the model; goes on from the last saved step after a kill',
  prune: 'Prunes the checkpoint',
};

export function stageProjects({
  pipeline,
  avoided,
}: Pick<Plan, 'pipeline' | 'avoided'>): readonly (ProjectConfiguration & { root: string })[] {
  const groups = Map.groupBy(pipeline.stages, (stage) => stageProjectName(pipeline.name, stage));
  return [...groups].map(([name, stages]) => {
    const last = stages.at(-1);
    const kinds = stages.map(({ kind }) => kind);
    const isModel = !kinds.includes('corpus') && !kinds.includes('pack');
    return {
      name,
      root: last === undefined ? '' : stageFolder(pipeline.name, last),
      projectType: 'application',
      tags: [
        `pipeline:${pipeline.name}`,
        ...kinds.map((kind) => `stage:${kind}`),
        ...(isModel && last !== undefined ? [`model:${last.name}`] : []),
      ],
      metadata: {
        description: `${last?.name ?? ''} of ${pipeline.name}: ${kinds.join(', then ')}`,
        technologies: ['evalgraph'],
      },
      targets: Object.fromEntries(stages.map((stage) => [stage.kind, stageTarget(pipeline, stage, avoided)])),
    };
  });
}

function stageTarget(
  pipeline: Pipeline,
  stage: Stage,
  avoided: readonly AvoidedTasks[],
): TargetConfiguration {
  const output = stageFolder(pipeline.name, stage);
  const before = new Set(stagesBefore(stage, lastStage(pipeline.models)));
  return {
    executor: executorName('make'),
    cache: false,
    ...dependsOn([
      ...foreignTargets(stage),
      ...pipeline.stages
        .filter((other) => before.has(stageId(other)))
        .map((other) => targetOf(pipeline, other)),
    ]),
    inputs: [...inputsOf(stage, avoided).map((path) => `{workspaceRoot}/${path}`), ...CODE],
    outputs: outputsOf(pipeline, stage, output).map((file) => `{workspaceRoot}/${file}`),
    options: { pipeline: pipeline.name, stage: stage.kind, name: stage.name, output },
    configurations: { quick: {} },
    metadata: {
      description: `${MAKES[stage.kind]}: ${output}. Does nothing where it is made already.`,
      technologies: ['evalgraph'],
    },
  };
}

/** Targets of the workspace's other projects, which write what a corpus is made of. */
function foreignTargets(stage: Stage): readonly { readonly project: string; readonly target: string }[] {
  if (stage.kind !== 'corpus') return [];
  return stage.after.map((name) => {
    const [project = '', target = ''] = name.split(':');
    return { project, target };
  });
}

/** Files of the workspace that a stage reads: for `nx affected`. */
function inputsOf(stage: Stage, avoided: readonly AvoidedTasks[]): readonly string[] {
  const isInside = (path: string): boolean =>
    !path.startsWith('/') && !path.startsWith('..') && !path.includes(':');
  const paths = ((): readonly string[] => {
    switch (stage.kind) {
      case 'corpus':
        return [
          ...stage.config.sources.map(({ path }) => `${path}/**/*`),
          ...stage.config.steps.flatMap((step) =>
            step.step === 'decontaminate' ? step.against.filter((file) => file !== TASK_DOCUMENTS) : [],
          ),
          ...avoided.filter(({ corpus }) => corpus === stage.name).flatMap(({ inputs }) => inputs),
        ];
      case 'init':
        return stage.init.kind === 'scratch'
          ? [`${stage.init.config}/config.json`]
          : stage.init.source.kind === 'folder'
            ? [`${stage.init.source.path}/**/*`]
            : [];
      case 'pack':
        return stage.tokenizer.kind === 'folder' ? [`${stage.tokenizer.path}/tokenizer*.json`] : [];
      case 'prune':
        return stage.source.kind === 'folder' ? [`${stage.source.path}/**/*`] : [];
      case 'train':
        return [];
    }
  })();
  return paths.filter(isInside);
}

/** The small files that say what was made. */
function outputsOf({ name, models }: Pipeline, stage: Stage, output: string): readonly string[] {
  const isLast = lastStage(models)(stage.name) === stage.kind;
  switch (stage.kind) {
    case 'corpus':
      return [`${output}/card.json`];
    case 'pack':
      return [`${output}/index.json`];
    case 'train':
      return [madeLockFolder(name, stage.name), `${output}/train.jsonl`];
    case 'init':
    case 'prune':
      return isLast ? [madeLockFolder(name, stage.name)] : [`${output}/stage.json`];
  }
}

function targetOf({ name }: Pipeline, stage: Stage): { readonly project: string; readonly target: Kind } {
  return { project: stageProjectName(name, stage), target: stage.kind };
}

/** Names each target once; nothing where there are none. */
export function dependsOn(
  targets: readonly { readonly project: string; readonly target: string }[],
): Pick<TargetConfiguration, 'dependsOn'> {
  const unique = new Map(targets.map((one) => [`${one.project}:${one.target}`, one]));
  if (unique.size === 0) return {};
  return { dependsOn: [...unique.values()].map(({ project, target }) => ({ projects: [project], target })) };
}

/** Every stage, so that a report waits for what it shows of them. */
export function makers(pipeline: Pipeline): readonly TargetDependencyConfig[] {
  return [...(dependsOn(pipeline.stages.map((stage) => targetOf(pipeline, stage))).dependsOn ?? [])].filter(
    (one): one is TargetDependencyConfig => typeof one === 'object',
  );
}

/** The targets of the pipeline's own project: `nx run story:train` trains every model of it. */
export function stageTargets(pipeline: Pipeline): Record<string, TargetConfiguration> {
  return Object.fromEntries(
    STAGE_KINDS.flatMap((kind): [string, TargetConfiguration][] => {
      const own = pipeline.stages.filter((stage) => stage.kind === kind);
      if (own.length === 0) return [];
      return [
        [
          kind,
          {
            executor: 'nx:noop',
            ...dependsOn(own.map((stage) => targetOf(pipeline, stage))),
            configurations: { quick: {} },
            metadata: {
              description: `${MAKES[kind]}: ${own.map(({ name }) => name).join(', ')}.`,
              technologies: ['evalgraph'],
            },
          },
        ],
      ];
    }),
  );
}

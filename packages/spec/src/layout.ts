/** Where everything lies below the workspace root. The only file that knows folder names. */

import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '@evalgraph/formats/text';
import { messages } from './messages.ts';
import type { Checkpoint, Model } from './pipeline.ts';

export type Variant = 'full' | 'quick';

/** The folder with nx.json, from `start` upwards. @throws UserError where there is none. */
export function findRoot(start: string): string {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'nx.json'))) return folder;
    if (dirname(folder) === folder) throw new UserError(messages.noWorkspace(start));
  }
}

export const PIPELINE_GLOB = 'pipelines/*/pipeline.yaml';

/** Names of the workspace's pipelines, sorted. */
export function pipelineNames(root: string): readonly string[] {
  const folder = join(root, 'pipelines');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(root, pipelineFile(name))))
    .sort();
}

export function pipelineFolder(pipeline: string): string {
  return `pipelines/${pipeline}`;
}

export function pipelineFile(pipeline: string): string {
  return `${pipelineFolder(pipeline)}/pipeline.yaml`;
}

/** The pipeline's own Vega-Lite templates. */
export function chartFolder(pipeline: string): string {
  return `${pipelineFolder(pipeline)}/charts`;
}

export function taskFolder(pipeline: string): string {
  return `${pipelineFolder(pipeline)}/tasks`;
}

/** A checkpoint's name in the pipeline: `demo@iter_0000100` in a series, the model's name alone else. */
export function checkpointId(model: Model, checkpoint: Checkpoint): string {
  return model.series ? `${model.name}@${checkpoint.name}` : model.name;
}

export function checkpointLockFile(pipeline: string, checkpoint: string): string {
  return `${pipelineFolder(pipeline)}/locks/${checkpoint}.json`;
}

/** Versions of a program that computes a pipeline's numbers; where the engine is part of evalgraph there is none. */
export function engineLockFile(pipeline: string): string {
  return `${pipelineFolder(pipeline)}/locks/engine.json`;
}

/** Rows of the hub; a task that names a revision has its own. */
export function datasetLockFile(pipeline: string, dataset: string, revision: string | null): string {
  const name = `${dataset}${revision === null ? '' : `@${revision}`}`;
  return `${pipelineFolder(pipeline)}/locks/data/${name.replaceAll('/', '--')}.json`;
}

export function isDatasetLockFile(pipeline: string, file: string): boolean {
  return file.startsWith(`${pipelineFolder(pipeline)}/locks/data/`);
}

/** Steps of series whose pattern was held against what is there. */
export function seriesLockFile(pipeline: string): string {
  return `${pipelineFolder(pipeline)}/locks/series.json`;
}

/** Results of a checkpoint that another program computed. */
export function importedFile(pipeline: string, checkpoint: string): string {
  return `${pipelineFolder(pipeline)}/imported/${checkpoint}.json`;
}

/** Quick runs have a folder of their own, so that they never stand where full results are expected. */
export function resultsFolder(pipeline: string, variant: Variant): string {
  return variant === 'full' ? `results/${pipeline}` : `results/${pipeline}/quick`;
}

export function cellFolder(pipeline: string, variant: Variant, checkpoint: string, task: string): string {
  return `${resultsFolder(pipeline, variant)}/${checkpoint}/${task}`;
}

export function comparisonFolder(pipeline: string, variant: Variant, comparison: string): string {
  return `${resultsFolder(pipeline, variant)}/comparisons/${comparison}`;
}

export function reportFolder(pipeline: string, variant: Variant): string {
  return `${resultsFolder(pipeline, variant)}/report`;
}

/** The numbers that the report was made of, as they were first written. */
export function figuresFile(pipeline: string, variant: Variant): string {
  return `${reportFolder(pipeline, variant)}/figures.json`;
}

export function summaryFile(pipeline: string, variant: Variant): string {
  return `${resultsFolder(pipeline, variant)}/summary.json`;
}

/** What a pipeline makes before it evaluates: derived from its inputs, and never committed. */
export function madeFolder(pipeline: string): string {
  return `made/${pipeline}`;
}

/** A stage's own folder. A trained model's checkpoints are folders in it; any other model is the folder itself. */
export function stageFolder(
  pipeline: string,
  { kind, name }: { readonly kind: 'corpus' | 'pack' | 'init' | 'train' | 'prune'; readonly name: string },
): string {
  const parts = { corpus: 'corpora', pack: 'packs', init: 'init', train: 'models', prune: 'models' } as const;
  return `${madeFolder(pipeline)}/${parts[kind]}/${name}`;
}

/** What a stage made of earlier settings lies here until they are asked for again or somebody removes it. */
export function earlierFolder(pipeline: string, kind: string, name: string, key: string): string {
  return `${madeFolder(pipeline)}/.earlier/${kind}-${name}-${key.slice(0, 12)}`;
}

/** Locks of checkpoints that a model's stage made: it writes them, and they are as derived as the weights. */
export function madeLockFolder(pipeline: string, model: string): string {
  return `${madeFolder(pipeline)}/locks/${model}`;
}

export function madeLockFile(pipeline: string, model: string, checkpoint: string): string {
  return `${madeLockFolder(pipeline, model)}/${checkpoint}.json`;
}

/** `EVALGRAPH_STORE` may name a folder that several machines share. */
export function storeFolder(root: string): string {
  const named = process.env['EVALGRAPH_STORE'];
  return named === undefined || named === '' ? join(root, '.evalgraph/store') : resolve(root, named);
}

/** Which process computes what, in a store. */
export function claimFolder(store: string): string {
  return join(store, 'claims');
}

/** Which process computes on which GPU of the machine. */
export function leaseFolder(root: string): string {
  return join(root, '.evalgraph/leases');
}

/** Batch sizes that fit where a larger one did not. */
export function batchFolder(root: string): string {
  return join(root, '.evalgraph/batches');
}

/** What cells would ask, by their keys: counted once. */
export function countsFile(root: string): string {
  return join(root, '.evalgraph/counts.json');
}

export function verifiedFile(root: string): string {
  return join(root, '.evalgraph/verified.json');
}

/** The place that the pipeline names for a checkpoint: its lock is held against it. */
import { digestValue } from '@evalgraph/formats';
import {
  type Checkpoint,
  lastStage,
  type Model,
  type Pipeline,
  type Stage,
  stageId,
  stagesBefore,
} from '@evalgraph/spec';
import type { DeclaredPlace } from '../locks/checkpoint-lock.ts';

/** The place of a folder as the spec has it: relative to the workspace root where it lies inside. */
export function declaredFolder({ source }: Model, { location }: Checkpoint): DeclaredPlace {
  const path = source.kind === 'folder' ? source.path : '';
  return {
    source: location.kind === 'folder' ? location.path : path,
    revision: null,
    subfolder: location.kind === 'subfolder' ? location.subfolder : null,
  };
}

const makings = new WeakMap<Pipeline, Map<string, string>>();

/** The place of a made checkpoint is what the stages say that it comes from. What they read is in their keys. */
export function declaredMaking(pipeline: Pipeline, model: string): DeclaredPlace {
  const known = makings.get(pipeline) ?? new Map<string, string>();
  makings.set(pipeline, known);
  const source = known.get(model) ?? `made:${digestValue(stagesBehind(pipeline, model))}`;
  known.set(model, source);
  return { source, revision: null, subfolder: null };
}

/** The model's last stage and all before it, in the order of the pipeline. */
function stagesBehind({ stages, models }: Pipeline, model: string): readonly Stage[] {
  const lastOf = lastStage(models);
  const byId = new Map(stages.map((stage) => [stageId(stage), stage]));
  const kind = lastOf(model);
  const wanted = new Set<string>();
  const visit = (id: string): void => {
    const stage = byId.get(id);
    if (stage === undefined || wanted.has(id)) return;
    wanted.add(id);
    for (const before of stagesBefore(stage, lastOf)) visit(before);
  };
  if (kind !== null) visit(stageId({ kind, name: model }));
  return stages.filter((stage) => wanted.has(stageId(stage)));
}

export function placeText({ source, revision, subfolder }: DeclaredPlace): string {
  const inside = subfolder === null ? source : `${source}/${subfolder}`;
  return revision === null ? inside : `${inside} @ ${revision}`;
}

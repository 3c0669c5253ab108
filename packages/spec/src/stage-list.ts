/** Everything that a pipeline makes -> stages, each after what it needs; circles are reported. */

import type { Context } from './context.ts';
import { normalizeCorpora } from './corpora.ts';
import type { PipelineInput } from './input.ts';
import { initStage, pruneStage, trainStage } from './making.ts';
import { messages } from './messages.ts';
import { normalizePacks } from './packs.ts';
import type { Model } from './pipeline.ts';
import type { Stage, WeightsReference } from './stages.ts';

export function normalizeStages(
  input: PipelineInput,
  models: ReadonlyMap<string, Model | null>,
  context: Context,
): readonly Stage[] {
  const corpora = normalizeCorpora(input.corpora, context);
  const packs = normalizePacks(input.packs, corpora, models, context);
  const making = [...models.keys()].flatMap((name): (Stage | null)[] => {
    const { init, train, prune } = input.models?.[name] ?? {};
    const path = ['models', name];
    return [
      ...(init === undefined ? [] : [initStage(name, init, [...path, 'init'], models, context)]),
      ...(train === undefined ? [] : [trainStage(name, train, [...path, 'train'], packs, context)]),
      ...(prune === undefined ? [] : [pruneStage(name, prune, [...path, 'prune'], models, packs, context)]),
    ];
  });
  const all = [...corpora.values(), ...packs.values(), ...making].filter((stage) => stage !== null);
  return inOrder(all, models, context);
}

/** Models that a stage starts from. */
export function modelsUsed(stage: Stage): readonly string[] {
  const ofWeights = (reference: WeightsReference): readonly string[] =>
    reference.kind === 'checkpoint' ? [reference.model] : [];
  switch (stage.kind) {
    case 'corpus':
    case 'train':
      return [];
    case 'pack':
      return ofWeights(stage.tokenizer);
    case 'init':
      return ofWeights(stage.init.kind === 'scratch' ? stage.init.tokenizer : stage.init.source);
    case 'prune':
      return ofWeights(stage.source);
  }
}

/** `train scratch`: one of each kind has a name. */
export function stageId({ kind, name }: Pick<Stage, 'kind' | 'name'>): string {
  return `${kind} ${name}`;
}

/** Ids of the stages that must be done before. @param models by name, as far as they are known */
export function stagesBefore(
  stage: Stage,
  lastStage: (model: string) => 'init' | 'train' | 'prune' | null,
): readonly string[] {
  const makers = modelsUsed(stage).flatMap((model) => {
    const kind = lastStage(model);
    return kind === null ? [] : [stageId({ kind, name: model })];
  });
  switch (stage.kind) {
    case 'corpus':
      return [];
    case 'pack':
      return [stageId({ kind: 'corpus', name: stage.corpus }), ...makers];
    case 'init':
      return makers;
    case 'train':
      return [
        stageId({ kind: 'init', name: stage.name }),
        ...new Set(stage.data.map(({ pack }) => stageId({ kind: 'pack', name: pack }))),
      ];
    case 'prune': {
      const { importance } = stage;
      const isPacked = importance.kind === 'wanda' && importance.calibration.kind === 'pack';
      const pack = isPacked && importance.calibration.kind === 'pack' ? importance.calibration.name : null;
      return [...makers, ...(pack === null ? [] : [stageId({ kind: 'pack', name: pack })])];
    }
  }
}

/** The stage that the checkpoints of a made model come from; null where the model is there already. */
export function lastStage(models: readonly Model[]): (model: string) => 'init' | 'train' | 'prune' | null {
  const sources = new Map(models.map(({ name, source }) => [name, source]));
  return (name) => {
    const source = sources.get(name);
    return source?.kind === 'made' ? source.by : null;
  };
}

/** Depth first, in the order of the file. */
function inOrder(
  stages: readonly Stage[],
  models: ReadonlyMap<string, Model | null>,
  { problems }: Context,
): readonly Stage[] {
  const makerOf = lastStage([...models.values()].filter((model) => model !== null));
  const byId = new Map(stages.map((stage) => [stageId(stage), stage]));
  const done = new Set<string>();
  const ordered: Stage[] = [];
  const visit = (stage: Stage, above: readonly string[]): void => {
    const id = stageId(stage);
    if (done.has(id)) return;
    const at = above.indexOf(id);
    if (at >= 0) {
      const names = [...above.slice(at), id].map((one) => one.slice(one.indexOf(' ') + 1));
      const circle = names.filter((name, index) => name !== names[index - 1]);
      const isModel = stage.kind !== 'corpus' && stage.kind !== 'pack';
      problems.value(
        isModel ? ['models', stage.name, stage.kind] : ['packs', stage.name, 'tokenizer'],
        messages.makingCircle(circle),
      );
      return;
    }
    for (const before of stagesBefore(stage, makerOf)) {
      const found = byId.get(before);
      if (found !== undefined) visit(found, [...above, id]);
    }
    if (done.has(id)) return;
    done.add(id);
    ordered.push(stage);
  };
  for (const stage of stages) visit(stage, []);
  return ordered;
}

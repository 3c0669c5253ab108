/** PipelineInput -> Pipeline: defaults, series written out, references looked up. Reads no file. */
import { normalizeComparisons } from './comparisons.ts';
import { type Context, contextOf, type StepsOf } from './context.ts';
import { DEFAULT_QUICK_LIMIT, DEFAULT_SEED } from './declared/pipeline.ts';
import type { SpecDocument } from './document.ts';
import { normalizeEngine } from './engine.ts';
import type { PipelineInput, QuickInput } from './input.ts';
import { messages } from './messages.ts';
import { normalizeModels } from './models.ts';
import { perplexityNormalizer } from './perplexity.ts';
import type { ComparisonUse, Model, Pipeline, Quick } from './pipeline.ts';
import { normalizeReferences } from './references.ts';
import { normalizeSamples } from './samples.ts';
import { defaultQuick, findCheckpoint, normalizeSelection, selectCheckpoints } from './selection.ts';
import { modelsUsed, normalizeStages } from './stage-list.ts';
import type { Stage } from './stages.ts';
import { isLimit, taskRegistry } from './tasks.ts';

export interface Identity {
  readonly name: string;
  /** As messages call it. */
  readonly file: string;
  /** The workspace's, absolute. */
  readonly root: string;
  /** Left out: no series is locked. */
  readonly stepsOf?: StepsOf;
}

/**
 * @returns the pipeline; not to be used where the document's problems have any
 */
export function normalize(input: PipelineInput, document: SpecDocument, identity: Identity): Pipeline {
  const context = contextOf(document, identity.root, identity.stepsOf);
  const limit = input.limit ?? null;
  if (limit !== null && !isLimit(limit)) context.problems.value(['limit'], messages.badLimit(limit));
  const registry = taskRegistry(limit, context);
  const tasks = registry.pipelineTasks(input.tasks ?? [], ['tasks']);
  const perplexity = perplexityNormalizer(registry, input.engine?.use === 'lm-eval', context);
  const models = normalizeModels(input.models, tasks, registry, perplexity, context);
  const comparisons = normalizeComparisons(input.comparisons, models, tasks, registry, perplexity, context);
  const complete = [...models.values()].filter((model) => model !== null);
  const stages = normalizeStages(input, models, context);
  const engine = normalizeEngine(input.engine, context);
  reportIdleModels(input, complete, comparisons, stages, context);
  return {
    name: identity.name,
    title: input.title ?? identity.name,
    file: identity.file,
    stages,
    models: complete,
    tasks,
    quick: normalizeQuick(input.quick, [...models.values()], context),
    limit,
    comparisons,
    references: normalizeReferences(input.references, models, context),
    samples: normalizeSamples(input.samples, models, registry, engine.engine.use, context),
    ...engine,
    seed: input.seed ?? DEFAULT_SEED,
  };
}

/** Models for which nothing would run. */
function reportIdleModels(
  input: PipelineInput,
  models: readonly Model[],
  comparisons: readonly ComparisonUse[],
  stages: readonly Stage[],
  { problems }: Context,
): void {
  // A list or a comparison that was reported may be what uses the model.
  if (input.tasks === null || input.comparisons === null) return;
  if (comparisons.length < Object.keys(input.comparisons ?? {}).length) return;
  if (input.samples !== undefined) return;
  const used = new Set([
    ...comparisons.flatMap(({ pairs }) => pairs.flatMap(({ dense, pruned }) => [dense.model, pruned.model])),
    ...stages.flatMap(modelsUsed),
  ]);
  const idle = models.filter(
    ({ name, tasks }) =>
      tasks.length === 0 && input.models?.[name]?.perplexity === undefined && !used.has(name),
  );
  if (idle.length > 0 && idle.length === models.length && input.tasks === undefined) {
    problems.value(['tasks'], messages.noTasks.pipeline());
    return;
  }
  for (const { name, evaluate } of idle) {
    const finding = evaluate ? messages.noTasks.model(name) : messages.unusedModel(name);
    problems.value(evaluate ? ['models', name] : ['models', name, 'evaluate'], finding);
  }
}

/** A quick run has to take at least one checkpoint of each model. */
function normalizeQuick(
  input: QuickInput | null | undefined,
  models: readonly (Model | null)[],
  { problems }: Context,
): Quick {
  const checkpoints = normalizeSelection(input?.checkpoints, defaultQuick) ?? defaultQuick;
  const path = ['quick', 'checkpoints'];
  const complete = models.filter((model) => model !== null);
  if (checkpoints.kind === 'list' && models.length > 0 && complete.length === models.length) {
    const names = complete.flatMap((model) =>
      model.series ? model.checkpoints.map(({ name }) => name) : [],
    );
    for (const [index, item] of checkpoints.items.entries()) {
      if (complete.some((model) => findCheckpoint(model.checkpoints, item) !== null)) continue;
      problems.value(
        Array.isArray(input?.checkpoints) ? [...path, index] : path,
        messages.unknownCheckpoint.quick(item, names),
      );
    }
    const missed = complete.find((model) => selectCheckpoints(model.checkpoints, checkpoints).length === 0);
    if (missed !== undefined) problems.value(path, messages.emptySelection(missed.name));
  }
  return { checkpoints, limit: input?.limit ?? DEFAULT_QUICK_LIMIT };
}

/** `comparisons:` -> ComparisonUses, in the order of the file, with every reference looked up. */
import { type Context, reportCaseTwins } from './context.ts';
import type { ComparisonInput, PipelineInput } from './input.ts';
import { messages } from './messages.ts';
import type { PerplexityNormalizer } from './perplexity.ts';
import type { CheckpointReference, ComparisonUse, Model, TaskUse } from './pipeline.ts';
import type { Path } from './problems.ts';
import { findCheckpoint } from './selection.ts';
import type { TaskRegistry } from './tasks.ts';

type Models = ReadonlyMap<string, Model | null>;

export function normalizeComparisons(
  input: PipelineInput['comparisons'],
  models: Models,
  pipelineTasks: readonly TaskUse[],
  tasks: TaskRegistry,
  perplexity: PerplexityNormalizer,
  context: Context,
): readonly ComparisonUse[] {
  if (input === null || input === undefined) return [];
  reportCaseTwins('comparisons', ['comparisons'], context);
  const { problems } = context;

  function normalizeComparison(name: string, comparison: ComparisonInput): ComparisonUse | null {
    const path = ['comparisons', name];
    const dense = lookUp(comparison.dense, [...path, 'dense'], models, context);
    const pruned = lookUp(comparison.pruned, [...path, 'pruned'], models, context);
    const own = comparison.tasks;
    const list = own === undefined || own === null ? pipelineTasks : tasks.ownTasks(own, [...path, 'tasks']);
    const { uses, needsRollingTask, divergence } = perplexity(
      comparison,
      path,
      comparison.divergence === undefined ? false : comparison.divergence,
    );
    if (
      list.length === 0 &&
      uses.length === 0 &&
      divergence === null &&
      own !== null &&
      comparison.perplexity !== null
    ) {
      problems.value(path, messages.nothingCompared(name));
    }
    if (dense === null || pruned === null) return null;
    if (dense.model === pruned.model && dense.checkpoint === pruned.checkpoint) {
      problems.value([...path, 'pruned'], messages.samePair(show(dense)));
    }
    const title = comparison.title ?? name;
    const reconcile = comparison.reconcile ?? true;
    return {
      name,
      title,
      dense,
      pruned,
      tasks: list,
      perplexity: uses,
      needsRollingTask,
      reconcile,
      divergence,
    };
  }

  return context
    .keysOf(['comparisons'])
    .map((name) => {
      const comparison = input[name];
      return comparison === null || comparison === undefined ? null : normalizeComparison(name, comparison);
    })
    .filter((comparison) => comparison !== null);
}

/** `model`, or `model@` and a checkpoint's name, step, or place in the series. null where it was reported. */
function lookUp(
  text: string | null | undefined,
  path: Path,
  models: Models,
  { problems }: Context,
): CheckpointReference | null {
  if (text === null || text === undefined) return null;
  const at = text.indexOf('@');
  const name = at === -1 ? text : text.slice(0, at);
  const model = models.get(name);
  if (model === undefined) problems.value(path, messages.unknownModel(name, models));
  if (model === null || model === undefined) return null;
  if (at === -1 && model.checkpoints.length > 1) {
    problems.value(path, messages.seriesNeedsCheckpoint(name, model.checkpoints.length));
    return null;
  }
  const wanted = at === -1 ? 'first' : text.slice(at + 1);
  const checkpoint = findCheckpoint(model.checkpoints, wanted);
  if (checkpoint === null) {
    problems.value(path, messages.unknownCheckpoint(name, wanted, model.checkpoints));
    return null;
  }
  return { model: name, checkpoint: checkpoint.name };
}

function show({ model, checkpoint }: CheckpointReference): string {
  return model === checkpoint ? model : `${model}@${checkpoint}`;
}

/** `comparisons:` -> ComparisonUses, in the order of the file, with every reference looked up. */
import { readSetting, setting } from '@evalgraph/formats';
import { comparedSides, type Models } from './compared.ts';
import { type Context, reportCaseTwins } from './context.ts';
import { beyondFields } from './declared/comparisons.ts';
import type { ComparisonInput, PipelineInput } from './input.ts';
import { messages } from './messages.ts';
import type { PerplexityNormalizer } from './perplexity.ts';
import type { ComparisonUse, TaskUse } from './pipeline.ts';
import type { TaskRegistry } from './tasks.ts';

const beyondSettings = setting.mapping(beyondFields);

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
    const compared = comparedSides(comparison, path, models, context);
    const own = comparison.tasks;
    // What was reported of a key is null there.
    const beyond = readSetting(beyondSettings, comparison, 'snake_case').value;
    const list = own === undefined || own === null ? pipelineTasks : tasks.ownTasks(own, [...path, 'tasks']);
    const { uses, needsRollingTask, divergence } = perplexity(comparison, path, beyond.divergence);
    if (
      list.length === 0 &&
      uses.length === 0 &&
      divergence === null &&
      own !== null &&
      comparison.perplexity !== null
    ) {
      problems.value(path, messages.noTasks.comparison(name));
    }
    if (compared === null) return null;
    const isSeries = compared.form === 'series';
    for (const key of ['reconcile', 'divergence'] as const) {
      if (isSeries && comparison[key] === true) {
        problems.value([...path, key], messages.notByStep(key, compared.pairs.at(-1)));
      }
    }
    return {
      name,
      title: comparison.title ?? name,
      ...compared,
      tasks: list,
      perplexity: uses,
      needsRollingTask,
      reconcile: !isSeries && beyond.reconcile,
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

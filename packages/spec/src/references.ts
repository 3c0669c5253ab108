/** `references:` -> References: figures of others, each once, of models that are not the pipeline's own. */
import type { Context } from './context.ts';
import type { PipelineInput } from './input.ts';
import { messages } from './messages.ts';
import type { Model, Reference } from './pipeline.ts';

export function normalizeReferences(
  input: PipelineInput['references'],
  models: ReadonlyMap<string, Model | null>,
  { problems, lineOf }: Context,
): readonly Reference[] {
  const seen = new Map<string, number>();
  return (input ?? []).flatMap((entry, index): Reference[] => {
    const path = ['references', index];
    if (entry === null) return [];
    const { model, task, metric = null, value, stderr = null, source } = entry;
    // A figure under the name of a model whose scores stand beside it would be taken for one of them.
    if (typeof model === 'string' && models.has(model)) {
      problems.value([...path, 'model'], messages.referenceIsModel(model));
    }
    const isWhole =
      typeof model === 'string' &&
      typeof task === 'string' &&
      typeof value === 'number' &&
      typeof source === 'string';
    if (!isWhole) return [];
    const key = JSON.stringify([model, task, metric]);
    const earlier = seen.get(key);
    if (earlier !== undefined) {
      problems.value(
        path,
        messages.repeatedReference(model, task, () => lineOf(['references', earlier])),
      );
    }
    seen.set(key, index);
    return [{ model, task, metric, value, stderr, source }];
  });
}

/** `dense:` and `pruned:` of a comparison -> the pairs that it stands on: one, several against one, or series by step. */
import type { Context } from './context.ts';
import { type ComparisonInput, isList } from './input.ts';
import { messages } from './messages.ts';
import type { ComparedReferences, ComparisonUse, Model } from './pipeline.ts';
import type { Path } from './problems.ts';
import { findCheckpoint } from './selection.ts';
import type { CheckpointReference } from './stages.ts';

export type Models = ReadonlyMap<string, Model | null>;

export type Compared = Pick<ComparisonUse, 'form' | 'pairs' | 'onlyDense' | 'onlyPruned'>;

/** @returns null where a side was reported */
export function comparedSides(
  { dense, pruned }: Pick<ComparisonInput, 'dense' | 'pruned'>,
  path: Path,
  models: Models,
  context: Context,
): Compared | null {
  const series = isList(pruned) ? null : [seriesOf(dense, models), seriesOf(pruned, models)];
  const [first, second] = series ?? [];
  if (first && second && first.checkpoints.length + second.checkpoints.length > 2) {
    return bySteps(first, second, path, context);
  }
  return againstOne(dense, pruned, path, models, context);
}

/** A model that was declared as a series and is named without one of its checkpoints. */
function seriesOf(text: string | null | undefined, models: Models): Model | null {
  const model = text === null || text === undefined ? null : (models.get(text) ?? null);
  return model?.series === true ? model : null;
}

function bySteps(dense: Model, pruned: Model, path: Path, { problems }: Context): Compared | null {
  if (dense.name === pruned.name) {
    problems.value([...path, 'pruned'], messages.samePair.series(dense.name));
    return null;
  }
  const sides = [
    ['dense', dense],
    ['pruned', pruned],
  ] as const;
  const unknown = sides.flatMap(([side, model]) => {
    const checkpoint = model.checkpoints.find(({ step }) => step === null);
    return checkpoint === undefined ? [] : [{ side, model, checkpoint }];
  });
  for (const { side, model, checkpoint } of unknown) {
    problems.value([...path, side], messages.unknownStep(model.name, checkpoint.name));
  }
  if (unknown.length > 0) return null;
  const byStep = new Map(pruned.checkpoints.map((checkpoint) => [checkpoint.step, checkpoint]));
  const pairs = dense.checkpoints.flatMap((checkpoint): ComparedReferences[] => {
    const other = byStep.get(checkpoint.step);
    if (other === undefined) return [];
    return [
      {
        dense: { model: dense.name, checkpoint: checkpoint.name },
        pruned: { model: pruned.name, checkpoint: other.name },
      },
    ];
  });
  if (pairs.length === 0) {
    const [ours, theirs] = [stepsOf(dense), stepsOf(pruned)];
    problems.value(
      [...path, 'pruned'],
      messages.noCommonSteps({ name: dense.name, steps: ours }, { name: pruned.name, steps: theirs }),
    );
    return null;
  }
  return { form: 'series', pairs, onlyDense: lacking(dense, pruned), onlyPruned: lacking(pruned, dense) };
}

function stepsOf({ checkpoints }: Model): readonly number[] {
  return checkpoints.map(({ step }) => step).filter((step) => step !== null);
}

/** Steps of `model` that `other` does not have. */
function lacking(model: Model, other: Model): readonly number[] {
  const there = new Set(stepsOf(other));
  return stepsOf(model).filter((step) => !there.has(step));
}

function againstOne(
  dense: ComparisonInput['dense'],
  pruned: ComparisonInput['pruned'],
  path: Path,
  models: Models,
  context: Context,
): Compared | null {
  const { problems, lineOf } = context;
  const base = lookUp(dense, [...path, 'dense'], models, context);
  const places = isList(pruned)
    ? pruned.map((text, index) => ({ text, at: [...path, 'pruned', index] as Path }))
    : [{ text: pruned, at: [...path, 'pruned'] as Path }];
  const found = places.map(({ text, at }) => ({ at, reference: lookUp(text, at, models, context) }));
  const seen = new Map<string, Path>();
  const pairs = found.flatMap(({ at, reference }): ComparedReferences[] => {
    if (reference === null) return [];
    const name = show(reference);
    const earlier = seen.get(name);
    if (base !== null && show(base) === name) problems.value(at, messages.samePair.checkpoints(name));
    if (earlier !== undefined) {
      problems.value(
        at,
        messages.samePair.repeated(name, () => lineOf(earlier)),
      );
    }
    seen.set(name, at);
    return base === null ? [] : [{ dense: base, pruned: reference }];
  });
  if (pairs.length < found.length || pairs.length === 0) return null;
  return { form: pairs.length === 1 ? 'pair' : 'several', pairs, onlyDense: [], onlyPruned: [] };
}

/** `model`, or `model@` and a checkpoint's name, step, or place in the series. null where it was reported. */
export function lookUp(
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
    problems.value(path, messages.whichCheckpoint(name, model.checkpoints.length));
    return null;
  }
  const wanted = at === -1 ? 'first' : text.slice(at + 1);
  const checkpoint = findCheckpoint(model.checkpoints, wanted);
  if (checkpoint === null) {
    problems.value(path, messages.unknownCheckpoint.ofModel(name, wanted, model.checkpoints));
    return null;
  }
  return { model: name, checkpoint: checkpoint.name };
}

function show({ model, checkpoint }: CheckpointReference): string {
  return model === checkpoint ? model : `${model}@${checkpoint}`;
}

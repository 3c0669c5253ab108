/**
 * From one protocol's figure to another's, one choice at a time. Every step between is a perplexity that was measured
 * (its windows are asked together with all the others), not an estimate, so the factors multiply to the whole.
 */
import { type Reconciliation, UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';
import { PROTOCOLS, type Protocol } from './named.ts';
import { type Recipe, windowingText } from './recipe.ts';

/**
 * The choices in the order in which they are changed, from a token-level protocol towards lm-eval's; the other way
 * the same steps are walked backwards, so that there and back are reciprocal. Averaging comes early, while windows
 * are of equal length: what it does by itself is then not mixed with the weight of a short tail.
 */
const FACTORS = ['text', 'averaging', 'tail', 'bos', 'documents', 'windows', 'context', 'divisor'] as const;
export type Factor = (typeof FACTORS)[number];

export interface ReconciliationStep {
  readonly factor: Factor;
  /** The choice before and after, in words. */
  readonly from: string;
  readonly to: string;
  /** The recipe after this step; the last step's is the goal's. */
  readonly recipe: Recipe;
}

/** A model's figures along a path: under the first protocol, then after each step (each figure's `reported`). */
export interface ModelAlongPath {
  readonly model: string;
  readonly start: number;
  readonly steps: readonly number[];
}

/** The steps from one protocol to another: the choices in which they differ. None: they are the same. */
export function reconciliationPath(from: Protocol, to: Protocol): readonly ReconciliationStep[] {
  if (isForward(from, to)) return walk(from.recipe, to.recipe);
  const there = walk(to.recipe, from.recipe);
  return there
    .map(({ factor, from: before, to: after }, index) => ({
      factor,
      from: after,
      to: before,
      recipe: there[index - 1]?.recipe ?? to.recipe,
    }))
    .reverse();
}

/**
 * @param path from `reconciliationPath(from, to)`
 * @throws UserError reconciliation-incomplete where a model's figures are not one a step, positive and finite
 */
export function reconcile(
  from: Protocol,
  to: Protocol,
  path: readonly ReconciliationStep[],
  models: readonly ModelAlongPath[],
): Reconciliation {
  const problems = models.flatMap(({ model, start, steps }) =>
    steps.length === path.length && [start, ...steps].every((value) => value > 0 && Number.isFinite(value))
      ? []
      : [messages.reconciliationIncomplete(model, path.length + 1, steps.length + 1)],
  );
  if (problems.length > 0) throw new UserError(problems);
  const start = models.map((model) => model.start);
  const end = models.map((model) => model.steps.at(-1) ?? model.start);
  return {
    from,
    to,
    models: models.map(({ model }) => model),
    start,
    end,
    whole: ratios(end, start),
    rows: path.map(({ factor, from: before, to: after }, index) => {
      const earlier = models.map((model) => (index === 0 ? model.start : stepOf(model, index - 1)));
      const later = models.map((model) => stepOf(model, index));
      return {
        factor,
        from: before,
        to: after,
        before: earlier,
        after: later,
        factors: ratios(later, earlier),
      };
    }),
    againstFirst: models.map((_, index) => ({
      from: stepRatio(start, index),
      to: stepRatio(end, index),
    })),
  };
}

function walk(start: Recipe, goal: Recipe): readonly ReconciliationStep[] {
  let recipe = start;
  const steps: ReconciliationStep[] = [];
  for (const factor of FACTORS) {
    const from = choice(recipe, factor);
    const to = choice(goal, factor);
    if (from === to) continue;
    recipe = changed(recipe, goal, factor);
    steps.push({ factor, from, to, recipe });
  }
  return steps;
}

function isForward(from: Protocol, to: Protocol): boolean {
  const order = PROTOCOLS.indexOf(from.name) - PROTOCOLS.indexOf(to.name);
  return order !== 0 ? order < 0 : describe(from.recipe) <= describe(to.recipe);
}

function describe(recipe: Recipe): string {
  return FACTORS.map((factor) => choice(recipe, factor)).join('; ');
}

const TEXT = {
  lines: 'lines joined by blank lines',
  file: 'the file as it is',
  pages: 'detokenised pages',
} as const;
const BOS = {
  'as-tokenised': 'as the tokenizer puts it',
  none: 'no BOS',
  'each-window': 'BOS in place of each first token',
  'before-each-document': 'a prefix token before each document',
} as const;
const AVERAGING = {
  windows: "windows' means alike",
  tokens: 'tokens alike',
  strided: "windows' means by new tokens",
} as const;

function choice(recipe: Recipe, factor: Factor): string {
  switch (factor) {
    case 'text':
      return TEXT[recipe.text];
    case 'averaging':
      return AVERAGING[recipe.averaging];
    case 'tail':
      return recipe.tail;
    case 'bos':
      return BOS[recipe.bos];
    case 'documents':
      return recipe.documents === 'joined' ? 'one stream' : 'each document by itself';
    case 'windows':
      return windowingText(recipe.windowing);
    case 'context':
      return recipe.scored === 'all' ? 'every target' : 'second half of each window';
    case 'divisor':
      return recipe.divisor;
  }
}

function changed(recipe: Recipe, goal: Recipe, factor: Factor): Recipe {
  switch (factor) {
    case 'windows':
      return { ...recipe, windowing: goal.windowing };
    case 'context':
      return { ...recipe, scored: goal.scored };
    default:
      return { ...recipe, [factor]: goal[factor] };
  }
}

function stepOf({ model, steps }: ModelAlongPath, index: number): number {
  const value = steps[index];
  if (value === undefined) throw new RangeError(`${model} has no figure after step ${index}`);
  return value;
}

function ratios(above: readonly number[], below: readonly number[]): readonly number[] {
  return above.map((value, index) => value / (below[index] ?? Number.NaN));
}

function stepRatio(values: readonly number[], index: number): number {
  return (values[index] ?? Number.NaN) / (values[0] ?? Number.NaN);
}

/** Do early checkpoints rank models as the last ones do? */
import { mean } from '../statistics/mean.ts';
import { kendall } from './rank.ts';

export interface RankedStep {
  readonly step: number;
  /** Kendall's tau-b of the models' scores at this step with those at the last; null where all are equal. */
  readonly kendall: number | null;
  /** Share of pairs of models in the same order as at the last step. */
  readonly decisionAccuracy: number;
}

export interface RankingConsistency {
  readonly models: readonly string[];
  readonly steps: readonly RankedStep[];
  /** Mean over the steps before the last; null where none of them has a tau. */
  readonly meanKendall: number | null;
  readonly meanDecisionAccuracy: number;
}

/**
 * Ranking consistency between models: at each step that all of them have, Kendall's tau-b between their scores and
 * their scores at the last such step (E2LM's ranking consistency is Kendall's tau between early and final rankings),
 * and the share of pairs whose order agrees (signal-and-noise's decision accuracy: (a_i > a_j) = (b_i > b_j)).
 *
 * @param series scores by step, by model; whether high or low is better changes neither figure, but for ties
 * @returns null for fewer than two models or two common steps
 */
export function rankingConsistency(
  series: ReadonlyMap<string, ReadonlyMap<number, number>>,
): RankingConsistency | null {
  const models = [...series.keys()];
  const first = series.get(models[0] ?? '');
  if (first === undefined || models.length < 2) return null;
  const steps = [...first.keys()]
    .filter((step) => models.every((model) => series.get(model)?.has(step) === true))
    .sort((a, b) => a - b);
  const scoresAt = (step: number): readonly number[] =>
    models.map((model) => series.get(model)?.get(step) ?? Number.NaN);
  const lastStep = steps.at(-1);
  if (lastStep === undefined || steps.length < 2) return null;
  const final = scoresAt(lastStep);
  const ranked = steps.slice(0, -1).map((step): RankedStep => {
    const scores = scoresAt(step);
    return { step, kendall: kendall(scores, final), decisionAccuracy: agreement(scores, final) };
  });
  const known = ranked.flatMap((step) => (step.kendall === null ? [] : [step.kendall]));
  return {
    models,
    steps: ranked,
    meanKendall: known.length === 0 ? null : mean(known),
    meanDecisionAccuracy: mean(ranked.map(({ decisionAccuracy }) => decisionAccuracy)),
  };
}

function agreement(a: readonly number[], b: readonly number[]): number {
  const same: number[] = [];
  for (let i = 0; i < a.length; i++) {
    for (let j = i + 1; j < a.length; j++) {
      same.push((a[i] ?? 0) > (a[j] ?? 0) === (b[i] ?? 0) > (b[j] ?? 0) ? 1 : 0);
    }
  }
  return mean(same);
}

/**
 * Plans -> requests: a window that several protocols share is asked once, and every protocol reads its targets out of
 * the same answer. That is how five perplexities cost hardly more than one.
 */
import { UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';
import { type ScoredWindow, type WindowPlan, windowTokens } from './windows.ts';

/** What an engine is asked for one window: the log-probability of each token of `continuation` after `context`. */
export interface WindowRequest {
  readonly context: readonly number[];
  readonly continuation: readonly number[];
}

/** The targets of a window, as a part of the answers. */
export interface WindowPlace {
  readonly request: number;
  /** Position of the window's first target in the request's continuation. */
  readonly offset: number;
  readonly count: number;
}

export interface SharedRequests {
  readonly requests: readonly WindowRequest[];
  /** One list for each plan, with a place for each of its windows. */
  readonly places: readonly (readonly WindowPlace[])[];
}

/**
 * Requests of all plans, in order of first use, each distinct window once, scored from the earliest target that a
 * plan needs. Windows are the same where the model sees the same tokens, whatever text they came from.
 */
export function shareWindows(plans: readonly WindowPlan[]): SharedRequests {
  const known = new Map<string, { readonly tokens: readonly number[]; readonly index: number }>();
  const firsts: number[] = [];
  const uses = plans.map((plan) =>
    plan.windows.map((window) => {
      const tokens = windowTokens(plan, window);
      const key = tokens.join(' ');
      const entry = known.get(key) ?? { tokens, index: known.size };
      known.set(key, entry);
      const first = window.firstTarget - window.start;
      firsts[entry.index] = Math.min(firsts[entry.index] ?? first, first);
      return { index: entry.index, first, window };
    }),
  );
  const requests = [...known.values()].map(({ tokens, index }): WindowRequest => {
    const first = firsts[index] ?? 1;
    return { context: tokens.slice(0, first), continuation: tokens.slice(first) };
  });
  const places = uses.map((list) =>
    list.map(
      ({ index, first, window }): WindowPlace => ({
        request: index,
        offset: first - (firsts[index] ?? 1),
        count: targetsOf(window),
      }),
    ),
  );
  return { requests, places };
}

/**
 * A plan's windows out of the answers.
 *
 * @param logProbs for each request, the log-probability (nats) of each token of its continuation
 * @returns for each window of the plan, the sum of its targets' log-probabilities
 * @throws UserError wrong-window-count, bad-log-probability (of every bad window at once)
 */
export function windowSums(
  places: readonly WindowPlace[],
  logProbs: readonly (readonly number[])[],
): readonly number[] {
  const problems = [];
  const sums: number[] = [];
  for (const [index, { request, offset, count }] of places.entries()) {
    const values = logProbs[request]?.slice(offset, offset + count) ?? [];
    if (values.length !== count) {
      throw new UserError(messages.wrongTargetCount(index, count, values.length));
    }
    const bad = values.find((value) => !(Number.isFinite(value) && value <= 0));
    if (bad !== undefined) problems.push(messages.badLogProbability(index, bad));
    sums.push(values.reduce((total, value) => total + value, 0));
  }
  if (problems.length > 0) throw new UserError(problems);
  return sums;
}

function targetsOf({ firstTarget, end }: ScoredWindow): number {
  return end - firstTarget;
}

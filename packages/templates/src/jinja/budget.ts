/**
 * One run of a template has one budget of steps. A template that takes few steps runs at once; one that turns out to be more
 * work begins anew under a time limit.
 */
import { MAX_STEPS } from '../python/meter.ts';
import { setMeter } from '../python/spending.ts';
import { PythonError } from '../python/value.ts';
import { bounded, isWatched, watched } from '../python/watchdog.ts';
import { type Rules, setRules } from './runtime.ts';

/** Steps that take some tens of milliseconds: a template that takes more runs on under a time limit. */
const FREE_STEPS = 30_000;
/** The clock is looked at whenever so many more steps were taken. */
const STEPS_BETWEEN_LOOKS = 250;
/** The same for a template of few steps that are each long. */
const FREE_MS = 200;

/** Thrown where a template turns out to be more work than is done without a time limit. */
class Costly extends Error {}

/** @param work may be begun twice @throws PythonError as the work does, and where a limit is passed */
export function runWithinBudget(rules: Rules, work: () => string): string {
  const what = 'the template';
  let steps = 0;
  let nextLook = STEPS_BETWEEN_LOOKS;
  const started = performance.now();
  const meter = (cost: number): void => {
    steps += cost;
    if (steps > nextLook && !isWatched()) {
      nextLook = steps + STEPS_BETWEEN_LOOKS;
      if (steps > FREE_STEPS || performance.now() - started > FREE_MS) throw new Costly();
    }
    if (!(steps <= MAX_STEPS)) {
      throw new PythonError('RuntimeError', `the template takes more than ${MAX_STEPS} steps`);
    }
  };
  const attempt = (): string => {
    steps = 0;
    return work();
  };
  const rulesBefore = setRules(rules);
  const meterBefore = setMeter(meter);
  try {
    return attempt();
  } catch (error) {
    if (error instanceof Costly) return watched(what, attempt);
    throw bounded(what, error);
  } finally {
    setMeter(meterBefore);
    setRules(rulesBefore);
  }
}

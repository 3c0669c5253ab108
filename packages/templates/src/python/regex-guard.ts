/**
 * A limit on the time that one use of a regular expression may take. JavaScript's engine backtracks, as Python's does,
 * and there a short pattern can take years on a text that a model wrote. Most uses cannot: pattern and length give an
 * upper bound of their steps, and they run as they are. The others run under the watchdog.
 */
import { bounded, watched } from './watchdog.ts';

/** Steps that take some milliseconds at most. */
const HARMLESS_STEPS = 1e6;

export interface RegexCost {
  /** Parts that repeat: a failing match may try each of them at every length. */
  readonly repeats: number;
  /** Optional parts: each may double the work. */
  readonly options: number;
  /** A group repeats, which may itself match in several ways, or is referred back to. */
  readonly exponential: boolean;
  readonly length: number;
}

/** @param source JavaScript's, for the flag v. */
export function regexCost(source: string): RegexCost {
  const bare = source.replace(/\\[\s\S]/g, 'x').replace(/\[[^\]]*\]/g, 'x');
  return {
    repeats: bare.match(/[*+]|\{\d*,?\d*\}/g)?.length ?? 0,
    options: bare.match(/\?(?![:=!<])/g)?.length ?? 0,
    exponential: /\)(?:[*+]|\{)/.test(bare) || /\\(?:[1-9]|k<)/.test(source),
    length: source.length,
  };
}

function isHarmless({ repeats, options, exponential, length }: RegexCost, characters: number): boolean {
  return !exponential && (characters + 1) ** (repeats + 1) * 2 ** options * length <= HARMLESS_STEPS;
}

/** @throws PythonError where it takes longer than the limit, or more memory than the engine has for it. */
export function guarded<T>(pattern: string, cost: RegexCost, characters: number, work: () => T): T {
  const what = `the regular expression ${JSON.stringify(pattern.slice(0, 80))} on a text of ${characters} characters`;
  try {
    return isHarmless(cost, characters) ? work() : watched(what, work);
  } catch (error) {
    throw bounded(what, error);
  }
}

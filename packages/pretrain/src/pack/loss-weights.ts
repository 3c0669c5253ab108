/**
 * How much each token counts in the training's loss, by regular expressions over the documents' texts. What a match
 * covers has the rule's weight, a later rule goes before an earlier one, all else weighs 1. Knows no file.
 */
import { readSetting, UserError } from '@evalgraph/formats';
import { guardedMap } from '../text/guarded-regex.ts';
import { messages } from './messages.ts';
import { type LossWeight, lossWeight } from './settings.ts';

export interface LossWeightMistake {
  readonly name: keyof LossWeight;
  readonly value: unknown;
  readonly expected: string;
}

const TIMEOUT_MS = 1000;

/** What makes a rule none, for whoever knows where it was written. */
export function lossWeightMistakes(rule: LossWeight): readonly LossWeightMistake[] {
  const { pattern, flags } = rule;
  const mistakes: LossWeightMistake[] = readSetting(lossWeight, rule, 'camelCase').mistakes.map(
    ({ path, value, expected }) => ({ name: path[0] as keyof LossWeight, value, expected }),
  );
  if (mistakes.length > 0) return mistakes;
  if (!/^(?!.*(.).*\1)[ims]*$/.test(flags)) {
    mistakes.push({ name: 'flags', value: flags, expected: 'some of i, m and s, each once' });
  } else {
    try {
      new RegExp(pattern, `gu${flags}`);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      mistakes.push({ name: 'pattern', value: pattern, expected: `a regular expression (${error.message})` });
    }
  }
  return mistakes;
}

/** The weights that tokens can have; a token's level is a place in this list, and 0 stands for 1. */
export function weightLevels(rules: readonly LossWeight[]): readonly number[] {
  return [...new Set([1, ...rules.map(({ weight }) => weight)])];
}

/**
 * Levels of each text, one for each of its code points.
 * @param first the number of the first text in the corpus, for messages
 * @throws UserError pack-regex-slow.
 */
export function textLevels(
  rules: readonly LossWeight[],
  texts: readonly string[],
  first: number,
): readonly Uint8Array[] {
  const levels = weightLevels(rules);
  const searches = rules.map(({ pattern, flags, weight }) => ({
    pattern,
    regex: new RegExp(pattern, `gu${flags}`),
    level: levels.indexOf(weight),
  }));
  let late = searches[0]?.pattern ?? '';
  const outcome = guardedMap(
    texts,
    (text) => {
      const units = new Uint8Array(text.length);
      for (const { pattern, regex, level } of searches) {
        late = pattern;
        for (const match of text.matchAll(regex))
          units.fill(level, match.index, match.index + match[0].length);
      }
      return byCodePoint(text, units);
    },
    TIMEOUT_MS,
  );
  if ('results' in outcome) return outcome.results;
  throw new UserError(messages.packRegexSlow(late, first + outcome.late, TIMEOUT_MS));
}

function byCodePoint(text: string, units: Uint8Array): Uint8Array {
  const points = new Uint8Array(units.length);
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    points[count] = units[at] ?? 0;
    count += 1;
    // The second half of a pair is no code point of its own.
    if ((text.codePointAt(at) ?? 0) > 0xffff) at += 1;
  }
  return points.subarray(0, count);
}

/**
 * A token has the level of its last character: a token that takes the space before an answer belongs to the answer.
 * @param ends of each token in its text: the code points before its end
 */
export function tokenLevels(ends: ArrayLike<number>, points: Uint8Array): Uint8Array {
  const levels = new Uint8Array(ends.length);
  for (let at = 0; at < ends.length; at += 1) levels[at] = points[Math.max(0, (ends[at] ?? 0) - 1)] ?? 0;
  return levels;
}

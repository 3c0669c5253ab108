/** One multiple-choice document: which choice the model prefers by each metric's measure, and whether it is right. */
import { PyFloat } from '@evalgraph/formats';
import {
  codePointLength,
  isIntLike,
  isList,
  PyTuple,
  PythonError,
  typeName,
  type Value,
} from '@evalgraph/templates';
import type { MetricConfig } from '../config/types.ts';
import { countBytes } from './counts.ts';

export interface ChoiceResponse {
  readonly logLikelihood: number;
  readonly isGreedy: boolean;
  /** Tokens of the continuation. */
  readonly tokens: number;
}

export interface ChoiceDoc {
  readonly choices: readonly string[];
  readonly gold: Value;
  readonly multipleTarget: boolean;
  /** One for each choice; with acc_mutual_info the same number again, without context. */
  readonly responses: readonly ChoiceResponse[];
}

/** Not an index of any choice. */
const NO_CHOICE = -100;

export function scoreChoices(metrics: readonly MetricConfig[], doc: ChoiceDoc): ReadonlyMap<string, Value> {
  const count = doc.choices.length;
  const given = doc.responses.slice(0, count);
  const likelihoods = given.map((response) => response.logLikelihood);
  const golds = goldIndices(doc);
  const right = (values: readonly number[]): PyFloat => new PyFloat(golds.includes(argmax(values)) ? 1 : 0);
  const per = (sizes: readonly number[]): readonly number[] =>
    likelihoods.map((value, index) => value / (sizes[index] ?? Number.NaN));
  const gold = doc.multipleTarget ? golds : (golds[0] ?? NO_CHOICE);

  const values: Readonly<Record<string, () => Value>> = {
    acc: () => right(likelihoods),
    f1: () => new PyTuple([gold, argmax(likelihoods)]),
    mcc: () => new PyTuple([gold, argmax(likelihoods)]),
    acc_norm: () => right(per(doc.choices.map(codePointLength))),
    acc_bytes: () => right(per(doc.choices.map(countBytes))),
    acc_per_token: () => right(per(given.map((response) => response.tokens))),
    exact_match: () =>
      golds.some((index) => index !== NO_CHOICE && given.at(index)?.isGreedy === true) ? 1 : 0,
    brier_score: () => new PyTuple([gold, softmax(likelihoods).map((p) => new PyFloat(p))]),
    acc_mutual_info: () => {
      const bare = doc.responses.slice(count);
      return right(likelihoods.map((value, index) => value - (bare[index]?.logLikelihood ?? Number.NaN)));
    },
  };
  // lm-eval's order of keys is its own, not the metric_list's.
  const asked = new Set(metrics.map((metric) => metric.metric));
  return new Map(
    Object.entries(values).flatMap(([name, value]) => (asked.has(name) ? [[name, value()] as const] : [])),
  );
}

/** Expected score of guessing among the choices. */
export function chanceOf(doc: Omit<ChoiceDoc, 'responses'>): number {
  const right = new Set(goldIndices(doc).filter((index) => index >= 0));
  return Math.max(1, right.size) / doc.choices.length;
}

function goldIndices(doc: Omit<ChoiceDoc, 'responses'>): readonly number[] {
  const { gold, choices } = doc;
  const inRange = (value: number): number => (value < choices.length ? value : NO_CHOICE);
  if (doc.multipleTarget !== isList(gold)) {
    throw new PythonError(
      'TypeError',
      'the first document has one right answer and this one a list, or the reverse',
    );
  }
  if (isList(gold)) {
    return gold.map((item) => {
      if (isIntLike(item)) return inRange(Number(item));
      throw new PythonError('TypeError', `a right answer must be an index, not ${typeName(item)}`);
    });
  }
  if (isIntLike(gold)) return [inRange(Number(gold))];
  if (typeof gold === 'string') return [choices.includes(gold) ? choices.indexOf(gold) : NO_CHOICE];
  throw new PythonError('TypeError', `the right answer must be an index or a choice, not ${typeName(gold)}`);
}

/** numpy's argmax: ties to the first, nan before everything. */
function argmax(values: readonly number[]): number {
  let best = 0;
  for (const [index, value] of values.entries()) {
    if (Number.isNaN(value)) return index;
    if (value > (values[best] ?? Number.NEGATIVE_INFINITY)) best = index;
  }
  return best;
}

function softmax(values: readonly number[]): readonly number[] {
  const highest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

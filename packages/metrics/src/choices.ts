/** One multiple-choice document: what its metrics are computed from, and which choice is right. */
import { PyFloat } from '@evalgraph/formats';
import { isIntLike, isList, PythonError, typeName, type Value } from '@evalgraph/templates';

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

/** What the metrics of one document are computed from. */
export interface ChoiceMeasures {
  readonly choices: readonly string[];
  /** The responses to the choices, and those without context for acc_mutual_info. */
  readonly given: readonly ChoiceResponse[];
  readonly bare: readonly ChoiceResponse[];
  readonly likelihoods: readonly number[];
  /** Indices of the right choices. */
  readonly golds: readonly number[];
  /** The right choice, or all of them, as Python holds it. */
  readonly gold: Value;
}

export function choiceMeasures(doc: ChoiceDoc): ChoiceMeasures {
  const { choices, responses, multipleTarget } = doc;
  const given = responses.slice(0, choices.length);
  const golds = goldIndices(doc);
  return {
    choices,
    given,
    bare: responses.slice(choices.length),
    likelihoods: given.map((response) => response.logLikelihood),
    golds: golds.filter((index) => index !== NO_CHOICE),
    gold: multipleTarget ? golds : (golds[0] ?? NO_CHOICE),
  };
}

/** 1.0 where the choice with the highest value is a right one, else 0.0. */
export function isRight({ golds }: ChoiceMeasures, values: readonly number[]): PyFloat {
  return new PyFloat(golds.includes(argmax(values)) ? 1 : 0);
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
export function argmax(values: readonly number[]): number {
  let best = 0;
  for (const [index, value] of values.entries()) {
    if (Number.isNaN(value)) return index;
    if (value > (values[best] ?? Number.NEGATIVE_INFINITY)) best = index;
  }
  return best;
}

export function softmax(values: readonly number[]): readonly number[] {
  const highest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

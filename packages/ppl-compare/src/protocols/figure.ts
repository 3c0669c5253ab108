/** Windows and their log-likelihoods -> a figure that carries what it was measured by; and when two may be compared. */
import { type PerplexityFigure, UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';
import { mean, sum } from '../statistics/mean.ts';
import type { ProtocolName } from './named.ts';
import { type Recipe, windowingText } from './recipe.ts';
import type { WindowPlan } from './windows.ts';

/** `perplexity` is a token's, whatever `recipe.divisor` says; `reported` is the protocol's own figure. */
export interface ProtocolFigure extends PerplexityFigure {
  readonly recipe: Recipe;
  readonly nsamples: number | null;
  /** exp of the mean over `recipe.divisor`: what the protocol's program prints. */
  readonly reported: number;
  /** Where every token of the text was scored and the figure is a number, else null. */
  readonly perWord: number | null;
  readonly perByte: number | null;
  readonly bitsPerByte: number | null;
  readonly words: number;
  readonly bytes: number;
  readonly unscoredTokens: number;
  /** Weights of `windowNllNats` in the mean; for paired intervals. */
  readonly windowWeights: readonly number[];
}

/** What a figure carries beside what it was measured by. */
export interface FigureSource {
  /** Data set, configuration and split: "wikitext/wikitext-2-raw-v1/test". */
  readonly corpus: string;
  readonly tokenizerDigest: string;
}

/**
 * perplexity = exp(sum_i w_i m_i / sum_i w_i), with m_i the mean negative log-likelihood of window i's targets.
 *
 * @param windowLogProbs a sum a window, from `windowSums`
 * @throws UserError wrong-window-count, infinite-perplexity, nothing-to-divide-by
 */
export function perplexityFigure(
  name: ProtocolName | 'step',
  plan: WindowPlan,
  windowLogProbs: readonly number[],
  source: FigureSource,
): ProtocolFigure {
  const { windows, recipe } = plan;
  if (windowLogProbs.length !== windows.length) {
    throw new UserError(messages.wrongWindowCount(windows.length, windowLogProbs.length));
  }
  const windowNllNats = windows.map(
    ({ firstTarget, end }, index) => (0 - at(windowLogProbs, index)) / (end - firstTarget),
  );
  const weights = windows.map(({ weight }) => weight);
  const meanNllNats = weightedMean(windowNllNats, weights);
  const totalNats = 0 - sum(windowLogProbs);
  const everything = plan.unscoredTokens === 0;
  const per = (unit: 'word' | 'byte', count: number): number | null =>
    everything ? perUnit(unit, totalNats, count, recipe.divisor === `${unit}s`) : null;
  const perWord = per('word', plan.words);
  const perByte = per('byte', plan.bytes);
  const perplexity = finiteExp(meanNllNats, 'token');
  return {
    protocol: name,
    corpus: source.corpus,
    seqlen: recipe.windowing.seqlen,
    windows: windows.length,
    tokens: plan.scoredTokens,
    tokenizerDigest: source.tokenizerDigest,
    perplexity,
    windowNllNats,
    recipe,
    nsamples: plan.nsamples,
    reported:
      recipe.divisor === 'tokens' ? perplexity : reportedBy(recipe.divisor === 'words' ? perWord : perByte),
    perWord,
    perByte,
    bitsPerByte: everything && plan.bytes > 0 ? totalNats / plan.bytes / Math.LN2 : null,
    words: plan.words,
    bytes: plan.bytes,
    unscoredTokens: plan.unscoredTokens,
    windowWeights: weights,
  };
}

export interface PerplexityDifference {
  /** second - first. */
  readonly difference: number;
  /** second / first. */
  readonly ratio: number;
}

/** What must be equal, and how a message calls it. */
const ALIKE: readonly (readonly [string, (figure: ProtocolFigure) => string])[] = [
  ['protocol', (figure) => figure.protocol],
  ['tokenizer', (figure) => figure.tokenizerDigest],
  ['corpus', (figure) => figure.corpus],
  ['windowing', (figure) => windowingText(figure.recipe.windowing)],
  ['text', (figure) => `${figure.recipe.text}, ${figure.recipe.documents}`],
  ['BOS', (figure) => figure.recipe.bos],
  ['divisor', (figure) => figure.recipe.divisor],
  ['scored part', (figure) => `${figure.recipe.scored}, tail ${figure.recipe.tail}`],
  ['averaging', (figure) => figure.recipe.averaging],
  ['number of windows', (figure) => String(figure.windows)],
  ['number of tokens', (figure) => String(figure.tokens)],
];

/**
 * @throws UserError perplexity-differs, with every respect in which the two were measured otherwise. Figures of
 *   different protocols are reconciled, never subtracted.
 */
export function perplexityDifference(first: ProtocolFigure, second: ProtocolFigure): PerplexityDifference {
  const problems = ALIKE.flatMap(([what, of]) =>
    of(first) === of(second) ? [] : [messages.perplexityDiffers(first.protocol, what, of(first), of(second))],
  );
  if (problems.length > 0) throw new UserError(problems);
  return { difference: second.reported - first.reported, ratio: second.reported / first.reported };
}

function weightedMean(values: readonly number[], weights: readonly number[]): number {
  const first = weights[0];
  // Equal weights: the plain mean, without the rounding of a weighted one.
  if (weights.every((weight) => weight === first)) return mean(values);
  return sum(values.map((value, index) => value * at(weights, index))) / sum(weights);
}

function finiteExp(nats: number, unit: 'token' | 'word' | 'byte'): number {
  const value = Math.exp(nats);
  if (!Number.isFinite(value)) throw new UserError(messages.infinitePerplexity(nats, unit));
  return value;
}

/** A text may have no byte, or, in a script without blanks, hardly a word: only what was asked for must be there. */
function perUnit(
  unit: 'word' | 'byte',
  totalNats: number,
  count: number,
  isReported: boolean,
): number | null {
  if (!isReported) {
    const value = Math.exp(totalNats / count);
    return count > 0 && Number.isFinite(value) ? value : null;
  }
  if (count === 0) throw new UserError(messages.nothingToDivideBy(unit));
  return finiteExp(totalNats / count, unit);
}

function reportedBy(value: number | null): number {
  if (value === null) throw new RangeError('a plan by words or bytes that leaves tokens out');
  return value;
}

function at(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no value at ${index}`);
  return value;
}

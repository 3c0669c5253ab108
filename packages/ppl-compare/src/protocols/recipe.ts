/**
 * A perplexity protocol as a point in a small space of choices. Two protocols differ in some of them and in nothing
 * else, so a reconciliation can walk from one to the other, one choice at a time.
 */

import type { PerplexityRecipe } from '@evalgraph/formats';

export type Recipe = PerplexityRecipe;

/** What is tokenised (see `corpusTexts`). */
export type TextPreparation = Recipe['text'];

/** All text as one stream of tokens, or a stream a page, so that no page sees the one before it. */
export type Documents = Recipe['documents'];

/**
 * - `blocks`: windows side by side; each starts without context;
 * - `strided`: windows of `seqlen` every `stride` tokens; only tokens that no earlier window held are scored;
 * - `rolling`: every token is scored once; a window begins with one token of context, and the last window is filled
 *   from the left to `seqlen` inputs (lm-eval's `get_rolling_token_windows`).
 */
export type Windowing = Recipe['windowing'];

/** Every target of a window, or those after its middle alone (their context is at least half a window). */
export type Scored = Recipe['scored'];

/** What becomes of tokens that fill no window. */
export type Tail = Recipe['tail'];

/**
 * - `as-tokenised`: whatever the tokenizer puts before a text;
 * - `none`: a leading BOS is taken away;
 * - `each-window`: BOS stands in place of every window's first token;
 * - `before-each-document`: a prefix token before every stream, so that its first token is scored too.
 */
export type BosRule = Recipe['bos'];

/**
 * The mean of negative log-likelihoods: of the windows' means, each alike; of all targets; or of the windows' means
 * weighted by the tokens that are new in a window, less one (the transformers documentation's program).
 */
export type Averaging = Recipe['averaging'];

/** What the sum is spread over before the exponential. */
export type Divisor = Recipe['divisor'];

export function windowingText(windowing: Windowing): string {
  const { kind, seqlen } = windowing;
  return windowing.kind === 'strided' ? `${kind} ${seqlen}, stride ${windowing.stride}` : `${kind} ${seqlen}`;
}

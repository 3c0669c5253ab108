/**
 * Perplexity as the pruning papers print it: Wanda's evaluation (Sun, Liu, Bair, Kolter 2023, "A Simple and
 * Effective Pruning Approach for Large Language Models"; its repository's lib/eval.py, `eval_ppl_wikitext`).
 * It is a perplexity a *token* over one long text; lm-eval's `word_perplexity` is another thing.
 *
 * Text: all lines of the test split, empty ones too, not detokenised, joined by a blank line, tokenised once (a
 * tokenizer's default BOS stands once, at the very start). Windows of `seqlen` tokens, no overlap, tail dropped.
 * A window's first token has no context and is not scored. perplexity = exp(mean over windows of the window's
 * mean negative log-likelihood).
 *
 * seqlen decides the figure: 2048 in the papers' tables, the model's max_position_embeddings in Wanda's code
 * (4096 for Llama-2: 5.12, against 5.47 at 2048).
 */
import { type PerplexityFigure, UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';
import { mean } from '../statistics/mean.ts';

/** What an engine is asked for one window: the log-probability of `continuation` after `context`. */
export interface WindowRequest {
  readonly context: readonly number[];
  readonly continuation: readonly number[];
}

export interface WandaWindows {
  readonly seqlen: number;
  readonly requests: readonly WindowRequest[];
  /** Tokens after the last full window, not scored. */
  readonly droppedTokens: number;
}

/** The text that is tokenised: lines joined by a blank line, nothing trimmed and nothing left out. */
export function wandaText(lines: readonly string[]): string {
  return lines.join('\n\n');
}

/**
 * @param tokens the whole text, tokenised once, with the tokenizer's default special tokens
 * @param seqlen tokens of a window, from 2 to tokens.length
 * @throws UserError bad-seqlen
 */
export function wandaWindows(tokens: readonly number[], seqlen: number): WandaWindows {
  if (!Number.isSafeInteger(seqlen) || seqlen < 2 || seqlen > tokens.length) {
    throw new UserError(messages.badSeqlen(seqlen, tokens.length));
  }
  const requests: WindowRequest[] = [];
  for (let start = 0; start + seqlen <= tokens.length; start += seqlen) {
    requests.push({
      context: tokens.slice(start, start + 1),
      continuation: tokens.slice(start + 1, start + seqlen),
    });
  }
  return { seqlen, requests, droppedTokens: tokens.length - requests.length * seqlen };
}

/** What a figure carries besides its number. */
export interface WandaSource {
  /** Data set, configuration and split: "wikitext/wikitext-2-raw-v1/test". */
  readonly corpus: string;
  readonly tokenizerDigest: string;
}

/**
 * @param windowLogProbs one number a window, in order: the sum of the log-probabilities (nats) of its
 *   seqlen - 1 targets, which is what a log-likelihood request gives
 * @returns `tokens` counts the scored targets: windows x (seqlen - 1)
 * @throws UserError wrong-window-count, bad-log-probability, infinite-perplexity
 */
export function wandaPerplexity(
  windows: WandaWindows,
  windowLogProbs: readonly number[],
  source: WandaSource,
): PerplexityFigure {
  const { seqlen, requests } = windows;
  if (windowLogProbs.length !== requests.length) {
    throw new UserError(messages.wrongWindowCount(requests.length, windowLogProbs.length));
  }
  const bad = windowLogProbs.flatMap((value, window) =>
    Number.isFinite(value) && value <= 0 ? [] : [messages.badLogProbability(window, value)],
  );
  if (bad.length > 0) throw new UserError(bad);
  // 0 - x, not -x: a certain window would give -0, which JSON cannot hold.
  const windowNllNats = windowLogProbs.map((value) => (0 - value) / (seqlen - 1));
  const meanNllNats = mean(windowNllNats);
  const perplexity = Math.exp(meanNllNats);
  if (!Number.isFinite(perplexity)) throw new UserError(messages.infinitePerplexity(meanNllNats));
  return {
    protocol: 'wanda',
    corpus: source.corpus,
    seqlen,
    windows: requests.length,
    tokens: requests.length * (seqlen - 1),
    tokenizerDigest: source.tokenizerDigest,
    perplexity,
    windowNllNats,
  };
}

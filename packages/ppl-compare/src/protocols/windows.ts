/**
 * Recipe + token streams -> windows: which tokens the model sees, which of them count, and with what weight. Pure;
 * no log-likelihood is known here.
 */
import { UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';
import type { Recipe, Windowing } from './recipe.ts';

/** A text, tokenised with the tokenizer's default special tokens. */
export interface TokenStream {
  readonly tokens: readonly number[];
  readonly words: number;
  readonly bytes: number;
}

export interface WindowOptions {
  /** null: the tokenizer has none; then `each-window` leaves the window's own first token. */
  readonly bosToken: number | null;
  /** BOS, else EOS: stands before a document. */
  readonly prefixToken: number;
  /** The first so many windows (streams, where documents stand apart); null for all. */
  readonly nsamples: number | null;
}

/** Ranges are positions in the plan's stream. Targets are `firstTarget` to `end - 1`; at least one. */
export interface ScoredWindow {
  readonly stream: number;
  readonly start: number;
  readonly end: number;
  readonly firstTarget: number;
  /** BOS instead of the token at `start`. */
  readonly firstToken: number;
  /** Weight of the window's mean negative log-likelihood. */
  readonly weight: number;
}

export interface WindowPlan {
  readonly recipe: Recipe;
  /** What the windows' ranges point into: the streams with a prefix token, or without BOS, as the recipe says. */
  readonly streams: readonly (readonly number[])[];
  readonly windows: readonly ScoredWindow[];
  readonly nsamples: number | null;
  /** Targets of all windows. */
  readonly scoredTokens: number;
  /** Tokens of the text that no window scores: windows' first tokens, tails, first halves. */
  readonly unscoredTokens: number;
  readonly words: number;
  readonly bytes: number;
}

interface Cut {
  readonly start: number;
  readonly end: number;
  readonly firstTarget: number;
  /** Tokens that no earlier window held. */
  readonly fresh: number;
}

/**
 * @throws UserError text-too-short (no window fits), divisor-needs-all-tokens (words or bytes, where some tokens are
 *   not scored: the sum would be spread over text that it does not hold), bad-nsamples
 */
export function planWindows(
  recipe: Recipe,
  streams: readonly TokenStream[],
  options: WindowOptions,
): WindowPlan {
  const { nsamples } = options;
  if (nsamples !== null && (!Number.isSafeInteger(nsamples) || nsamples < 1)) {
    throw new UserError(messages.badNsamples(nsamples));
  }
  const apart = recipe.documents === 'apart';
  const used = apart && nsamples !== null ? streams.slice(0, nsamples) : streams;
  const sequences = used.map(({ tokens }) => withBos(tokens, recipe, options));
  const all = sequences.flatMap((tokens, stream) =>
    cuts(recipe, tokens.length).flatMap((cut) => scoredWindow(recipe, cut, stream, tokens, options)),
  );
  const windows = apart || nsamples === null ? all : all.slice(0, nsamples);
  const total = used.reduce((sum, { tokens }) => sum + tokens.length, 0);
  if (windows.length === 0 || windows.every(({ weight }) => weight === 0)) {
    throw new UserError(messages.textTooShort(total, recipe.windowing.seqlen));
  }
  const scoredTokens = windows.reduce((sum, { firstTarget, end }) => sum + end - firstTarget, 0);
  const unscoredTokens = total - scoredTokens;
  if (recipe.divisor !== 'tokens' && unscoredTokens !== 0) {
    throw new UserError(messages.divisorNeedsAllTokens(recipe.divisor, unscoredTokens));
  }
  return {
    recipe,
    streams: sequences,
    windows,
    nsamples,
    scoredTokens,
    unscoredTokens,
    words: used.reduce((sum, { words }) => sum + words, 0),
    bytes: used.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** The window's tokens as the model sees them; its last token is a target only. */
export function windowTokens(plan: WindowPlan, window: ScoredWindow): readonly number[] {
  const tokens = plan.streams[window.stream] ?? [];
  return [window.firstToken, ...tokens.slice(window.start + 1, window.end)];
}

function withBos(
  tokens: readonly number[],
  { bos }: Recipe,
  { bosToken, prefixToken }: WindowOptions,
): readonly number[] {
  if (bos === 'before-each-document') return [prefixToken, ...tokens];
  return bos === 'none' && bosToken !== null && tokens[0] === bosToken ? tokens.slice(1) : tokens;
}

function cuts({ windowing, tail }: Recipe, length: number): readonly Cut[] {
  const found = cutAll(windowing, length);
  if (tail === 'kept') return found;
  const full = windowing.kind === 'rolling' ? windowing.seqlen : 0;
  return found.filter(({ start, end, fresh }) =>
    full > 0 ? fresh === full : end - start === windowing.seqlen,
  );
}

function cutAll(windowing: Windowing, length: number): readonly Cut[] {
  switch (windowing.kind) {
    case 'blocks':
      return strided(length, windowing.seqlen, windowing.seqlen);
    case 'strided':
      return strided(length, windowing.seqlen, windowing.stride);
    case 'rolling':
      return rolling(length, windowing.seqlen);
  }
}

function strided(length: number, seqlen: number, stride: number): readonly Cut[] {
  const found: Cut[] = [];
  let seen = 0;
  for (let start = 0; start < length; start += stride) {
    const end = Math.min(start + seqlen, length);
    found.push({ start, end, firstTarget: Math.max(start + 1, seen), fresh: end - seen });
    seen = end;
    if (end === length) break;
  }
  return found;
}

/** The stream's first token is the first window's one token of context. */
function rolling(length: number, seqlen: number): readonly Cut[] {
  const found: Cut[] = [];
  for (let seen = 1; seen < length; ) {
    const end = Math.min(seen + seqlen, length);
    const start = found.length === 0 ? 0 : Math.max(0, end - seqlen - 1);
    found.push({ start, end, firstTarget: seen, fresh: end - seen });
    seen = end;
  }
  return found;
}

function scoredWindow(
  recipe: Recipe,
  { start, end, firstTarget, fresh }: Cut,
  stream: number,
  tokens: readonly number[],
  { bosToken }: WindowOptions,
): readonly ScoredWindow[] {
  const half = start + Math.floor(recipe.windowing.seqlen / 2) + 1;
  const first = recipe.scored === 'second-half' ? Math.max(firstTarget, half) : firstTarget;
  const own = tokens[start];
  if (first >= end || own === undefined) return [];
  const targets = end - first;
  return [
    {
      stream,
      start,
      end,
      firstTarget: first,
      firstToken: recipe.bos === 'each-window' ? (bosToken ?? own) : own,
      weight:
        recipe.averaging === 'windows'
          ? 1
          : recipe.averaging === 'tokens'
            ? targets
            : Math.min(targets, fresh - 1),
    },
  ];
}

/**
 * Rules that change a step's logits before a token is chosen: repetition penalty, n-grams that must not recur, tokens
 * held back or forced. Each computes what transformers' logits processor of that name does (generation/logits_process.py),
 * in the order of its `_get_logits_processor`, in float32.
 */
export interface Processing {
  /** Added to the logit of each sequence's last token where its other tokens stand right before. */
  readonly sequenceBias: readonly TokenBias[];
  /** Rewards tokens of the context; 1: off. */
  readonly encoderRepetitionPenalty: number;
  /** Divides the logit of every token that was seen, in the context too; 1: off. */
  readonly repetitionPenalty: number;
  /** Tokens of an n-gram that may stand only once, the context included; 0: off. */
  readonly noRepeatNgramSize: number;
  /** Tokens of an n-gram of the context that may not be generated; 0: off. */
  readonly encoderNoRepeatNgramSize: number;
  /** Sequences that may not be completed. */
  readonly badWords: readonly (readonly number[])[];
  /** Tokens of context and answer before which no end token comes. */
  readonly minLength: number;
  /** Tokens of the answer before which no end token comes. */
  readonly minNewTokens: number;
  /** What follows a context of one token; null: whatever is likeliest. */
  readonly forcedFirst: number | null;
  /** One of them is the answer's last possible token; null: whatever is likeliest. */
  readonly forcedLast: readonly number[] | null;
  /** Makes infinite logits finite. */
  readonly removeInvalid: boolean;
  /** Raises the logits of end tokens by a growing factor after `start` tokens of the answer; null: off. */
  readonly decay: { readonly start: number; readonly factor: number } | null;
  readonly suppressed: readonly number[];
  /** Suppressed as the answer's first token only. */
  readonly suppressedFirst: readonly number[];
  /** End tokens that minLength, minNewTokens and decay are about. */
  readonly ends: readonly number[];
}

export interface TokenBias {
  /** There is at least one. */
  readonly tokens: readonly number[];
  readonly bias: number;
}

/** No rule at all. */
export const NO_PROCESSING: Processing = {
  sequenceBias: [],
  encoderRepetitionPenalty: 1,
  repetitionPenalty: 1,
  noRepeatNgramSize: 0,
  encoderNoRepeatNgramSize: 0,
  badWords: [],
  minLength: 0,
  minNewTokens: 0,
  forcedFirst: null,
  forcedLast: null,
  removeInvalid: false,
  decay: null,
  suppressed: [],
  suppressedFirst: [],
  ends: [],
};

export interface ProcessingState {
  readonly context: readonly number[];
  /** The answer so far. */
  readonly tokens: readonly number[];
  readonly maxNewTokens: number;
}

const MAX_FLOAT = 3.4028234663852886e38;

/** @param logits of one step, every token of the vocabulary. @returns others; the given ones stay as they are. */
export function processLogits(
  logits: Float32Array,
  rules: Processing,
  { context, tokens, maxNewTokens }: ProcessingState,
): Float32Array {
  const scores = Float32Array.from(logits);
  const all = [...context, ...tokens];
  const ban = (token: number): void => {
    if (token < scores.length) scores[token] = Number.NEGATIVE_INFINITY;
  };
  addBias(scores, all, rules.sequenceBias);
  penalise(scores, context, 1 / rules.encoderRepetitionPenalty);
  penalise(scores, all, rules.repetitionPenalty);
  for (const token of completions(all, all, rules.noRepeatNgramSize)) ban(token);
  for (const token of completions(context, all, rules.encoderNoRepeatNgramSize)) ban(token);
  const words = rules.badWords.filter(
    ([only, ...rest]) => rest.length > 0 || !rules.ends.includes(only ?? -1),
  );
  addBias(
    scores,
    all,
    words.map((word) => ({ tokens: word, bias: Number.NEGATIVE_INFINITY })),
  );
  if (all.length < rules.minLength || tokens.length < rules.minNewTokens)
    for (const end of rules.ends) ban(end);
  if (rules.forcedFirst !== null && all.length === 1) force(scores, [rules.forcedFirst]);
  if (rules.forcedLast !== null && tokens.length === maxNewTokens - 1) force(scores, rules.forcedLast);
  if (rules.removeInvalid) makeFinite(scores);
  if (rules.decay !== null && tokens.length > rules.decay.start) {
    const growth = rules.decay.factor ** (tokens.length - rules.decay.start) - 1;
    for (const end of rules.ends) {
      const score = scores[end] ?? Number.NaN;
      if (Number.isFinite(score)) scores[end] = score + Math.fround(Math.abs(score) * Math.fround(growth));
    }
  }
  for (const token of rules.suppressed) ban(token);
  // After a forced first token the answer begins one later.
  const begin = context.length > 1 || rules.forcedFirst === null ? 0 : 1;
  if (tokens.length === begin) for (const token of rules.suppressedFirst) ban(token);
  return scores;
}

/** The first of the largest values, as torch's argmax on a CPU. */
export function largestAt(scores: Float32Array): number {
  let best = 0;
  let most = scores[0] ?? Number.NEGATIVE_INFINITY;
  for (let token = 1; token < scores.length; token += 1) {
    const score = scores[token] ?? Number.NEGATIVE_INFINITY;
    if (score > most) {
      best = token;
      most = score;
    }
  }
  return best;
}

/** Keskar, McCann, Varshney, Xiong, Socher 2019, "CTRL": a negative logit is multiplied, any other divided. */
function penalise(scores: Float32Array, tokens: readonly number[], penalty: number): void {
  if (penalty === 1) return;
  const factor = Math.fround(penalty);
  for (const token of new Set(tokens)) {
    const score = scores[token];
    if (score !== undefined) scores[token] = score < 0 ? score * factor : score / factor;
  }
}

/** Tokens that would complete an n-gram of `text` after `all`. */
function completions(text: readonly number[], all: readonly number[], size: number): readonly number[] {
  if (size === 0 || all.length < size - 1) return [];
  const prefix = all.slice(all.length - (size - 1));
  const found: number[] = [];
  for (let start = 0; start + size <= text.length; start += 1) {
    const last = text[start + size - 1];
    if (last !== undefined && prefix.every((token, at) => text[start + at] === token)) found.push(last);
  }
  return found;
}

function addBias(scores: Float32Array, all: readonly number[], biases: readonly TokenBias[]): void {
  const total = new Map<number, number>();
  for (const { tokens, bias } of biases) {
    const before = tokens.slice(0, -1);
    const last = tokens.at(-1) ?? -1;
    const start = all.length - before.length;
    if (start < 0 || !before.every((token, at) => all[start + at] === token)) continue;
    total.set(last, Math.fround((total.get(last) ?? 0) + Math.fround(bias)));
  }
  for (const [token, bias] of total) {
    const score = scores[token];
    if (score !== undefined) scores[token] = score + bias;
  }
}

function force(scores: Float32Array, tokens: readonly number[]): void {
  scores.fill(Number.NEGATIVE_INFINITY);
  for (const token of tokens) if (token < scores.length) scores[token] = 0;
}

function makeFinite(scores: Float32Array): void {
  for (const [at, score] of scores.entries()) {
    if (Number.isNaN(score)) scores[at] = 0;
    else if (!Number.isFinite(score)) scores[at] = Math.sign(score) * MAX_FLOAT;
  }
}

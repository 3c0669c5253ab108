/**
 * Packing as arithmetic: documents' tokens, each between BOS and EOS, end to end, cut into sequences of one length. Nothing
 * is padded; what is left at the end, less than one sequence, is dropped and counted. Knows no file.
 */
export interface PackSettings {
  /** Tokens of a sequence. */
  readonly sequenceLength: number;
  /** Ids; null for none. */
  readonly bos: number | null;
  readonly eos: number | null;
}

/** Tokens and, in the same places, the levels of their weights in the loss (loss-weights.ts). */
export interface TokenRun {
  readonly tokens: Uint32Array;
  readonly levels: Uint8Array;
}

/** Sequences come out in pieces of `capacity` tokens, a multiple of the sequence length; the last one is shorter. */
export class TokenStream {
  readonly #settings: PackSettings;
  readonly #tokens: Uint32Array;
  readonly #levels: Uint8Array;
  #filled = 0;

  constructor(
    settings: PackSettings,
    capacity: number,
    carry: { readonly tokens: ArrayLike<number>; readonly levels: ArrayLike<number> } = NOTHING,
  ) {
    if (capacity % settings.sequenceLength !== 0)
      throw new RangeError(`${capacity} tokens are no whole sequences`);
    this.#settings = settings;
    this.#tokens = new Uint32Array(capacity);
    this.#levels = new Uint8Array(capacity);
    this.#tokens.set(carry.tokens);
    this.#levels.set(carry.levels);
    this.#filled = carry.tokens.length;
  }

  /**
   * Adds a document; full pieces are given to `onPiece` before it returns, with the tokens that follow them.
   * @param levels of the tokens; left out: 0. BOS and EOS have 0.
   */
  add(tokens: ArrayLike<number>, onPiece: (piece: TokenRun) => void, levels?: ArrayLike<number>): void {
    const { bos, eos } = this.#settings;
    if (bos !== null) this.#push(bos, 0, onPiece);
    for (let at = 0; at < tokens.length; at += 1) this.#push(tokens[at] ?? 0, levels?.[at] ?? 0, onPiece);
    if (eos !== null) this.#push(eos, 0, onPiece);
  }

  #push(token: number, level: number, onPiece: (piece: TokenRun) => void): void {
    this.#tokens[this.#filled] = token;
    this.#levels[this.#filled] = level;
    this.#filled += 1;
    if (this.#filled < this.#tokens.length) return;
    onPiece({ tokens: this.#tokens.slice(), levels: this.#levels.slice() });
    this.#filled = 0;
  }

  /** Tokens that no piece has yet. */
  rest(): TokenRun {
    return { tokens: this.#tokens.slice(0, this.#filled), levels: this.#levels.slice(0, this.#filled) };
  }
}

const NOTHING = { tokens: [], levels: [] };

/** The sequences in which a token that counts is predicted: a loss over no token would be no number. */
export function countedSequences(
  { tokens, levels }: TokenRun,
  sequenceLength: number,
  weights: readonly number[],
): TokenRun {
  const kept: number[] = [];
  for (let start = 0; start < tokens.length; start += sequenceLength) {
    const predicted = levels.subarray(start + 1, start + sequenceLength);
    if (predicted.some((level) => weights[level] !== 0)) kept.push(start);
  }
  if (kept.length * sequenceLength === tokens.length) return { tokens, levels };
  const rest = {
    tokens: new Uint32Array(kept.length * sequenceLength),
    levels: new Uint8Array(kept.length * sequenceLength),
  };
  for (const [row, start] of kept.entries()) {
    rest.tokens.set(tokens.subarray(start, start + sequenceLength), row * sequenceLength);
    rest.levels.set(levels.subarray(start, start + sequenceLength), row * sequenceLength);
  }
  return rest;
}

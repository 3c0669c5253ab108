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

/** Sequences come out in pieces of `capacity` tokens, a multiple of the sequence length; the last one is shorter. */
export class TokenStream {
  readonly #settings: PackSettings;
  readonly #buffer: Uint32Array;
  #filled = 0;

  constructor(settings: PackSettings, capacity: number, carry: readonly number[] = []) {
    if (capacity % settings.sequenceLength !== 0)
      throw new RangeError(`${capacity} tokens are no whole sequences`);
    this.#settings = settings;
    this.#buffer = new Uint32Array(capacity);
    this.#buffer.set(carry);
    this.#filled = carry.length;
  }

  /** Adds a document; full pieces are given to `onPiece` before it returns, with the tokens that follow them. */
  add(tokens: ArrayLike<number>, onPiece: (piece: Uint32Array) => void): void {
    const { bos, eos } = this.#settings;
    if (bos !== null) this.#push(bos, onPiece);
    for (let at = 0; at < tokens.length; at += 1) this.#push(tokens[at] ?? 0, onPiece);
    if (eos !== null) this.#push(eos, onPiece);
  }

  #push(token: number, onPiece: (piece: Uint32Array) => void): void {
    this.#buffer[this.#filled] = token;
    this.#filled += 1;
    if (this.#filled < this.#buffer.length) return;
    onPiece(this.#buffer.slice());
    this.#filled = 0;
  }

  /** Tokens that no piece has yet. */
  rest(): Uint32Array {
    return this.#buffer.slice(0, this.#filled);
  }
}

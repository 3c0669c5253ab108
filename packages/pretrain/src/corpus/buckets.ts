/** Pair of 32-bit words -> the first index that came with it: a hash table in typed arrays, 12 bytes a slot. */
export class Buckets {
  readonly #slots: Int32Array;
  readonly #mask: number;

  /** @param entries how many pairs there can be */
  constructor(entries: number) {
    const capacity = capacityFor(entries);
    this.#slots = new Int32Array(capacity * 3);
    this.#mask = capacity - 1;
  }

  static bytesFor(entries: number): number {
    return capacityFor(entries) * 12;
  }

  /** The index that the pair first came with: this one, if it is new. */
  firstOf(high: number, low: number, index: number): number {
    const slots = this.#slots;
    for (let at = (high ^ (low >>> 7)) & this.#mask; ; at = (at + 1) & this.#mask) {
      const slot = at * 3;
      const found = slots[slot + 2] ?? 0;
      if (found === 0) {
        slots[slot] = high;
        slots[slot + 1] = low;
        slots[slot + 2] = index + 1;
        return index;
      }
      if (slots[slot] === high && slots[slot + 1] === low) return found - 1;
    }
  }
}

function capacityFor(entries: number): number {
  return 2 ** Math.ceil(Math.log2(entries * 1.5 + 2));
}

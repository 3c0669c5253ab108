/**
 * The levels and the dictionary's indices of a page, gone through before a decoder is: it writes a run of whatever length
 * a page names, and takes an index beyond the dictionary for a missing value. Runs are the hybrid of
 * https://parquet.apache.org/docs/file-format/data-pages/encodings
 */

/** What a page holds, by its header and its column. */
export interface PageShape {
  /** Values with the missing ones. */
  readonly values: number;
  /** Missing ones, where the header says so (version 2); null: the levels tell. */
  readonly missing: number | null;
  /** Largest levels of the column; 0: the page has none of that kind. */
  readonly maxRepetition: number;
  readonly maxDefinition: number;
  /** Bytes of both kinds of levels in a page of version 2; null: each is preceded by its length. */
  readonly levelBytes: readonly [repetition: number, definition: number] | null;
  /** Entries of the dictionary that the values are indices of; null: they are none. */
  readonly dictionary: number | null;
}

/** @param page unpacked @throws Error saying what is beyond its bounds */
export function checkRuns(page: Uint8Array, shape: PageShape): void {
  let at = 0;
  let present = shape.values - (shape.missing ?? 0);
  for (const [no, largest] of [shape.maxRepetition, shape.maxDefinition].entries()) {
    let length = shape.levelBytes?.[no] ?? 0;
    if (shape.levelBytes === null) {
      if (largest === 0) continue;
      if (at + 4 > page.length) throw new Error('a page ends within its levels');
      length = new DataView(page.buffer, page.byteOffset + at, 4).getUint32(0, true);
      at += 4;
    }
    if (length > page.length - at) throw new Error('the levels of a page are longer than the page');
    if (largest > 0) {
      const wanted = no === 1 ? largest : null;
      const bits = 32 - Math.clz32(largest);
      const full = goThrough(page, {
        from: at,
        to: at + length,
        bits,
        values: shape.values,
        below: largest + 1,
        wanted,
      });
      if (no === 1 && shape.missing === null) present = full;
    }
    at += length;
  }
  if (shape.dictionary === null || present === 0) return;
  const bits = page[at] ?? 0;
  if (bits > 32) throw new Error(`indices of ${bits} bits`);
  if (bits === 0 && shape.dictionary > 0) return;
  goThrough(page, {
    from: at + 1,
    to: page.length,
    bits,
    values: present,
    below: shape.dictionary,
    wanted: null,
  });
}

interface Runs {
  readonly from: number;
  readonly to: number;
  readonly bits: number;
  readonly values: number;
  /** Each is less than that. */
  readonly below: number;
  /** How often it occurs is counted. */
  readonly wanted: number | null;
}

function goThrough(page: Uint8Array, { from, to, bits, values, below, wanted }: Runs): number {
  let at = from;
  let seen = 0;
  let found = 0;
  const take = (value: number, count: number): void => {
    if (value >= below)
      throw new Error(`a level or an index of a dictionary is ${value}, not below ${below}`);
    if (value === wanted) found += count;
    seen += count;
  };
  while (seen < values) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = page[at];
      if (byte === undefined || at >= to || shift > 28) throw new Error('runs of a page end early');
      at += 1;
      header += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    const count = Math.floor(header / 2);
    if (header % 2 === 0) {
      if (count > values - seen) {
        throw new Error(`a run of ${count} values in a page that has ${values - seen} more`);
      }
      let value = 0;
      for (let byte = 0; byte < Math.ceil(bits / 8); byte += 1) value += (page[at + byte] ?? 0) * 256 ** byte;
      at += Math.ceil(bits / 8);
      take(value, count);
      continue;
    }
    // The last group may have more places than there are values.
    const places = Math.min(8 * count, values - seen);
    for (let place = 0; place < places; place += 1) take(packed(page, at, place * bits, bits), 1);
    at += count * bits;
  }
  return found;
}

/** The number of so many bits, the lowest first. */
function packed(page: Uint8Array, start: number, bit: number, bits: number): number {
  let value = 0;
  for (let got = 0; got < bits; ) {
    const offset = (bit + got) % 8;
    const size = Math.min(8 - offset, bits - got);
    const byte = page[start + Math.floor((bit + got) / 8)] ?? 0;
    value += ((byte >> offset) & ((1 << size) - 1)) * 2 ** got;
    got += size;
  }
  return value;
}

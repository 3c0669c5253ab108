/**
 * LZ4 blocks (parquet's LZ4_RAW), by the published block format. The decompressor of hyparquet-compressors 1.1.1
 * does not extend a match of 19 bytes or more, and so refuses or garbles most pages.
 */

/** @throws Error where the block is not one, or does not give exactly `length` bytes. */
export function unpackLz4(input: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  let at = 0;
  let filled = 0;

  function byte(): number {
    const value = input[at];
    if (value === undefined) throw new Error('an LZ4 block ends early');
    at += 1;
    return value;
  }
  /** Four bits of the token; 15 says that bytes follow, each 255 that one more does. */
  function extended(nibble: number): number {
    let size = nibble;
    for (let more = nibble === 15; more; ) {
      const next = byte();
      size += next;
      more = next === 255;
    }
    return size;
  }

  while (at < input.length) {
    const token = byte();
    const literals = extended(token >> 4);
    if (at + literals > input.length || filled + literals > length)
      throw new Error('an LZ4 block is too long');
    output.set(input.subarray(at, at + literals), filled);
    at += literals;
    filled += literals;
    // The last sequence has literals only.
    if (at === input.length) break;
    const offset = byte() | (byte() << 8);
    const match = extended(token & 15) + 4;
    if (offset === 0 || offset > filled || filled + match > length)
      throw new Error('an LZ4 block points outside');
    // Byte by byte: a match may overlap what it writes.
    for (const end = filled + match; filled < end; filled += 1) output[filled] = output[filled - offset] ?? 0;
  }
  if (filled !== length) throw new Error(`an LZ4 block of ${filled} bytes that should have ${length}`);
  return output;
}

/**
 * Thrift's compact protocol as far as parquet uses it, read to be checked: the decoder makes arrays of the lengths that a
 * file names before it looks whether they are there. Only numbers are kept. https://github.com/apache/thrift, doc/specs
 */

/** The numbers of a struct by field; a struct within it; null for what is no number. */
export type ThriftFields = ReadonlyMap<number, number | ThriftFields | null>;

export interface ThriftStruct {
  readonly fields: ThriftFields;
  /** The offset at which it ends. */
  readonly end: number;
}

/** The bytes end within a struct. */
export class ThriftEnds extends Error {}

/** Structs in structs; parquet has five. */
const MAX_DEPTH = 32;

/** @throws ThriftEnds; Error where it is no struct, or holds more than `maxValues` values. */
export function readThrift(bytes: Uint8Array, start: number, maxValues: number): ThriftStruct {
  let at = start;
  let values = 0;

  function byte(): number {
    const value = bytes[at];
    if (value === undefined) throw new ThriftEnds('a thrift struct ends early');
    at += 1;
    return value;
  }
  /** The number of 32 bits that the decoder makes of it. */
  function varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const next = byte();
      value |= (next & 0x7f) << shift;
      if (next < 0x80) return value;
    }
    throw new Error('a number has more than 32 bits');
  }
  function long(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const next = byte();
      value |= BigInt(next & 0x7f) << shift;
      if (next < 0x80) return Number((value >> 1n) ^ -(value & 1n));
    }
    throw new Error('a number has more than 64 bits');
  }
  function zigzag(): number {
    const value = varint();
    return (value >>> 1) ^ -(value & 1);
  }
  function length(): number {
    const value = varint();
    if (value < 0) throw new Error('a length is negative');
    return value;
  }
  function skip(count: number): null {
    if (at + count > bytes.length) throw new ThriftEnds('a thrift struct ends early');
    at += count;
    return null;
  }
  function list(depth: number): null {
    const head = byte();
    const size = head >> 4 === 15 ? length() : head >> 4;
    const type = head & 15;
    for (let item = 0; item < size; item += 1) element(type === 1 || type === 2 ? 3 : type, depth);
    return null;
  }
  function element(type: number, depth: number): number | ThriftFields | null {
    values += 1;
    if (values > maxValues) throw new Error(`it has more than ${maxValues} values`);
    switch (type) {
      case 1:
      case 2:
        return 2 - type;
      case 3:
        return byte();
      case 4:
      case 5:
        return zigzag();
      case 6:
        return long();
      case 7:
        return skip(8);
      case 8:
        return skip(length());
      case 9:
        return list(depth + 1);
      case 12:
        return struct(depth + 1);
      default:
        throw new Error(`a thrift value of type ${type}`);
    }
  }
  function struct(depth: number): ThriftFields {
    if (depth > MAX_DEPTH) throw new Error('its structs are nested too deep');
    const fields = new Map<number, number | ThriftFields | null>();
    for (let field = 0; ; ) {
      const head = byte();
      if ((head & 15) === 0) return fields;
      field = head >> 4 === 0 ? zigzag() : field + (head >> 4);
      fields.set(field, element(head & 15, depth));
    }
  }

  const fields = struct(0);
  return { fields, end: at };
}

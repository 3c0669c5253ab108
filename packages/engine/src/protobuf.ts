/**
 * The few encodings of protocol buffers that ONNX needs: varints, 32-bit floats, bytes, texts, nested messages.
 * Fields are written in the order of the calls. https://protobuf.dev/programming-guides/encoding/
 */
const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

const encoder = new TextEncoder();

/** An encoded field or message; messages are the concatenation of their fields. */
export type Encoded = Uint8Array;

/** Non-negative whole numbers up to 2^53 - 1, all that sizes and enums need. */
export function varint(value: number): Encoded {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no unsigned integer`);
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** An int64 field; negative numbers take the ten bytes of their two's complement. */
export function integerField(field: number, value: number): Encoded {
  return concat([varint(field * 8 + VARINT), value < 0 ? negativeVarint(value) : varint(value)]);
}

function negativeVarint(value: number): Encoded {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest >= 128n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

export function floatField(field: number, value: number): Encoded {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return concat([varint(field * 8 + FIXED32), bytes]);
}

export function bytesField(field: number, bytes: Uint8Array): Encoded {
  return concat([varint(field * 8 + BYTES), varint(bytes.length), bytes]);
}

export function textField(field: number, text: string): Encoded {
  return bytesField(field, encoder.encode(text));
}

export function messageField(field: number, parts: readonly Encoded[]): Encoded {
  return bytesField(field, concat(parts));
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

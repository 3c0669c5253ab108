import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestValue, prettyJson, sha256Hex } from '../src/index.ts';

describe('canonicalJson', () => {
  it('sorts keys by code units and leaves out white space', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], B: true, '10': 1, '9': 2 })).toBe(
      '{"10":1,"9":2,"B":true,"b":[1,{"c":"x","d":null}]}',
    );
  });

  it.each([
    ['undefined', { a: undefined }, '$.a'],
    ['NaN', [0, Number.NaN], '$[1]'],
    ['a Map', { a: { b: new Map() } }, '$.a.b'],
  ])('refuses %s and says where', (_, value, path) => {
    expect(() => canonicalJson(value)).toThrow(path);
  });

  it('is JSON that reads back as the same value, and does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        const back: unknown = JSON.parse(text);
        expect(canonicalJson(back)).toBe(text);
        expect(canonicalJson(reversed(back))).toBe(text);
        expect(canonicalJson(JSON.parse(prettyJson(back)))).toBe(text);
      }),
      { seed: 1 },
    );
  });

  it('has one digest for one value: sha256 of "{}" as published', () => {
    expect(digestValue({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

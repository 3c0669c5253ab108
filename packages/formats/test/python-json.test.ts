/** Round trips and errors; that the bytes are Python's is tested with CPython's own output in packages/tasks. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dumpsPython,
  encodeUtf8,
  MAX_JSON_DEPTH,
  type PyDict,
  PyFloat,
  type PyValue,
  parsePythonJson,
  pythonFloatRepr,
  UserError,
} from '../src/index.ts';

const one = { indent: null, ensureAscii: false } as const;
const seed = { seed: 20260801, numRuns: 500 };

const values = fc.letrec<{ value: PyValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<PyValue>(null, true, false),
    fc.maxSafeInteger().map((value) => value + 0),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 80n }),
    fc.double({ noNaN: true }).map((value) => new PyFloat(value)),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .dictionary(fc.string(), tie('value'), { maxKeys: 4 })
      .map((dict): PyDict => new Map(Object.entries(dict))),
  ),
})).value;

describe("Python's json", () => {
  it('reads back what it writes, kinds of numbers and order of keys included', () => {
    fc.assert(
      fc.property(values, fc.constantFrom<2 | null>(2, null), fc.boolean(), (value, indent, ensureAscii) => {
        expect(parsePythonJson(dumpsPython(value, { indent, ensureAscii }))).toEqual(value);
      }),
      seed,
    );
  });

  it('agrees with JSON.parse on what both can hold', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const ours = dumpsPython(parsePythonJson(text), one);
        expect(JSON.parse(ours)).toEqual(JSON.parse(text));
      }),
      seed,
    );
  });

  it('writes floats as repr does', () => {
    const cases: readonly (readonly [number, string])[] = [
      [1, '1.0'],
      [1e16, '1e+16'],
      [1e15, '1000000000000000.0'],
      [1e-5, '1e-05'],
      [1e-4, '0.0001'],
      [-0, '-0.0'],
      [1.5e300, '1.5e+300'],
      [5e-324, '5e-324'],
      [123456.789, '123456.789'],
    ];
    for (const [value, text] of cases) expect(pythonFloatRepr(value)).toBe(text);
    expect(dumpsPython(parsePythonJson('[NaN, Infinity, -Infinity]'), one)).toBe(
      '[NaN, Infinity, -Infinity]',
    );
    expect(() => dumpsPython(0.5, one)).toThrow(TypeError);
  });

  it('keeps the first place and the last value of a repeated key', () => {
    expect(dumpsPython(parsePythonJson('{"a": 1, "b": 2, "a": 3}'), one)).toBe('{"a": 3, "b": 2}');
  });

  it('refuses what Python refuses', () => {
    for (const text of [
      '',
      '01',
      '1.',
      '.5',
      '+1',
      "'a'",
      '"a',
      '[1,]',
      '{"a":1,}',
      '{a:1}',
      '"\\x"',
      '"\u0001"',
      '1 2',
      'nul',
      '"\\u12"',
    ]) {
      expect(() => parsePythonJson(text), text).toThrow(UserError);
    }
  });

  it('is bounded in depth', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(parsePythonJson(nested(MAX_JSON_DEPTH))).toBeInstanceOf(Array);
    expect(() => parsePythonJson(nested(MAX_JSON_DEPTH + 2))).toThrow(/deeper/);
  });

  it('does not hide half of a surrogate pair', () => {
    expect(parsePythonJson('"\\ud83d\\ude00"')).toBe('😀');
    expect(() => encodeUtf8(String(parsePythonJson('"\\ud83d"')))).toThrow(UserError);
  });
});

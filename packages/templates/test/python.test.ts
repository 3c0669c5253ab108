/** CPython is the judge: cases/make_cases.py. */
import { readFileSync } from 'node:fs';
import { dumpsPython, type PyValue, parsePythonJson, pythonRandom } from '@evalgraph/formats';
import { describe, expect, it } from 'vitest';
import { attribute } from '../src/jinja/members.ts';
import { Callable, plainOf } from '../src/jinja/runtime.ts';
import { literalEval } from '../src/python/literal.ts';
import { compileRegex } from '../src/python/regex.ts';
import { repr, toStr } from '../src/python/repr.ts';
import { sliceIndices } from '../src/python/text.ts';
import { PythonError } from '../src/python/value.ts';

interface Cases {
  readonly repr: readonly (readonly [json: string, repr: string, str: string])[];
  readonly dumps: readonly (readonly [json: string, indented: string, ascii: string])[];
  readonly methods: readonly (readonly [
    text: string,
    name: string,
    args: readonly PyValue[],
    result: string,
  ])[];
  readonly findall: readonly (readonly [pattern: string, subject: string, found: string])[];
  readonly sub: readonly (readonly [pattern: string, by: string, subject: string, result: string])[];
  readonly split: readonly (readonly [pattern: string, subject: string, pieces: string])[];
  readonly literal: readonly (readonly [text: string, result: { value?: string; error?: string }])[];
  readonly slices: readonly (readonly [number | null, number | null, number, string])[];
  readonly random: readonly (readonly [
    seed: number,
    rows: readonly unknown[],
    shuffled: readonly number[],
  ])[];
}

const cases: Cases = JSON.parse(readFileSync(new URL('./cases/python.json', import.meta.url), 'utf8'));

describe('values', () => {
  it('repr and str', () => {
    for (const [json, written, text] of cases.repr) {
      expect(repr(parsePythonJson(json)), json).toBe(written);
      expect(toStr(parsePythonJson(json)), json).toBe(text);
    }
  });
  it('json.dumps', () => {
    for (const [json, indented, ascii] of cases.dumps) {
      const value = parsePythonJson(json);
      expect(dumpsPython(value, { indent: 2, ensureAscii: false })).toBe(indented);
      expect(dumpsPython(value, { indent: null, ensureAscii: true })).toBe(ascii);
    }
  });
  it('literal_eval', () => {
    for (const [text, { value, error }] of cases.literal) {
      if (error === undefined) expect(repr(literalEval(text)), text).toBe(value);
      else expect(() => literalEval(text), text).toThrow(PythonError);
    }
  });
});

describe('texts', () => {
  it('str methods', () => {
    for (const [text, name, args, result] of cases.methods) {
      const method = attribute(text, name);
      if (!(method instanceof Callable)) throw new Error(`no method ${name}`);
      const got = repr(plainOf(method.call({ positional: args, named: new Map() })));
      expect(got, `${JSON.stringify(text)}.${name}(${JSON.stringify(args)})`).toBe(result);
    }
  });
  it('slices by code points', () => {
    const points = [...'héllo😀'];
    for (const [start, stop, step, result] of cases.slices) {
      const got = sliceIndices(points.length, start, stop, step).map((index) => points[index]);
      expect(got.join(''), `[${start}:${stop}:${step}]`).toBe(result);
    }
  });
});

describe('regular expressions', () => {
  it('findall', () => {
    for (const [pattern, subject, found] of cases.findall) {
      expect(repr(compileRegex(pattern).findAll(subject)), `${pattern} in ${JSON.stringify(subject)}`).toBe(
        found,
      );
    }
  });
  it('sub', () => {
    for (const [pattern, by, subject, result] of cases.sub) {
      expect(compileRegex(pattern).sub(by, subject), `${pattern} -> ${by}`).toBe(result);
    }
  });
  it('split', () => {
    for (const [pattern, subject, pieces] of cases.split) {
      expect(repr(compileRegex(pattern).split(subject)), `${pattern} in ${JSON.stringify(subject)}`).toBe(
        pieces,
      );
    }
  });
  it('refuses what it cannot run', () => {
    for (const pattern of ['(?x)a b', 'a++', '(?(1)a|b)', '[a', 'a\\', '\\q', '(', '(?>a)']) {
      expect(() => compileRegex(pattern), pattern).toThrow(PythonError);
    }
  });
});

describe('random', () => {
  it('draws as CPython', () => {
    const range = (n: number): number[] => Array.from({ length: n }, (_, index) => index);
    const sizes = [
      [5, 5],
      [20, 4],
      [21, 5],
      [22, 5],
      [84, 6],
      [86, 6],
      [1000, 50],
      [39905, 11],
    ] as const;
    for (const [seed, rows, shuffled] of cases.random) {
      const random = pythonRandom(seed);
      const drawn: unknown[] = [random.getrandbits(32), random.getrandbits(5)];
      for (const [n, count] of sizes) drawn.push(random.sample(range(n), count));
      expect(drawn, `seed ${seed}`).toEqual(rows);
      expect(random.shuffle(range(9))).toEqual(shuffled);
    }
  });
  it('gives the published vectors of seed 1234', () => {
    const random = pythonRandom(1234);
    expect([0, 0, 0, 0].map(() => random.getrandbits(32))).toEqual([
      4150886329, 3342196574, 1892932127, 501869158,
    ]);
  });
});

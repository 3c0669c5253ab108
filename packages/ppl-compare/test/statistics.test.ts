import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mcnemar, mcnemarExactP } from '../src/statistics/mcnemar.ts';
import { mean, standardError, sum } from '../src/statistics/mean.ts';
import { pairedDifference } from '../src/statistics/paired-difference.ts';

interface Fixture {
  readonly mcnemar: readonly { rightToWrong: number; wrongToRight: number; p: number }[];
  readonly paired: readonly { dense: number[]; pruned: number[]; difference: number; stderr: number }[];
}
const fixture = JSON.parse(readFileSync(new URL('fixtures/paired.json', import.meta.url), 'utf8')) as Fixture;
const counts = fc.nat(3000);

describe("McNemar's exact test", () => {
  it.each(fixture.mcnemar)('equals statsmodels for $rightToWrong against $wrongToRight', (table) => {
    const p = mcnemarExactP(table.rightToWrong, table.wrongToRight);
    expect(Math.abs(p / table.p - 1)).toBeLessThan(1e-10);
  });

  it('is symmetric, at most 1, and falls as the two sides part', () => {
    fc.assert(
      fc.property(counts, counts, (b, c) => {
        const p = mcnemarExactP(b, c);
        expect(p).toBe(mcnemarExactP(c, b));
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        const [less, more] = b < c ? [b, c] : [c, b];
        if (less > 0) expect(mcnemarExactP(less - 1, more + 1)).toBeLessThanOrEqual(p);
      }),
      { seed: 2 },
    );
  });

  it('counts flips, and does not apply to partial scores', () => {
    expect(mcnemar([1, 1, 0, 0, 1], [0, 1, 1, 0, 0])).toMatchObject({ rightToWrong: 2, wrongToRight: 1 });
    expect(mcnemar([1, 0.5], [1, 1])).toBeNull();
  });

  it('refuses what is no count', () => {
    expect(() => mcnemarExactP(-1, 2)).toThrow(RangeError);
    expect(() => mcnemarExactP(0.5, 2)).toThrow(RangeError);
  });
});

describe('paired difference', () => {
  it.each(fixture.paired.map((pair, index) => ({ index, ...pair })))('equals scipy ($index)', (expected) => {
    const found = pairedDifference([{ weight: 1, dense: expected.dense, pruned: expected.pruned }]);
    expect(Math.abs(found.difference - expected.difference)).toBeLessThan(1e-13);
    expect(Math.abs((found.stderr ?? Number.NaN) - expected.stderr)).toBeLessThan(1e-13);
    expect(found.interval95?.[1]).toBeCloseTo(expected.difference + 1.96 * expected.stderr, 12);
  });

  it('does not depend on the order of documents and turns its sign with the sides', () => {
    const scores = fc.array(
      fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
      {
        minLength: 2,
      },
    );
    fc.assert(
      fc.property(scores, (pairs) => {
        const stratum = (list: readonly (readonly [number, number])[]) => ({
          weight: 1,
          dense: list.map(([a]) => a),
          pruned: list.map(([, b]) => b),
        });
        const there = pairedDifference([stratum(pairs)]);
        const back = pairedDifference([stratum(pairs.map(([a, b]) => [b, a] as const).reverse())]);
        expect(back.difference).toBeCloseTo(-there.difference, 14);
        expect(back.stderr).toBeCloseTo(there.stderr ?? Number.NaN, 14);
      }),
      { seed: 3 },
    );
  });

  it('has no error from one document', () => {
    expect(pairedDifference([{ weight: 1, dense: [1], pruned: [0] }])).toEqual({
      difference: -1,
      stderr: null,
      interval95: null,
    });
  });

  it('never takes the mean of nothing', () => {
    expect(() => mean([])).toThrow(RangeError);
    expect(standardError([1])).toBeNull();
    expect(sum([1e16, 1, -1e16])).toBe(1);
  });
});

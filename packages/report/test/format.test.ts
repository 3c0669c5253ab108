import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as format from '../src/format.ts';

describe('the formatter', () => {
  it.each([
    [format.formatScore(0.42307), '0.4231'],
    [format.formatScore(-0.00001), '0.0000'],
    [format.formatWithError('0.4231', 0.01234), '0.4231 ± 0.0123'],
    [format.formatWithError('0.4231', null), '0.4231'],
    [format.formatDifference(0.0123), '+0.0123'],
    [format.formatDifference(-0.1111), '-0.1111'],
    [format.formatDifference(-0.00001), '0.0000'],
    [format.formatPercent(0.65), '65.00%'],
    [format.formatPercentDifference(-0.1782), '-17.82%'],
    [format.formatInterval([-0.1, 0.02]), '[-0.1000, +0.0200]'],
    [format.formatPerplexity(5.12), '5.1200'],
    [format.formatPerplexity(12345678.9), '1.2346e+7'],
    [format.formatRatio(1.34574), 'x1.3457'],
    [format.formatP(0.00005), '< 0.0001'],
    [format.formatP(0), '< 0.0001'],
    [format.formatP(0.0345), '0.0345'],
    [format.formatCount(54000), '54,000'],
    [format.formatCount(143), '143'],
    [format.formatCount(1234567), '1,234,567'],
    [format.formatDigest('sha256:0123456789abcdef'), '0123456789ab'],
  ])('writes %s', (found, expected) => {
    expect(found).toBe(expected);
  });

  it('refuses what is no number', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => format.formatScore(value)).toThrow(RangeError);
      expect(() => format.formatPerplexity(value)).toThrow(RangeError);
      expect(() => format.formatCount(value)).toThrow(RangeError);
    }
  });

  it('can be read back, to half of its last digit', () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true }), (value) => {
        expect(Math.abs(Number(format.formatScore(value)) - value)).toBeLessThanOrEqual(0.5e-4 + 1e-12);
        expect(Math.abs(Number(format.formatDifference(value)) - value)).toBeLessThanOrEqual(0.5e-4 + 1e-12);
      }),
      { seed: 5 },
    );
  });
});

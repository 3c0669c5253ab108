import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kendall, spearman } from '../src/series/rank.ts';
import { rankingConsistency } from '../src/series/ranking.ts';
import {
  aboveChanceFrom,
  normalUpperTail,
  plateauFrom,
  type ScorePoint,
  SERIES_DEFAULTS,
  type SeriesOptions,
  seriesStatistics,
  signalToNoise,
} from '../src/series/statistics.ts';

interface Fixture {
  readonly series: readonly {
    readonly steps: readonly number[];
    readonly scores: readonly number[];
    readonly expected: Readonly<Record<string, number>>;
  }[];
  readonly tied: readonly { x: number[]; y: number[]; spearman: number; kendall: number }[];
  readonly tails: readonly { readonly z: number; readonly p: number }[];
}
const fixture = JSON.parse(readFileSync(new URL('fixtures/series.json', import.meta.url), 'utf8')) as Fixture;

const options: SeriesOptions = { ...SERIES_DEFAULTS, higherIsBetter: true, chance: 0.25 };
const points = (scores: readonly number[], stderr: number | null = 0.01): ScorePoint[] =>
  scores.map((score, index) => ({ step: (index + 1) * 100, score, stderr }));

describe('series statistics', () => {
  it.each(
    fixture.series.map((each, index) => ({ index, ...each })),
  )("equal scipy's, statsmodels' and signal-and-noise's ($index)", ({ steps, scores, expected }) => {
    const list = scores.map((score, at) => ({ step: steps[at] ?? 0, score, stderr: null }));
    const found = seriesStatistics(list, options);
    expect(Object.keys(expected).length).toBe(8);
    for (const [name, value] of Object.entries(expected)) {
      expect(found[name as 'gain'], name).toBeCloseTo(value, 11);
    }
    expect(found).toMatchObject({ aboveChanceFrom: null, plateauFrom: null, checkpoints: scores.length });
  });

  it.each(fixture.tied)('rank with ties as scipy does', (expected) => {
    expect(spearman(expected.x, expected.y)).toBeCloseTo(expected.spearman, 13);
    expect(kendall(expected.x, expected.y)).toBeCloseTo(expected.kendall, 13);
  });

  it.each(fixture.tails)('upper tail of the normal distribution at $z', ({ z, p }) => {
    expect(Math.abs(normalUpperTail(z) / p - 1)).toBeLessThan(1e-11);
  });

  it('do not change their order statistics under a monotone map, and turn with the direction', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 3, maxLength: 30 });
    fc.assert(
      fc.property(scores, (list) => {
        const there = seriesStatistics(points(list), options);
        const mapped = seriesStatistics(points(list.map((value) => value ** 3 + 7)), options);
        expect(mapped.spearman).toEqual(there.spearman);
        expect(mapped.kendall).toEqual(there.kendall);
        const lower = seriesStatistics(points(list), { ...options, higherIsBetter: false });
        expect(lower.kendall).toEqual(there.kendall === null ? null : expect.closeTo(-there.kendall, 14));
        expect(there.totalVariation).toBeGreaterThanOrEqual(Math.abs(there.gain) - 1e-9);
      }),
      { seed: 14 },
    );
  });

  it('are null, never 0, where they are not defined', () => {
    expect(seriesStatistics(points([0.3]), options)).toMatchObject({
      spearman: null,
      kendall: null,
      noise: null,
      signalToNoise: null,
      signalQuality: null,
      plateauFrom: null,
      gain: 0,
    });
    expect(seriesStatistics(points([0.3, 0.3, 0.3]), options)).toMatchObject({
      spearman: null,
      signalToNoise: null,
      autocorrelation: null,
      noise: 0,
    });
    expect(signalToNoise([1, 2], [0, 0])).toBeNull();
  });

  it('refuse no points, steps out of order, and scores that are no numbers', () => {
    expect(() => seriesStatistics([], options)).toThrow(RangeError);
    expect(() => seriesStatistics([...points([1]), ...points([1])], options)).toThrow(RangeError);
    expect(() => seriesStatistics(points([Number.NaN]), options)).toThrow(RangeError);
  });

  it('say from which step a score stays above chance', () => {
    expect(aboveChanceFrom(points([0.25, 0.29, 0.24, 0.29, 0.3]), options)).toBe(400);
    expect(aboveChanceFrom(points([0.3, 0.3]), options)).toBe(100);
    expect(aboveChanceFrom(points([0.3, 0.26]), options)).toBeNull();
    expect(aboveChanceFrom(points([0.3], null), options)).toBeNull();
    expect(aboveChanceFrom(points([0.3]), { ...options, chance: null })).toBeNull();
    // z = 1.8 would do for one step, not for the least of four.
    expect(aboveChanceFrom(points([0.268]), options)).toBe(100);
    expect(aboveChanceFrom(points([0.268, 0.268, 0.268, 0.268]), options)).toBeNull();
  });

  it('say from which step a score stays where it ends', () => {
    expect(plateauFrom(points([0.25, 0.4, 0.47, 0.5, 0.49, 0.5]))).toBe(400);
    expect(plateauFrom(points([0.25, 0.4, 0.5]))).toBeNull();
    expect(plateauFrom(points([0.5, 0.5]))).toBe(100);
  });
});

describe('ranking consistency', () => {
  const series = (scores: Readonly<Record<string, readonly number[]>>) =>
    new Map(
      Object.entries(scores).map(([model, list]) => [
        model,
        new Map(list.map((score, step) => [step, score])),
      ]),
    );

  it('compares every common step with the last', () => {
    const found = rankingConsistency(series({ a: [1, 1, 1], b: [2, 0, 2], c: [0, 2, 3, 9] }));
    expect(found).toEqual({
      models: ['a', 'b', 'c'],
      // Order at the end: a < b < c. At 0: c < a < b, one pair of three. At 1: b < a < c, two of three.
      steps: [
        { step: 0, kendall: expect.closeTo(-1 / 3, 14), decisionAccuracy: 1 / 3 },
        { step: 1, kendall: expect.closeTo(1 / 3, 14), decisionAccuracy: 2 / 3 },
      ],
      meanKendall: expect.closeTo(0, 14),
      meanDecisionAccuracy: 0.5,
    });
  });

  it('needs two models and two common steps', () => {
    expect(rankingConsistency(series({ a: [1, 2] }))).toBeNull();
    expect(rankingConsistency(series({ a: [1], b: [1, 2] }))).toBeNull();
    expect(rankingConsistency(series({ a: [1, 2], b: [1, 2] }))?.steps[0]?.kendall).toBeNull();
  });
});

import { readFileSync } from 'node:fs';
import { normalQuantile, seededRandom, xoshiro128 } from '@evalgraph/formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANALYSIS_DEFAULTS, analysePaired } from '../src/statistics/analyse.ts';
import { pairedBootstrap } from '../src/statistics/bootstrap.ts';
import { type FlipDocument, flipsOf } from '../src/statistics/flips.ts';
import { holm } from '../src/statistics/holm.ts';
import { type PairedStratum, pairedMoments } from '../src/statistics/moments.ts';
import { permutationTest } from '../src/statistics/permutation.ts';
import { quantileSorted } from '../src/statistics/quantile.ts';
import { recoveryOf } from '../src/statistics/recovery.ts';
import { minimumDetectable, minimumShare, verdictOf } from '../src/statistics/verdict.ts';

interface Scores {
  readonly dense: readonly number[];
  readonly pruned: readonly number[];
}
interface Fixture {
  readonly normal: readonly { readonly p: number; readonly z: number }[];
  readonly holm: readonly { readonly p: readonly number[]; readonly adjusted: readonly number[] }[];
  readonly clustered: readonly (Scores & {
    readonly clusters: readonly string[];
    readonly difference: number;
    readonly clusterStderr: number;
    readonly stderr: number;
    readonly fieller: readonly [number, number];
  })[];
  readonly permutation: readonly (Scores & { readonly p: number })[];
  readonly bootstrap: readonly (Scores & { readonly interval: readonly [number, number] })[];
  readonly detectable: readonly {
    readonly n: number;
    readonly alpha: number;
    readonly power: number;
    readonly effect: number;
  }[];
  readonly xoshiro128: readonly number[];
}
const fixture = JSON.parse(
  readFileSync(new URL('fixtures/statistics.json', import.meta.url), 'utf8'),
) as Fixture;

const one = ({ dense, pruned }: Scores, clusters: readonly string[] | null = null): PairedStratum[] => [
  { weight: 1, dense, pruned, clusters },
];
const stderrOf = (strata: readonly PairedStratum[]): number => {
  const { covariance } = pairedMoments(strata);
  if (covariance === null) throw new Error('no covariance');
  return Math.sqrt(covariance.dense + covariance.pruned - 2 * covariance.both);
};

describe('reference values', () => {
  it.each(fixture.normal)('normal quantile of $p', ({ p, z }) => {
    expect(Math.abs(normalQuantile(p) - z)).toBeLessThan(1e-14 * Math.max(1, Math.abs(z)));
  });

  it.each(fixture.holm)("Holm's of $p", ({ p, adjusted }) => {
    for (const [index, value] of holm(p).entries())
      expect(value).toBeCloseTo(adjusted[index] ?? Number.NaN, 15);
  });

  it.each(
    fixture.clustered.map((each, index) => ({ index, ...each })),
  )("statsmodels' cluster-robust error, scipy's plain one and Fieller's interval ($index)", ({
    clusters,
    clusterStderr,
    stderr,
    difference,
    fieller,
    ...scores
  }) => {
    const moments = pairedMoments(one(scores));
    expect(moments.pruned - moments.dense).toBeCloseTo(difference, 13);
    expect(stderrOf(one(scores, clusters))).toBeCloseTo(clusterStderr, 13);
    expect(stderrOf(one(scores))).toBeCloseTo(stderr, 13);
    const interval = recoveryOf(moments)?.interval95;
    expect(interval?.[0]).toBeCloseTo(fieller[0], 11);
    expect(interval?.[1]).toBeCloseTo(fieller[1], 11);
  });

  it.each(
    fixture.permutation.map((each, index) => ({ index, ...each })),
  )("scipy's exact permutation test ($index), and the sampled one is near it", ({ p, ...scores }) => {
    expect(permutationTest(one(scores), { seed: 0, resamples: 1 })).toMatchObject({
      exact: true,
      p: expect.closeTo(p, 12) as number,
    });
    // Twice the documents with weight on the first half alone is the same test, sampled.
    const zeros = scores.dense.map(() => 0);
    const tiny = scores.dense.map((_, index) => (index % 2 === 0 ? 1e-15 : -1e-15));
    const many = [
      { weight: 1, ...scores, clusters: null },
      { weight: 1, dense: zeros, pruned: tiny, clusters: null },
    ];
    const sampled = permutationTest(many, { seed: 3, resamples: 20_000 });
    if (!sampled.exact) expect(Math.abs(sampled.p - p)).toBeLessThan(0.015);
  });

  it.each(
    fixture.bootstrap.map((each, index) => ({ index, ...each })),
  )("scipy's percentile bootstrap ($index)", ({ interval, ...scores }) => {
    const found = pairedBootstrap(one(scores), { seed: 1, resamples: 40_000 })?.difference95;
    const width = interval[1] - interval[0];
    expect(Math.abs((found?.[0] ?? Number.NaN) - interval[0])).toBeLessThan(0.02 * width);
    expect(Math.abs((found?.[1] ?? Number.NaN) - interval[1])).toBeLessThan(0.02 * width);
  });

  it.each(fixture.detectable)("statsmodels' detectable effect at n $n, but for the far tail", ({
    n,
    effect,
    ...rules
  }) => {
    const found = minimumDetectable(1 / Math.sqrt(n), rules);
    expect(Math.abs(found / effect - 1)).toBeLessThan(1e-4);
  });

  // scipy 1.16: brentq(lambda r: binom.sf(5, n, r) - 0.8, 0, 1); 6 is the first k with 2 * 0.5^k < 0.05.
  it.each([
    [6, 0.9634924839989961],
    [7, 0.8804608380101012],
    [100, 0.07791107495026077],
    [250, 0.03144017380782421],
    [14_042, 0.000562966460495641],
  ])("scipy's share of differing documents of which %i hold enough", (draws, share) => {
    const found = minimumShare(draws, ANALYSIS_DEFAULTS);
    expect(Math.abs((found ?? Number.NaN) / share - 1)).toBeLessThan(1e-9);
    expect(minimumShare(5, ANALYSIS_DEFAULTS)).toBeNull();
  });

  it('xoshiro128** as its authors define it', () => {
    const random = xoshiro128(1, 2, 3, 4);
    expect(fixture.xoshiro128.map(() => random.next())).toEqual(fixture.xoshiro128);
  });

  it("quantiles as numpy's default", () => {
    expect([0, 0.1, 0.5, 0.9, 1].map((q) => quantileSorted([1, 2, 4, 8], q))).toEqual([
      1,
      expect.closeTo(1.3, 14),
      3,
      expect.closeTo(6.8, 14),
      8,
    ]);
    expect(() => quantileSorted([], 0.5)).toThrow(RangeError);
  });
});

describe('intervals cover', () => {
  /** Right-or-wrong answers of two models with a known true difference, some shared between them. */
  function simulate(random: ReturnType<typeof seededRandom>, n: number): Scores {
    const uniform = () => random.next() / 2 ** 32;
    const dense: number[] = [];
    const pruned: number[] = [];
    for (let i = 0; i < n; i++) {
      const first = uniform() < 0.62 ? 1 : 0;
      dense.push(first);
      pruned.push(uniform() < 0.7 ? first : uniform() < 0.5 ? 1 : 0);
    }
    return { dense, pruned };
  }
  const truth = { difference: 0.3 * (0.5 - 0.62), recovery: (0.7 * 0.62 + 0.15) / 0.62 };
  const holds = (interval: readonly [number, number] | null | undefined, value: number): boolean =>
    interval !== null && interval !== undefined && interval[0] <= value && value <= interval[1];

  it('94 to 96 times in a hundred, by bootstrap, by normal and for recovery', () => {
    const random = seededRandom(2026);
    const runs = 2000;
    const hits = { bootstrap: 0, normal: 0, recovery: 0 };
    for (let run = 0; run < runs; run++) {
      const strata = one(simulate(random, 250));
      const moments = pairedMoments(strata);
      const reach = normalQuantile(0.975) * stderrOf(strata);
      const difference = moments.pruned - moments.dense;
      if (Math.abs(difference - truth.difference) <= reach) hits.normal++;
      if (holds(recoveryOf(moments)?.interval95, truth.recovery)) hits.recovery++;
      const drawn = pairedBootstrap(strata, { seed: run, resamples: 400 })?.difference95;
      if (holds(drawn, truth.difference)) hits.bootstrap++;
    }
    for (const count of Object.values(hits)) {
      expect(count / runs).toBeGreaterThanOrEqual(0.94);
      expect(count / runs).toBeLessThanOrEqual(0.96);
    }
  });

  it('with documents that share a context only when clusters are known', () => {
    const random = seededRandom(7);
    const uniform = () => random.next() / 2 ** 32;
    const runs = 1000;
    let clustered = 0;
    let plain = 0;
    for (let run = 0; run < runs; run++) {
      const dense: number[] = [];
      const pruned: number[] = [];
      const clusters: string[] = [];
      for (let context = 0; context < 100; context++) {
        const share = 0.2 + 0.6 * uniform();
        for (let i = 0; i < 5; i++) {
          clusters.push(String(context));
          dense.push(0);
          pruned.push(uniform() < share ? 1 : 0);
        }
      }
      const { pruned: mean } = pairedMoments(one({ dense, pruned }));
      const reach = (strata: PairedStratum[]) => normalQuantile(0.975) * stderrOf(strata);
      if (Math.abs(mean - 0.5) <= reach(one({ dense, pruned }, clusters))) clustered++;
      if (Math.abs(mean - 0.5) <= reach(one({ dense, pruned }))) plain++;
    }
    expect(clustered / runs).toBeGreaterThanOrEqual(0.935);
    expect(clustered / runs).toBeLessThanOrEqual(0.965);
    expect(plain / runs).toBeLessThan(0.93);
  });
});

describe('properties', () => {
  const score = fc.double({ min: 0, max: 1, noNaN: true });
  const pairs = fc.array(fc.tuple(score, score), { minLength: 2, maxLength: 40 });
  const scoresOf = (list: readonly (readonly [number, number])[]): Scores => ({
    dense: list.map(([a]) => a),
    pruned: list.map(([, b]) => b),
  });
  const options = { ...ANALYSIS_DEFAULTS, resamples: 50 };

  it('the other way round, the difference turns its sign and the p stays', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const there = analysePaired(one(scoresOf(list)), options);
        const back = analysePaired(one(scoresOf(list.map(([a, b]) => [b, a] as const))), options);
        expect(back.difference).toBeCloseTo(-there.difference, 14);
        expect(back.stderr).toBeCloseTo(there.stderr ?? Number.NaN, 12);
        expect(back.p).toBe(there.p);
      }),
      { seed: 10, numRuns: 60 },
    );
  });

  it('the order of documents does not matter, clusters or not', () => {
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 9 }), (list, contexts) => {
        const names = list.map((_, index) => `c${index % contexts}`);
        const there = pairedMoments(one(scoresOf(list), names));
        const back = pairedMoments(one(scoresOf([...list].reverse()), [...names].reverse()));
        expect(back.clusters).toBe(there.clusters);
        expect(back.covariance?.both ?? 0).toBeCloseTo(there.covariance?.both ?? 0, 13);
        expect(back.dense).toBeCloseTo(there.dense, 14);
        const exact = list.slice(0, 10);
        const p = (some: typeof exact) => permutationTest(one(scoresOf(some)), { seed: 0, resamples: 9 }).p;
        expect(p([...exact].reverse())).toBe(p(exact));
      }),
      { seed: 11, numRuns: 60 },
    );
  });

  it('more noise never narrows an interval', () => {
    fc.assert(
      fc.property(pairs, fc.double({ min: 1, max: 5, noNaN: true }), (list, factor) => {
        // Differences spread further around the same mean.
        const { dense, pruned } = scoresOf(list);
        const differences = pruned.map((value, index) => value - (dense[index] ?? 0));
        const centre = differences.reduce((a, b) => a + b, 0) / differences.length;
        const noisier = {
          dense,
          pruned: differences.map((value, index) => (dense[index] ?? 0) + centre + factor * (value - centre)),
        };
        const width = (scores: Scores) => {
          const interval = pairedBootstrap(one(scores), { seed: 5, resamples: 60 })?.difference95;
          return (interval?.[1] ?? Number.NaN) - (interval?.[0] ?? Number.NaN);
        };
        expect(stderrOfSafe(noisier)).toBeGreaterThanOrEqual(stderrOfSafe({ dense, pruned }) - 1e-9);
        expect(width(noisier)).toBeGreaterThanOrEqual(width({ dense, pruned }) - 1e-9);
      }),
      { seed: 12, numRuns: 60 },
    );
  });
  const stderrOfSafe = (scores: Scores): number =>
    analysePaired(one(scores), { ...options, resamples: 2 }).stderr ?? Number.NaN;

  it("Holm's p are at least the plain ones, keep their order, and do not depend on it", () => {
    fc.assert(
      fc.property(fc.array(score, { minLength: 1, maxLength: 12 }), (list) => {
        const adjusted = holm(list);
        for (const [index, p] of list.entries()) {
          expect(adjusted[index]).toBeGreaterThanOrEqual(p);
          for (const [other, q] of list.entries()) {
            if (p < q) expect(adjusted[index]).toBeLessThanOrEqual(adjusted[other] ?? 0);
          }
        }
        expect([...holm([...list].reverse())].reverse()).toEqual(adjusted);
      }),
      { seed: 13 },
    );
    expect(() => holm([1.2])).toThrow(RangeError);
  });

  it('draws below a bound without bias, and refuses what is no seed or bound', () => {
    const random = seededRandom(1);
    const counts = [0, 0, 0];
    for (let i = 0; i < 30_000; i++) {
      const at = random.below(3);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(350); // four standard deviations
    expect(() => seededRandom(-1)).toThrow(RangeError);
    expect(() => random.below(0)).toThrow(RangeError);
  });
});

describe('an analysis', () => {
  const scores = { dense: [1, 1, 1, 0, 1, 1], pruned: [0, 1, 0, 0, 1, 0] };

  it("takes McNemar's test for right or wrong, and the permutation test for the rest", () => {
    const plain = analysePaired(one(scores), ANALYSIS_DEFAULTS);
    expect(plain).toMatchObject({
      test: 'mcnemar',
      p: expect.closeTo(0.25, 14) as number,
      documents: 6,
      clusters: 6,
      difference: -0.5,
    });
    const shared = analysePaired(one(scores, ['a', 'a', 'b', 'b', 'c', 'c']), ANALYSIS_DEFAULTS);
    expect(shared).toMatchObject({ test: 'permutation', clusters: 3, p: 0.25 });
    const partial = analysePaired(one({ ...scores, pruned: [0.5, 1, 0, 0, 1, 0] }), ANALYSIS_DEFAULTS);
    expect(partial.test).toBe('permutation');
    const [stratum] = one(scores);
    if (stratum === undefined) throw new Error('no stratum');
    const unequal = [
      { ...stratum, weight: 0.5 },
      { weight: 0.5, dense: [1, 0], pruned: [1, 0], clusters: null },
    ];
    expect(analysePaired(unequal, ANALYSIS_DEFAULTS).test).toBe('permutation');
  });

  it('of a model against itself finds nothing, exactly', () => {
    const same = analysePaired(one({ dense: scores.dense, pruned: scores.dense }), ANALYSIS_DEFAULTS);
    expect(same).toMatchObject({ difference: 0, p: 1, bootstrap95: [0, 0] });
    // Six documents without a difference do not exclude one.
    expect(same.minimumDetectable).toBeCloseTo(0.96349, 5);
    expect(verdictOf(1, same.minimumDetectable, ANALYSIS_DEFAULTS)).toBe('underpowered');
    expect(same.recovery?.value).toBe(1);
  });

  it('bounds no recovery of a score that may be 0, and has no intervals from one document', () => {
    const guess = pairedMoments(one({ dense: [1, 0, 0, 0, 0], pruned: [0, 0, 1, 0, 0] }));
    expect(recoveryOf(guess)).toEqual({ value: 1, interval95: null });
    expect(recoveryOf(pairedMoments(one({ dense: [0, 0], pruned: [1, 0] })))).toBeNull();
    const single = analysePaired(one({ dense: [1], pruned: [0] }), ANALYSIS_DEFAULTS);
    expect(single).toMatchObject({
      stderr: null,
      normal95: null,
      bootstrap95: null,
      minimumDetectable: null,
    });
  });

  it('speaks one of three verdicts', () => {
    expect(verdictOf(0.01, 0.2, ANALYSIS_DEFAULTS)).toBe('significant');
    expect(verdictOf(0.05, 0.005, ANALYSIS_DEFAULTS)).toBe('not significant');
    expect(verdictOf(0.5, 0.02, ANALYSIS_DEFAULTS)).toBe('underpowered');
    expect(verdictOf(0.5, null, ANALYSIS_DEFAULTS)).toBe('underpowered');
  });

  it('counts flips by document, subject and category', () => {
    const documents: FlipDocument[] = [
      { subject: 'anatomy', category: 'stem', document: 0, dense: 1, pruned: 0 },
      { subject: 'anatomy', category: 'stem', document: 1, dense: 1, pruned: 1 },
      { subject: 'law', category: null, document: 0, dense: 0, pruned: 1 },
    ];
    expect(flipsOf(documents)).toEqual({
      documents: 3,
      rightToWrong: [{ subject: 'anatomy', document: 0 }],
      wrongToRight: [{ subject: 'law', document: 0 }],
      bySubject: [
        { name: 'anatomy', documents: 2, rightToWrong: 1, wrongToRight: 0 },
        { name: 'law', documents: 1, rightToWrong: 0, wrongToRight: 1 },
      ],
      byCategory: [{ name: 'stem', documents: 2, rightToWrong: 1, wrongToRight: 0 }],
    });
    expect(flipsOf([{ subject: 's', category: null, document: 0, dense: 0.5, pruned: 1 }])).toBeNull();
  });
});

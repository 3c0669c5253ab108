import { readFileSync } from 'node:fs';
import type { DivergenceSummary, Estimate } from '@evalgraph/formats';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../formats/test/problems.ts';
import { accumulateDivergence, checkVocabulary } from '../src/divergence/accumulate.ts';
import { divergentAt, mostDivergent, summariseDivergence } from '../src/divergence/summary.ts';
import { messages } from '../src/messages.ts';

interface Fixture {
  readonly vocabulary: number;
  readonly length: number;
  readonly dense: readonly (readonly number[])[];
  readonly pruned: readonly (readonly number[])[];
  readonly targets: readonly number[];
  readonly kl: readonly number[];
  readonly expected: {
    readonly mean: number;
    readonly quantiles: readonly number[];
    readonly max: number;
    readonly sameTop: number;
    readonly rmsDeltaP: number;
    readonly meanDeltaP: number;
    readonly perplexityRatio: number;
    readonly top: readonly number[];
  };
}
const fixture = JSON.parse(
  readFileSync(new URL('fixtures/divergence.json', import.meta.url), 'utf8'),
) as Fixture;
const options = { seed: 1, resamples: 400 };

type Rows = readonly (readonly number[])[];
function accumulate(dense: Rows, pruned: Rows, length = fixture.length) {
  const accumulator = accumulateDivergence(fixture.vocabulary);
  for (const [index, row] of dense.entries()) {
    const other = Float32Array.from(pruned[index] ?? []);
    accumulator.add(Float32Array.from(row), other, fixture.targets[index] ?? -1, Math.floor(index / length));
  }
  return accumulator.positions();
}

const estimates = (record: DivergenceSummary): readonly Estimate[] => [
  ...Object.values(record.klNats),
  record.sameTop,
  record.rmsDeltaP,
  record.meanDeltaP,
  record.perplexityRatio,
];

describe('divergence', () => {
  it('equals torch in float64', () => {
    const kept = accumulate(fixture.dense, fixture.pruned);
    const { expected } = fixture;
    for (const [index, kl] of fixture.kl.entries()) {
      expect(Math.abs((kept.klNats[index] ?? Number.NaN) - kl)).toBeLessThan(1e-12);
    }
    const record = summariseDivergence(kept, options);
    const { klNats } = record;
    const pairs = [
      [klNats.mean, expected.mean],
      [klNats.max, expected.max],
      [record.sameTop, expected.sameTop],
      [record.rmsDeltaP, expected.rmsDeltaP],
      [record.meanDeltaP, expected.meanDeltaP],
      [record.perplexityRatio, expected.perplexityRatio],
      ...[klNats.median, klNats.p90, klNats.p95, klNats.p99, klNats.p999].map(
        (estimate, index) => [estimate, expected.quantiles[index] ?? Number.NaN] as const,
      ),
    ] as const;
    for (const [found, value] of pairs) expect(Math.abs(found.value - value)).toBeLessThan(1e-12);
    expect(record).toMatchObject({ positions: 90, windows: 6, vocabulary: 13 });
    expect(mostDivergent(kept, 5).map(({ position }) => position)).toEqual(expected.top);
    expect(mostDivergent(kept, 1)[0]).toEqual(divergentAt(kept, 17));
  });

  it('of a model from itself is exactly 0, with 100 % the same top', () => {
    const record = summariseDivergence(accumulate(fixture.dense, fixture.dense), options);
    for (const estimate of Object.values(record.klNats)) expect(estimate.value).toBe(0);
    expect(record.klNats.mean.interval95).toEqual([0, 0]);
    expect(record.sameTop).toEqual({ value: 1, interval95: [1, 1] });
    expect(record.rmsDeltaP).toEqual({ value: 0, interval95: [0, 0] });
    expect(record.perplexityRatio).toEqual({ value: 1, interval95: [1, 1] });
  });

  it('has intervals that hold the value, repeat with the seed, and need two windows', () => {
    const kept = accumulate(fixture.dense, fixture.pruned);
    const record = summariseDivergence(kept, options);
    expect(summariseDivergence(kept, options)).toEqual(record);
    expect(summariseDivergence(kept, { ...options, seed: 2 })).not.toEqual(record);
    for (const { value, interval95 } of [record.klNats.mean, record.sameTop, record.perplexityRatio]) {
      expect(interval95?.[0]).toBeLessThanOrEqual(value);
      expect(interval95?.[1]).toBeGreaterThanOrEqual(value);
    }
    expect(record.klNats.max.interval95).toBeNull();
    const one = summariseDivergence(accumulate(fixture.dense, fixture.pruned, 1000), options);
    expect(estimates(one).every(({ interval95 }) => interval95 === null)).toBe(true);
  });

  it('does not depend on the order of windows', () => {
    const halves = (rows: Rows) => [...rows.slice(45), ...rows.slice(0, 45)];
    const accumulator = accumulateDivergence(fixture.vocabulary);
    for (const [index, row] of halves(fixture.dense).entries()) {
      accumulator.add(
        Float32Array.from(row),
        Float32Array.from(halves(fixture.pruned)[index] ?? []),
        fixture.targets[(index + 45) % 90] ?? -1,
        Math.floor(index / 15),
      );
    }
    const there = estimates(summariseDivergence(accumulate(fixture.dense, fixture.pruned), options));
    const turned = estimates(summariseDivergence(accumulator.positions(), options));
    for (const [index, { value }] of turned.entries())
      expect(value).toBeCloseTo(there[index]?.value ?? 0, 13);
  });

  it('adds a constant to logits without effect', () => {
    const shifted = fixture.pruned.map((row) => row.map((value) => value + 64));
    const kept = accumulate(fixture.dense, shifted);
    for (const [index, kl] of fixture.kl.entries()) {
      expect(Math.abs((kept.klNats[index] ?? Number.NaN) - kl)).toBeLessThan(1e-4);
    }
  });

  it('refuses rows, targets and logits that are none, other vocabularies, and an empty text', async () => {
    const accumulator = accumulateDivergence(2);
    const row = Float32Array.of(1, 2);
    expect(await problemsOf(() => accumulator.add(row, Float32Array.of(1), 0, 0))).toEqual([
      messages.rowLength(0, 2, 1),
    ]);
    expect(await problemsOf(() => accumulator.add(row, row, 2, 0))).toEqual([messages.badTarget(0, 2, 2)]);
    const broken = Float32Array.of(1, Number.NaN);
    expect(await problemsOf(() => accumulator.add(row, broken, 0, 0))).toEqual([
      messages.nonFiniteLogit(0, 1, Number.NaN),
    ]);
    expect(await problemsOf(() => summariseDivergence(accumulator.positions(), options))).toEqual([
      messages.noPositions(),
    ]);
    const dense = { size: 2, tokenizerDigest: 'a' };
    expect(await problemsOf(() => checkVocabulary(dense, { size: 3, tokenizerDigest: 'b' }))).toEqual([
      messages.vocabularyDiffers('size of the vocabulary', '2', '3'),
      messages.vocabularyDiffers('tokenizer', 'a', 'b'),
    ]);
  });
});

describe('a model against itself', () => {
  it('diverges by exactly 0', () => {
    const vocabulary = 1000;
    const accumulator = accumulateDivergence(vocabulary);
    for (let index = 0; index < 15; index++) {
      const row = Float32Array.from({ length: vocabulary }, (_, token) => Math.sin(token * (index + 1)) * 4);
      accumulator.add(row, row.slice(), index, index >> 2);
    }
    expect(accumulator.positions().klNats.every((kl) => kl === 0)).toBe(true);
  });
});

/** Sampled generation: transformers' distributions, reproducible draws, texts that no neighbour changes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openEngine, type Sampling, type TokenRequest } from '../src/index.ts';
import { sampleToken, samplingDistribution, uniform } from '../src/sample.ts';
import { runAll } from './helpers.ts';

interface Case {
  readonly logProbs: readonly number[];
  readonly sampling: Omit<Sampling, 'seed'>;
  readonly probabilities: readonly number[];
}

const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/sampling.json'), 'utf8')) as Case[];
const folder = join(import.meta.dirname, 'fixtures/llama-tied-f32');

describe('sampling', () => {
  it.each(cases)('leaves what transformers leaves: $sampling', ({ logProbs, sampling, probabilities }) => {
    const found = samplingDistribution(Float32Array.from(logProbs), sampling);
    const all = logProbs.map((_, token) => found.probabilities[found.tokens.indexOf(token)] ?? 0);
    all.forEach((value, token) => {
      expect(Math.abs(value - (probabilities[token] ?? Number.NaN))).toBeLessThan(1e-6);
    });
  });

  it('draws tokens as often as their probabilities say', () => {
    const draws = 20_000;
    for (const { logProbs, sampling, probabilities } of cases) {
      const counts = logProbs.map(() => 0);
      for (let seed = 0; seed < draws; seed += 1) {
        const token = sampleToken(Float32Array.from(logProbs), { ...sampling, seed }, seed % 7);
        counts[token] = (counts[token] ?? 0) + 1;
      }
      const chiSquare = probabilities.reduce((sum, p, token) => {
        const expected = p * draws;
        return expected < 5 ? sum : sum + ((counts[token] ?? 0) - expected) ** 2 / expected;
      }, 0);
      // 99.99 % of chi-square with 23 degrees of freedom (scipy.stats.chi2.ppf): the seeds are fixed.
      expect(chiSquare).toBeLessThan(58.98);
      probabilities.forEach((p, token) => {
        if (p === 0) expect(counts[token]).toBe(0);
      });
    }
  });

  it('has random numbers in [0, 1) that depend on seed and step', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), fc.nat(5000), (seed, step) => {
        const value = uniform(seed, step);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1);
        expect(uniform(seed, step)).toBe(value);
      }),
      { seed: 5, numRuns: 500 },
    );
    const all = new Set(Array.from({ length: 1000 }, (_, step) => uniform(3, step)));
    expect(all.size).toBe(1000);
  });

  it('gives a request the same tokens alone, beside others, and after a resume', async () => {
    const engine = await openEngine(folder, { threads: 1 });
    const sampling = (seed: number): Sampling => ({ temperature: 0.9, topK: 0, topP: 0.95, seed });
    const requests: TokenRequest[] = [1, 2, 3, 4, 5, 6].map((seed) => ({
      kind: 'generate',
      context: [5, 9, 5 + (seed % 3)],
      maxNewTokens: 12,
      ...(seed === 4 ? {} : { sampling: sampling(seed) }),
    }));
    const together = await runAll(engine, requests);
    const resumed = await runAll(engine, requests, { done: new Set([0, 3]) });
    for (const [index, request] of requests.entries()) {
      const alone = (await runAll(engine, [request])).get(0);
      expect(together.get(index)).toEqual(alone);
      if (resumed.has(index)) expect(resumed.get(index)).toEqual(alone);
    }
    expect(resumed.size).toBe(4);
    const texts = new Set([...together.values()].map((answer) => JSON.stringify(answer)));
    expect(texts.size).toBe(6);
    await engine.close();
  });

  it('refuses what cannot be sampled with', async () => {
    const engine = await openEngine(folder, { threads: 1 });
    for (const wrong of [{ temperature: 0 }, { topP: 0 }, { topK: -1 }, { seed: 2 ** 32 }]) {
      const sampling = { temperature: 1, topK: 0, topP: 1, seed: 0, ...wrong };
      const request: TokenRequest = { kind: 'generate', context: [1], maxNewTokens: 1, sampling };
      await expect(runAll(engine, [request])).rejects.toThrow('asks to sample with');
    }
    await engine.close();
  });
});

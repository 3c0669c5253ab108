/**
 * The bootstrap against lm-eval's own bootstrap_stderr, run once in its single process:
 *   from lm_eval.api.metrics import bootstrap_stderr, f1_score, matthews_corrcoef, median, perplexity
 *   floats = [-((i * 37) % 50) / 8 for i in range(20)]
 *   pairs = [((i * 7) % 2, 1 if (i * 5) % 3 == 0 else 0) for i in range(20)]
 *   bootstrap_stderr(perplexity, floats, 100000), bootstrap_stderr(median, floats, 100000)
 *   bootstrap_stderr(f1_score, pairs, 20000), bootstrap_stderr(matthews_corrcoef, pairs, 20000)
 */
import { PyFloat, pythonRandom } from '@evalgraph/formats';
import { PyTuple, type Value } from '@evalgraph/templates';
import { describe, expect, it } from 'vitest';
import { standardError } from '../src/aggregate.ts';
import { BOOTSTRAP_ITERATIONS } from '../src/bootstrap.ts';

const floats = Array.from({ length: 20 }, (_, i): Value => new PyFloat(-((i * 37) % 50) / 8));
const pairs = Array.from(
  { length: 20 },
  (_, i): Value => new PyTuple([(i * 7) % 2, (i * 5) % 3 === 0 ? 1 : 0]),
);

describe('bootstrap', () => {
  it('draws CPython’s random.random()', () => {
    const random = pythonRandom(1234);
    expect([random.random(), random.random(), random.random()]).toEqual([
      0.9664535356921388, 0.4407325991753527, 0.007491470058587191,
    ]);
  });

  it.each([
    ['perplexity', floats, BOOTSTRAP_ITERATIONS, 9.482841638046022],
    ['median', floats, BOOTSTRAP_ITERATIONS, 0.7029791812587342],
    ['f1', pairs, 20_000, 0.1496357182342294],
    ['matthews_corrcoef', pairs, 20_000, 0.2268592459298959],
  ] as const)('%s', (aggregation, items, iterations, want) => {
    const got = standardError(aggregation, items, iterations);
    expect(Math.abs(Number(got) - want), `${got} and ${want}`).toBeLessThanOrEqual(1e-10 * want);
  });

  it('has none for one document and for aggregations that lm-eval does not resample', () => {
    expect(standardError('perplexity', floats.slice(0, 1), 10)).toBe('N/A');
    expect(standardError('weighted_perplexity', pairs, 10)).toBe('N/A');
  });
});

/**
 * Which way metrics go. lm-eval is the judge: fixtures/metric-directions.json holds what its tasks and its registry
 * say, and fixtures/make_metric_directions.py makes it.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareFilters, metricsIn, splitMetricKey } from '@evalgraph/formats';
import { describe, expect, it } from 'vitest';
import { judgePython, NEEDS_PYTHON } from '../../formats/test/judges.ts';
import { metricFacts, metricScale } from '../src/index.ts';

const fixtures = join(import.meta.dirname, 'fixtures');
const text = readFileSync(join(fixtures, 'metric-directions.json'), 'utf8');
const directions = Object.entries(JSON.parse(text) as Record<string, boolean>);

describe('the direction of a metric', () => {
  it('is what lm-eval says of it', () => {
    expect(directions.length).toBeGreaterThan(150);
    const found = directions.map(([name]) => [name, metricFacts(name).higherIsBetter]);
    expect(found).toEqual(directions);
  });

  it.skipIf(judgePython === undefined)(
    `of the installed lm-eval is the committed one (${NEEDS_PYTHON})`,
    () => {
      const script = join(fixtures, 'make_metric_directions.py');
      const stdio = ['ignore', 'pipe', 'ignore'] as const;
      expect(execFileSync(judgePython ?? '', [script], { encoding: 'utf8', stdio: [...stdio] })).toBe(text);
    },
    120_000,
  );

  it.each([
    ['ppl', false],
    ['token_perplexity', false],
    ['eval_loss', false],
    ['word_error_rate', false],
    ['cer', false],
    ['toxicity', false],
    ['constructor', true],
    ['closeness', true],
    ['unbiased_acc', true],
  ])('of %s, which lm-eval does not have, is told by the name', (name, higher) => {
    expect(metricFacts(name).higherIsBetter).toBe(higher);
  });
});

describe('metrics of a results file', () => {
  it('are told from standard errors and from facts that stand beside them', () => {
    const metrics = {
      'acc,none': 0.5,
      'acc_stderr,none': 0.1,
      'f1,get-answer': 'N/A',
      alias: 'N/A',
    } as const;
    expect(metricsIn(metrics)).toEqual([{ metric: 'acc', filter: 'none' }]);
    expect(splitMetricKey('exact_match,flexible-extract')).toEqual({
      metric: 'exact_match',
      filter: 'flexible-extract',
    });
  });

  it('stand in the order of their filters', () => {
    const filters = ['flexible-extract', 'strict-match', 'none', 'custom'];
    expect(filters.sort(compareFilters)).toEqual(['none', 'strict-match', 'custom', 'flexible-extract']);
  });

  it('are percent only in SQuAD', () => {
    expect(metricScale({ 'f1,none': 57, 'HasAns_exact,none': 'N/A' }, 'f1')).toBe(100);
    expect(metricScale({ 'f1,none': 0.57 }, 'f1')).toBe(1);
    expect(metricScale({ 'acc,none': 0.5, 'HasAns_exact,none': 57 }, 'acc')).toBe(1);
  });
});

/**
 * The library's metrics, filters, versions and groups against lm-eval's, with the same made-up model
 * (real/make_library.py): what the hashes of prompts do not see.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aggregateGroup, leafTasks, prepareTask, type ScoredTask, scoreTask } from '../src/index.ts';
import { fakeResponse } from './fake-model.ts';
import { hasRows, library, ownRoot, taskWithRows } from './real/library-rows.ts';

type Metrics = Readonly<Record<string, number | string>>;

interface Expected {
  readonly alias: string;
  readonly version: number | string;
  readonly metrics: Metrics;
  /** A task's, not a group's. */
  readonly 'n-shot'?: number;
  readonly higher_is_better?: Readonly<Record<string, boolean>>;
  /** Only of the task votes: filter, responses, what the filter left. */
  readonly resps?: readonly unknown[];
}

const expected: Readonly<Record<string, Expected>> = JSON.parse(
  readFileSync(new URL('./fixtures/library/scores.json', import.meta.url), 'utf8'),
);
/** As in make_library.py; lm-eval's default takes its own program minutes. */
const BOOTSTRAP_ITERATIONS = 2;
const scored = new Map<string, ScoredTask>();

async function scoreOf(name: string): Promise<ScoredTask> {
  const known = scored.get(name);
  if (known !== undefined) return known;
  const options = { root: ownRoot, numFewshot: null, limit: null, seed: 1234 };
  const prepared = await prepareTask(taskWithRows(name), options);
  const result = scoreTask(
    prepared,
    prepared.docs.map((doc) => doc.requests.map(fakeResponse)),
    BOOTSTRAP_ITERATIONS,
  );
  scored.set(name, result);
  return result;
}

function compare(got: Metrics, want: Metrics): void {
  expect(Object.keys(got)).toEqual(Object.keys(want));
  for (const [key, value] of Object.entries(want)) {
    if (typeof value !== 'number') expect(got[key], key).toBe(value);
    else expect(Math.abs(Number(got[key]) - value), key).toBeLessThanOrEqual(1e-12 * Math.abs(value));
  }
}

describe('library: scores', () => {
  for (const [name, want] of Object.entries(expected)) {
    if (want['n-shot'] === undefined) continue;
    it.skipIf(!hasRows(name))(name, async () => {
      const got = await scoreOf(name);
      compare(got.metrics, want.metrics);
      expect(got.alias).toBe(want.alias);
      expect(got.version).toBe(want.version);
      expect(got.numFewshot).toBe(want['n-shot']);
      expect(got.higherIsBetter).toEqual(want.higher_is_better);
    });
  }

  for (const name of ['mmlu', 'mmlu_continuation']) {
    it.skipIf(!hasRows('mmlu_anatomy'))(`groups of ${name}`, async () => {
      const group = library.resolve(name);
      if (group.kind !== 'group') throw new Error(`${name} is a ${group.kind}`);
      for (const task of leafTasks(group)) await scoreOf(task.name);
      const rows = aggregateGroup(group, scored);
      expect(rows).toHaveLength(5);
      for (const row of rows) {
        const want = expected[row.name];
        if (want === undefined) throw new Error(`lm-eval has no group ${row.name}`);
        compare(row.metrics, want.metrics);
        expect(row.alias).toBe(want.alias);
        expect(String(row.version)).toBe(String(want.version));
      }
    });
  }

  it('repeats: one greedy answer stands for all, through majority_vote and take_first_k', async () => {
    const { samples } = await scoreOf('votes');
    expect(samples.map((row) => [row.filter, row.resps, row.filtered_resps])).toEqual(
      expected['votes']?.resps,
    );
  });

  it('acc_per_token can be asked of a library task', async () => {
    const metrics = [{ metric: 'acc' }, { metric: 'acc_norm' }, { metric: 'acc_per_token' }];
    const options = { root: ownRoot, numFewshot: 0, limit: null, seed: 1234 };
    const prepared = await prepareTask(taskWithRows('social_iqa', { metric_list: metrics }), options);
    const responses = prepared.docs.map((doc) => doc.requests.map(fakeResponse));
    const { metrics: got } = scoreTask(prepared, responses);
    const right = prepared.docs.filter((doc, index) => {
      const perToken = (responses[index] ?? []).map((response) =>
        response.kind === 'loglikelihood' ? response.logLikelihood / response.tokens : Number.NaN,
      );
      return perToken.indexOf(Math.max(...perToken)) === doc.gold;
    });
    expect(got['acc_per_token,none']).toBe(right.length / prepared.docs.length);
    expect(Object.keys(got)).toContain('acc_norm,none');
  });
});

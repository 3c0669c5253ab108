/**
 * lm-eval 0.4.13 is the judge: the same YAML, the same rows, the same made-up model. Prompts, hashes, samples files
 * byte by byte, scores and standard errors. Expected values: fixtures/make_expected.py.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  aggregateGroup,
  leafTasks,
  openTaskLibrary,
  prepareTask,
  type ScoredTask,
  sampleToJson,
  scoreTask,
  type TaskNode,
} from '../src/index.ts';
import { fakeResponse } from './fake-model.ts';

const root = fileURLToPath(new URL('./fixtures', import.meta.url));
const library = openTaskLibrary({ folders: [`${root}/tasks`] });
const runs = {
  default: { numFewshot: null, limit: null },
  few: { numFewshot: 1, limit: 3 },
  share: { numFewshot: 0, limit: 0.4 },
} as const;

/** exp() differs in the last digit between C libraries, and these rows show its value. */
const showsExp = new Set(['mini_squad', 'mini_mc2']);
/** lm-eval writes numpy's text for an array ("[0.1 0.9]", cut to 8 digits); a list of numbers stands here. */
const showsArray = new Set(['mini_boolq']);

interface Expected {
  readonly results: Record<string, Record<string, number | string>>;
  readonly versions: Record<string, number | string>;
  readonly 'n-shot': Record<string, number>;
  readonly higher_is_better: Record<string, Record<string, boolean>>;
  readonly 'n-samples': Record<string, { original: number; effective: number }>;
}

async function score(node: TaskNode, run: keyof typeof runs): Promise<Map<string, ScoredTask>> {
  const scored = new Map<string, ScoredTask>();
  for (const task of leafTasks(node)) {
    const prepared = await prepareTask(task, { root, seed: 1234, ...runs[run] });
    const responses = prepared.docs.map((doc) => doc.requests.map(fakeResponse));
    scored.set(task.name, scoreTask(prepared, responses, BOOTSTRAP_ITERATIONS));
  }
  return scored;
}

/** Metrics alone: what else lm-eval puts into a result. */
function metricsOf(result: Record<string, number | string>): Record<string, number | string> {
  return Object.fromEntries(Object.entries(result).filter(([key]) => key.includes(',')));
}

/** As in make_expected.py. */
const BOOTSTRAP_ITERATIONS = 2;

function compareMetrics(
  got: Readonly<Record<string, number | string>>,
  want: Record<string, number | string>,
): void {
  expect(Object.keys(got)).toEqual(Object.keys(want));
  for (const [key, value] of Object.entries(want)) {
    expectNear(got[key], value, key);
  }
}

/** Equal, but for the last digits of numbers. */
function expectNear(got: unknown, want: unknown, path: string): void {
  if (typeof want === 'number') {
    expect(typeof got, path).toBe('number');
    expect(Math.abs(Number(got) - want), `${path}: ${got} and ${want}`).toBeLessThanOrEqual(
      1e-12 * Math.abs(want),
    );
  } else if (typeof want === 'object' && want !== null && typeof got === 'object' && got !== null) {
    expect(Object.keys(got), path).toEqual(Object.keys(want));
    const values = new Map(Object.entries(got));
    for (const [key, value] of Object.entries(want)) expectNear(values.get(key), value, `${path}.${key}`);
  } else expect(got, path).toBe(want);
}

function compareRow(task: string, got: string, want: string): void {
  if (showsArray.has(task)) {
    expect({ ...JSON.parse(got), brier_score: null }).toEqual({ ...JSON.parse(want), brier_score: null });
  } else if (showsExp.has(task)) {
    // doc_scores is ours; what it must add up to is checked with the metrics.
    const { doc_scores: _, ...row } = JSON.parse(got) as Record<string, unknown>;
    expectNear(row, JSON.parse(want), task);
  } else expect(got).toBe(want);
}

/** Means of the documents' own scores, in percent, are the metrics that lm-eval's class computes. */
function compareDocScores(scored: ScoredTask): void {
  const rows = scored.samples.flatMap(({ docScores }) => (docScores === null ? [] : [docScores]));
  for (const metric of Object.keys(rows[0] ?? {})) {
    const values = rows.flatMap((row) => row[metric] ?? []);
    const recorded = scored.metrics[`${metric},none`];
    if (values.length === 0) expect(recorded).toBeUndefined();
    else {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expectNear(100 * mean, recorded, metric);
    }
  }
}

for (const run of ['default', 'few', 'share'] as const) {
  const folder = `${root}/expected/${run}`;
  const summary: Record<string, Expected> = JSON.parse(readFileSync(`${folder}/results.json`, 'utf8'));
  const files = readdirSync(folder).filter((file) => file.endsWith('.jsonl'));

  describe(`lm-eval, run ${run}`, () => {
    for (const file of files) {
      const [first = '', second] = file.replace('.jsonl', '').split('.');
      const [top, task] = second === undefined ? ['mini_mmlu', first] : [first, second];
      it(`${top}: ${task}`, async () => {
        const group = second !== undefined || task.startsWith('mini_mmlu_');
        const node = library.resolve(group ? top : task);
        const scored = (await score(node, run)).get(task);
        const want = summary[top];
        if (scored === undefined || want === undefined) throw new Error(`no scores for ${task}`);
        const lines = readFileSync(`${folder}/${file}`, 'utf8').trimEnd().split('\n');
        expect(scored.samples.length).toBe(lines.length);
        for (const [index, row] of scored.samples.entries())
          compareRow(task, sampleToJson(row), lines[index] ?? '');
        compareMetrics(scored.metrics, metricsOf(want.results[task] ?? {}));
        compareDocScores(scored);
        expect(scored.alias).toBe(want.results[task]?.['alias']);
        expect(scored.version).toBe(want.versions[task]);
        expect(scored.numFewshot).toBe(want['n-shot'][task]);
        expect(scored.sampleCount).toEqual(want['n-samples'][task]);
        expect(scored.higherIsBetter).toEqual(want.higher_is_better[task]);
      });
    }

    for (const top of ['mini_mmlu', 'mini_override']) {
      it(`groups of ${top}`, async () => {
        const node = library.resolve(top);
        if (node.kind !== 'group') throw new Error(`${top} is a ${node.kind}`);
        const rows = aggregateGroup(node, await score(node, run));
        const want = summary[top]?.results ?? {};
        for (const row of rows) {
          compareMetrics(row.metrics, metricsOf(want[row.name] ?? {}));
          expect(row.alias).toBe(want[row.name]?.['alias']);
          expect(row.samples).toBe(want[row.name]?.['sample_len']);
        }
        expect(rows.length).toBe(top === 'mini_mmlu' ? 2 : 1);
      });
    }
  });
}

/** Several pruned models against one, and series against series, as people read them. */

import type { ComparisonRecord, SeriesComparisonRecord, Verdict } from '@evalgraph/formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { problemsOf } from '../../formats/test/problems.ts';
import { buildReport } from '../src/build-report.ts';
import type { ReportInput } from '../src/input.ts';
import { renderComparison } from '../src/markdown/report.ts';
import { messages } from '../src/messages.ts';
import { renderReportAs } from '../src/render-tables.ts';
import { reportData } from '../src/report-data.ts';
import { syntheticInput } from './synthetic.ts';

const plain = syntheticInput({ checkpoints: 4, subjects: 3 });
const analysis = { seed: 0, resamples: 2000, alpha: 0.05, power: 0.8, relevantDifference: 0.01 };

/** The synthetic pairs as one comparison. */
const members = plain.comparisons.map(
  (record): ComparisonRecord => ({
    ...record,
    name: `all/${record.name}`,
    analysis,
    among: { comparison: 'all', models: plain.comparisons.length },
    tasks: record.tasks.map((task) => ({
      ...task,
      adjustedP: task.mcnemar?.p ?? null,
      verdict: task.stderr === null ? null : task.difference < -0.1 ? 'significant' : 'underpowered',
    })),
  }),
);
const set = {
  format: 1,
  form: 'several',
  name: 'all',
  pipeline: 'demo',
  limit: null,
  models: members,
} as const;

const STEPS = [1000, 2000, 3000, 5000];
const curve = (
  task: string,
  gaps: readonly number[],
  verdicts: readonly Verdict[],
): SeriesComparisonRecord['curves'][number] => ({
  task,
  metric: 'acc',
  filter: 'none',
  higherIsBetter: true,
  points: STEPS.map((step, index) => ({
    step,
    documents: 400,
    dense: 0.5 + index / 20,
    pruned: 0.5 + index / 20 + (gaps[index] ?? 0),
    difference: gaps[index] ?? 0,
    stderr: 0.01,
    interval95: [(gaps[index] ?? 0) - 0.0196, (gaps[index] ?? 0) + 0.0196],
    recovery: { value: 0.9, interval95: [0.8, 1] },
    adjustedP: 0.5,
    verdict: verdicts[index] ?? null,
  })),
  change: {
    p: 0.01,
    value: (gaps.at(-1) ?? 0) - (gaps[0] ?? 0),
    interval95: [-0.2, -0.1],
    adjustedP: 0.01,
    verdict: verdicts.at(-1) ?? 'underpowered',
  },
});
const identity = (model: string, step: number) => ({
  model,
  checkpoint: `${model}@${step}`,
  step,
  digest: `sha256:${'c'.repeat(64)}`,
});
const bySteps: SeriesComparisonRecord = {
  format: 1,
  form: 'series',
  name: 'steps',
  pipeline: 'demo',
  limit: null,
  steps: STEPS.map((step) => ({ step, dense: identity('demo', step), pruned: identity('sparse', step) })),
  onlyDense: [4000],
  onlyPruned: [6000],
  leftOut: [],
  curves: [
    curve(
      'hellaswag',
      [-0.01, -0.02, -0.05, -0.12],
      ['underpowered', 'underpowered', 'significant', 'significant'],
    ),
    curve('boolq', [0.01, 0, 0.02, 0.01], ['underpowered', 'underpowered', 'underpowered', 'underpowered']),
  ],
  perplexity: [
    {
      protocol: 'wanda',
      corpus: 'wikitext-2',
      seqlen: 2048,
      points: STEPS.map((step) => ({ step, dense: 6, pruned: 7.5, ratio: 1.25, interval95: [1.2, 1.3] })),
    },
  ],
  sparsity: STEPS.map((step) => ({ step, dense: 0, pruned: 0.5 })),
  analysis,
};

const input: ReportInput = { ...plain, comparisons: members, seriesComparisons: [bySteps] };
let files: ReadonlyMap<string, Uint8Array | string>;
beforeAll(async () => {
  files = await buildReport(input);
});

/** The lines of the first table whose head is so. */
function tableOf(markdown: string, head: RegExp): readonly string[] {
  const lines = markdown.split('\n');
  const start = lines.findIndex((line) => head.test(line));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return start === -1 ? [] : lines.slice(start, end);
}

it('the same files on both sides are told as such, not as too few documents', () => {
  const [record] = members;
  if (record === undefined) throw new Error('no comparison');
  const twin = { ...record, pruned: { ...record.pruned, digest: record.dense.digest } };
  const text = renderComparison(twin);
  expect(text).toContain('Both sides are the same checkpoint, file for file');
  expect(text).not.toContain('Cannot be told');
  expect(renderComparison(record)).toContain('Cannot be told');
});

describe('several pruned models', () => {
  const text = renderComparison(set);

  it('stand side by side, a line a task, each difference with its verdict', () => {
    const lines = tableOf(text, /^\| Task /);
    expect(lines[0]).toMatch(/^\| Task +\| +Dense \| +wanda-50 \| +blocks-16x16 \|$/);
    expect(lines).toHaveLength(2 + (members[0]?.tasks.length ?? 0));
    expect(lines.find((line) => line.includes('wikitext'))).toContain('not tested');
    expect(lines.filter((line) => /\((-|\+)\d\.\d{4}, (significant|underpowered)\)/.test(line)).length).toBe(
      lines.length - 3,
    );
  });

  it('have one row of sparsity and perplexity, with the ratio to the dense model', () => {
    const lines = tableOf(text, /^\| Metric/);
    expect(lines.at(-1)).toMatch(/2\.1300 \| 2\.3100 \(x1\.0845\) \| 3\.0200 \(x1\.4178\)/);
  });

  it('lead to their own reports, and say over what p was corrected', () => {
    expect(text).toContain('### [wanda-50](wanda-50/comparison_report.md)');
    expect(text).toContain('over all rows of the 2 pruned models of the comparison all.');
  });

  it('stand in the report as one comparison: a table, a chart, and what is of each', () => {
    const report = String(files.get('report.md'));
    expect(report.match(/^### \[.*$/gm)).toEqual([
      '### [all](../comparisons/all/comparison_report.md)',
      '### [all/wanda-50](../comparisons/all/wanda-50/comparison_report.md)',
      '### [all/blocks-16x16](../comparisons/all/blocks-16x16/comparison_report.md)',
      '### [steps](../comparisons/steps/comparison_report.md)',
    ]);
    const charts = [...files.keys()].filter((name) => /comparison-.*\.vl\.json$/.test(name));
    expect(charts).toEqual(['charts/comparison-all.vl.json', 'charts/comparison-steps.vl.json']);
    // Every difference is in the page and in the tables, if not in the Markdown.
    expect(tableOf(report, /^\| Task: model/)).toEqual([]);
    expect(String(files.get('index.html'))).toContain('all: differences');
  });
});

describe('two series', () => {
  const text = renderComparison(bySteps);

  it('are compared at common steps, and the others are named', () => {
    expect(text).toContain('Compared at 4 steps that both have: 1,000; 2,000; 3,000; 5,000.');
    expect(text).toContain('Not compared, because only demo has them: 4,000.');
    expect(text).toContain('Not compared, because only sparse has them: 6,000.');
  });

  it('say in words where they part and what becomes of it', () => {
    expect(text).toContain('- Pruned is significantly worse: hellaswag (acc) at step 3,000; 5,000.');
    expect(text).toContain('- At no step a significant difference (1): boolq (acc).');
    expect(text).toContain(
      '- From step 1,000 to 5,000 pruned lost ground, significantly (1): hellaswag (acc) -0.1100.',
    );
    expect(text).toContain(
      'a change cannot be told at this number of documents (1): boolq (acc). This is no finding',
    );
  });

  it('have a line a step: in one table for all tasks, and for each task in full', () => {
    const all = tableOf(text, /^\| Step +\| +hellaswag/);
    expect(all).toHaveLength(2 + STEPS.length);
    expect(all.at(-1)).toContain('0.6500, 0.5300 (-0.1200)');
    const own = tableOf(text.slice(text.indexOf('### hellaswag')), /^\| Step/);
    expect(own.at(-1)).toMatch(/5,000 .* -0\.1200 \| \[-0\.1396, -0\.1004\] .* 90\.00% .* significant/);
    expect(tableOf(text, /^\| Step +\| Sparsity/).at(-1)).toContain('x1.2500 | [1.2000, 1.3000]');
  });

  it('draw both curves of each task and each perplexity, with what is between them', () => {
    const spec = JSON.parse(String(files.get('charts/comparison-steps.vl.json'))) as {
      concat: readonly { vconcat: readonly unknown[] }[];
    };
    expect(spec.concat.map(({ vconcat }) => vconcat.length)).toEqual([2, 2, 2]);
    expect(files.get('charts/comparison-steps.png')?.length).toBeGreaterThan(10_000);
  });

  it('are in the summary by step, and in every format of the tables', () => {
    const { comparisons } = JSON.parse(String(files.get('summary.json'))) as {
      comparisons: readonly { readonly name: string; readonly difference: number }[];
    };
    expect(
      comparisons.filter(({ name }) => name === 'steps@5000').map(({ difference }) => difference),
    ).toEqual([-0.12, 0.01]);
    for (const format of ['csv', 'latex', 'json'] as const) {
      const tables = renderReportAs(input, format);
      expect(tables, format).toContain('steps: from the first step to the last');
      expect(tables, format).toContain('all: differences');
    }
  });

  it('have neither trend nor change with one common step', () => {
    const one = renderComparison({
      ...bySteps,
      steps: bySteps.steps.slice(0, 1),
      curves: bySteps.curves.map((each) => ({ ...each, points: each.points.slice(0, 1), change: null })),
    });
    expect(one).toContain('Compared at 1 step that both have: 1,000.');
    expect(one).not.toContain('From step');
    expect(one).not.toContain('| Task');
  });
});

it('refuses numbers that are none, and names that stand twice', async () => {
  const [first, ...rest] = bySteps.sparsity;
  if (first === undefined) throw new Error('no step');
  const broken = { ...bySteps, sparsity: [{ ...first, pruned: Number.NaN }, ...rest] };
  expect(await problemsOf(() => renderComparison(broken))).toEqual([
    messages.notFinite('comparison steps.sparsity.0.pruned', Number.NaN),
  ]);
  const twice = { ...input, seriesComparisons: [bySteps, bySteps] };
  expect(await problemsOf(() => reportData(twice))).toEqual([messages.listedTwice('Comparison', 'steps')]);
});

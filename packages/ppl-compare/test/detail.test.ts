import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../formats/test/problems.ts';
import type { ComparisonSide } from '../src/compare.ts';
import { sharedContexts } from '../src/contexts.ts';
import { compareAll, type DetailInput } from '../src/detail.ts';
import { messages } from '../src/messages.ts';
import { compareSeries } from '../src/series-comparison.ts';
import { ANALYSIS_DEFAULTS } from '../src/statistics/analyse.ts';
import { cell, compareInDetail, comparePair, perplexityCell, rows, side } from './sides.ts';

const groupSubtasks = { mmlu: ['stem', 'mmlu_law'], stem: ['mmlu_anatomy', 'mmlu_physics'] };
const mean = (scores: readonly number[]): number => scores.reduce((a, b) => a + b, 0) / scores.length;

/** MMLU in small: two subjects in a category, one beside it. */
function mmlu(
  digest: string,
  scores: Readonly<Record<string, readonly number[]>>,
  step: number | null = null,
): ComparisonSide {
  const metrics = Object.entries(scores).map(([name, list]) => [name, { 'acc,none': mean(list) }]);
  const all = mean(Object.values(scores).flat());
  const cells = [
    cell(
      digest,
      'mmlu',
      { mmlu: { 'acc,none': all }, stem: { 'acc,none': 0 }, ...Object.fromEntries(metrics) },
      { groupSubtasks },
    ),
    perplexityCell(digest, { perplexity: digest === 'dense' ? 5 : 6 }),
  ];
  const documents = Object.entries(scores).map(([name, list]) => [name, rows(list.map((acc) => ({ acc })))]);
  const made = side(digest, cells, Object.fromEntries(documents));
  return { ...made, checkpoint: { ...made.checkpoint, step } };
}

const denseScores = { mmlu_anatomy: [1, 1, 0, 1], mmlu_physics: [1, 0], mmlu_law: [1, 1, 1, 0] };
const prunedScores = { mmlu_anatomy: [1, 0, 0, 0], mmlu_physics: [0, 1], mmlu_law: [1, 1, 1, 0] };

function input(dense: ComparisonSide, pruned: ComparisonSide): DetailInput {
  return { name: 'c', pipeline: 'p', limit: null, tasks: ['mmlu'], dense, pruned, contexts: new Map() };
}

describe('a comparison in detail', () => {
  const given = input(mmlu('dense', denseScores), mmlu('pruned', prunedScores));
  const record = compareInDetail(given, ANALYSIS_DEFAULTS);

  it('holds the plain record, whole', () => {
    expect(record).toMatchObject(comparePair(given));
  });

  it('says where answers flipped: by document, subject and category', () => {
    expect(record.tasks[0]?.flips).toEqual({
      documents: 10,
      rightToWrong: [
        { subject: 'mmlu_anatomy', document: 1 },
        { subject: 'mmlu_anatomy', document: 3 },
        { subject: 'mmlu_physics', document: 0 },
      ],
      wrongToRight: [{ subject: 'mmlu_physics', document: 1 }],
      bySubject: [
        { name: 'mmlu_anatomy', documents: 4, rightToWrong: 2, wrongToRight: 0 },
        { name: 'mmlu_physics', documents: 2, rightToWrong: 1, wrongToRight: 1 },
        { name: 'mmlu_law', documents: 4, rightToWrong: 0, wrongToRight: 0 },
      ],
      byCategory: [{ name: 'stem', documents: 6, rightToWrong: 3, wrongToRight: 1 }],
    });
  });

  it('tests it, and says that ten questions are too few', () => {
    const [task] = record.tasks;
    expect(task).toMatchObject({ verdict: 'underpowered', analysis: { test: 'mcnemar', documents: 10 } });
    expect(task?.adjustedP).toBeCloseTo(0.625, 12); // 3 against 1
    expect(task?.analysis?.recovery?.value).toBeCloseTo(5 / 7, 14);
  });

  it('takes documents of one context together', () => {
    const contexts = new Map([['mmlu_anatomy', new Map([0, 1, 2, 3].map((id) => [id, `text ${id >> 1}`]))]]);
    const clustered = compareInDetail({ ...given, contexts }, ANALYSIS_DEFAULTS);
    expect(clustered.tasks[0]?.analysis).toMatchObject({ documents: 10, clusters: 8, test: 'permutation' });
  });

  it('corrects over all models of a table, in any order of them', () => {
    const others = [given, input(mmlu('dense', denseScores), mmlu('pruned', denseScores))];
    const [first, same] = compareAll(others, ANALYSIS_DEFAULTS);
    expect(first?.tasks[0]?.adjustedP).toBe(1); // 2 x 0.625
    expect(same?.tasks[0]).toMatchObject({ difference: 0, adjustedP: 1 });
    const turned = compareAll([...others].reverse(), ANALYSIS_DEFAULTS);
    expect([...turned].reverse()).toEqual([first, same]);
  });
});

describe('shared contexts', () => {
  const row = (id: number, field: string, text: string) => ({ doc_id: id, doc: new Map([[field, text]]) });

  it('are found by the fields that hold them, and are none where nothing is shared', () => {
    expect(sharedContexts([row(0, 'passage', 'a'), row(1, 'passage', 'a')])).toEqual(
      new Map([
        [0, 'a'],
        [1, 'a'],
      ]),
    );
    expect(sharedContexts([row(0, 'context', 'a'), row(1, 'context', 'b')])).toBeNull();
    expect(sharedContexts([row(0, 'question', 'a'), row(1, 'question', 'a')])).toBeNull();
  });
});

describe('a series against a series', () => {
  const series = (digest: string, scores: typeof denseScores, steps: readonly number[]) =>
    steps.map((step) => mmlu(digest, scores, step));
  const given = {
    name: 'c',
    pipeline: 'p',
    limit: null,
    tasks: ['mmlu'],
    contexts: new Map(),
    dense: series('dense', denseScores, [300, 100, 200]),
    pruned: series('pruned', prunedScores, [100, 300, 400]),
  };

  it('pairs by step, in order, and names the steps of one side only', () => {
    const record = compareSeries(given, ANALYSIS_DEFAULTS);
    expect(record).toMatchObject({ onlyDense: [200], onlyPruned: [400] });
    expect(
      record.curves.map(({ task, metric, points }) => [task, metric, points.map(({ step }) => step)]),
    ).toEqual([['mmlu', 'acc', [100, 300]]]);
    expect(record.curves[0]?.points[0]).toMatchObject({ dense: 0.7, pruned: 0.5, adjustedP: 1 });
    expect(record.perplexity[0]).toMatchObject({ protocol: 'wanda', seqlen: 2048 });
    expect(record.perplexity[0]?.points[1]).toEqual({
      step: 300,
      dense: 5,
      pruned: 6,
      ratio: 1.2,
      interval95: null,
    });
    expect(record.sparsity[0]).toEqual({ step: 100, dense: 0, pruned: 0.65 });
  });

  it('says whether the distance between the series changed, as scipy would', () => {
    const late = {
      dense: { mmlu_anatomy: [1, 1, 1, 1], mmlu_physics: [1, 1], mmlu_law: [1, 1, 1, 0] },
      pruned: { mmlu_anatomy: [0, 0, 0, 0], mmlu_physics: [0, 1], mmlu_law: [1, 0, 0, 0] },
    };
    const moving = {
      ...given,
      dense: [...series('dense', denseScores, [100, 200]), mmlu('dense', late.dense, 300)],
      pruned: [...series('pruned', prunedScores, [100, 200]), mmlu('pruned', late.pruned, 300)],
    };
    const change = compareSeries(moving, ANALYSIS_DEFAULTS).curves[0]?.change;
    // scipy.stats.permutation_test((last - first,), mean, permutation_type='samples'), exact: 2 of 2^5 assignments.
    expect(change).toMatchObject({ p: 0.0625, adjustedP: 0.0625, verdict: 'underpowered' });
    expect(change?.value).toBeCloseTo(-0.5, 14);
    expect(change?.interval95?.[0]).toBeCloseTo(-0.8753045298049544, 12);
    expect(change?.interval95?.[1]).toBeCloseTo(-0.12469547019504557, 12);
    const still = compareSeries(given, ANALYSIS_DEFAULTS).curves[0]?.change;
    expect(still).toMatchObject({ value: 0, p: 1 });
    const single = compareSeries({ ...given, dense: given.dense.slice(0, 1) }, ANALYSIS_DEFAULTS);
    expect(single.curves[0]?.change).toBeNull();
  });

  it('names further steps that it was not given', () => {
    const besides = { onlyDense: [50], onlyPruned: [500, 450], leftOut: [150] };
    const record = compareSeries({ ...given, besides }, ANALYSIS_DEFAULTS);
    expect(record).toMatchObject({ onlyDense: [50, 200], onlyPruned: [400, 450, 500], leftOut: [150] });
  });

  it('refuses checkpoints without steps, steps twice, and series that never meet', async () => {
    const dense = [...series('dense', denseScores, [1, 1]), mmlu('dense', denseScores)];
    expect(await problemsOf(() => compareSeries({ ...given, dense }, ANALYSIS_DEFAULTS))).toEqual([
      messages.duplicateStep('dense', 1),
      messages.stepMissing('dense', 'dense'),
    ]);
    const apart = { ...given, pruned: series('pruned', prunedScores, [7]) };
    expect(await problemsOf(() => compareSeries(apart, ANALYSIS_DEFAULTS))).toEqual([
      messages.noCommonStep([300, 100, 200], [7]),
    ]);
  });
});

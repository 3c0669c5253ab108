import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../formats/test/problems.ts';
import type { ComparisonInput, ComparisonSide } from '../src/compare.ts';
import { messages } from '../src/messages.ts';
import { comparisonFiles, modelResults } from '../src/outputs.ts';
import { ANALYSIS_DEFAULTS } from '../src/statistics/analyse.ts';
import { cell, compareInDetail, comparePair, figure, perplexityCell, rows, side } from './sides.ts';

const boolRows = (scores: readonly number[]) => rows(scores.map((acc) => ({ acc })));

function input(dense: ComparisonSide, pruned: ComparisonSide, tasks: readonly string[]): ComparisonInput {
  return { name: 'c', pipeline: 'p', limit: null, tasks, dense, pruned };
}

function boolq(digest: string, scores: readonly number[], more = {}): ComparisonSide {
  const acc = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return side(digest, [cell(digest, 'boolq', { boolq: { 'acc,none': acc } }, more)], {
    boolq: boolRows(scores),
  });
}

describe('comparePair', () => {
  it('pairs a right-or-wrong task', () => {
    const record = comparePair(input(boolq('dense', [1, 1, 1, 0]), boolq('pruned', [1, 0, 0, 0]), ['boolq']));
    // Differences 0, -1, -1, 0: mean -1/2, sd sqrt(1/3), se sqrt(1/12).
    expect(record.tasks).toEqual([
      {
        task: 'boolq',
        metric: 'acc',
        filter: 'none',
        higherIsBetter: true,
        documents: 4,
        dense: 0.75,
        pruned: 0.25,
        difference: -0.5,
        relative: -0.5 / 0.75,
        stderr: expect.closeTo(Math.sqrt(1 / 12), 14) as number,
        interval95: [
          expect.closeTo(-0.5 - 1.96 * Math.sqrt(1 / 12), 14) as number,
          expect.closeTo(-0.5 + 1.96 * Math.sqrt(1 / 12), 14) as number,
        ],
        mcnemar: { rightToWrong: 2, wrongToRight: 0, p: 0.5 },
      },
    ]);
    expect(record.sparsity.pruned.linear).toEqual({ zeros: 130, elements: 200 });
  });

  it('has no relative difference from a score of 0', () => {
    const record = comparePair(input(boolq('dense', [0, 0]), boolq('pruned', [0, 1]), ['boolq']));
    expect(record.tasks[0]).toMatchObject({ difference: 0.5, relative: null });
  });

  // Two tasks of 1 and 3 documents: by size (1 + 1) / 4, alike (1 + 1/3) / 2.
  it.each([
    ['by size', 0.5, 0.25],
    ['alike', 2 / 3, 1 / 6],
  ])('takes the weights %s under which the group got its score', (_, dense, pruned) => {
    const make = (digest: string, value: number, a: readonly number[], b: readonly number[]) =>
      side(
        digest,
        [
          cell(
            digest,
            'g',
            { g: { 'acc,none': value }, a: { 'acc,none': a[0] ?? 0 }, b: { 'acc,none': 1 / 3 } },
            { groupSubtasks: { g: ['a', 'b'] } },
          ),
        ],
        { a: boolRows(a), b: boolRows(b) },
      );
    const record = comparePair(
      input(make('dense', dense, [1], [1, 0, 0]), make('pruned', pruned, [0], [0, 1, 0]), ['g']),
    );
    expect(record.tasks[0]).toMatchObject({ documents: 4, difference: pruned - dense });
    expect(record.tasks[0]?.mcnemar).toMatchObject({ rightToWrong: 2, wrongToRight: 1 });
    // One document has no standard error, so the group has none either.
    expect(record.tasks[0]?.stderr).toBeNull();
  });

  it('takes a group without a metric as a list of tasks, and leaves out what is not defined for either', () => {
    const make = (digest: string, score: number) =>
      side(
        digest,
        [
          cell(
            digest,
            'suite',
            { suite: {}, a: { 'acc,none': score, 'f1,none': 'N/A' }, b: { 'acc,none': 1 } },
            { groupSubtasks: { suite: ['a', 'b'] } },
          ),
        ],
        { a: boolRows([score, score]), b: boolRows([1, 1]) },
      );
    const record = comparePair(input(make('dense', 1), make('pruned', 0), ['suite']));
    expect(record.tasks.map(({ task, metric, difference }) => [task, metric, difference])).toEqual([
      ['a', 'acc', -1],
      ['b', 'acc', 0],
    ]);
  });

  it("gives squad's percent as fractions, and its answerable questions apart", () => {
    const make = (digest: string, exact: readonly number[]) => {
      const percent = (values: readonly number[]) =>
        (100 * values.reduce((a, b) => a + b, 0)) / values.length;
      const answerable = exact.slice(0, 2);
      return side(
        digest,
        [
          cell(digest, 'squadv2', {
            squadv2: {
              'exact,none': percent(exact),
              'f1,none': percent(exact),
              'HasAns_exact,none': percent(answerable),
              'exact_stderr,none': 'N/A',
            },
          }),
        ],
        {
          squadv2: rows(
            exact.map((score, index) => ({
              exact: score,
              f1: score,
              HasAns_exact: index < 2 ? score : null,
            })),
          ),
        },
      );
    };
    const record = comparePair(input(make('dense', [1, 1, 0, 1]), make('pruned', [0, 1, 0, 1]), ['squadv2']));
    expect(
      record.tasks.map(({ metric, dense, pruned, documents }) => [metric, dense, pruned, documents]),
    ).toEqual([
      ['exact', 0.75, 0.5, 4],
      ['f1', 0.75, 0.5, 4],
      ['HasAns_exact', 1, 0.5, 2],
    ]);
  });

  it('compares each filter, and a perplexity without a standard error', () => {
    const make = (digest: string, score: number) =>
      side(
        digest,
        [
          cell(digest, 'gsm8k', {
            gsm8k: { 'exact_match,flexible-extract': 1, 'exact_match,strict-match': score },
          }),
          cell(digest, 'wikitext', {
            wikitext: { 'word_perplexity,none': 11.2, 'byte_perplexity,none': 1.5 },
          }),
        ],
        {
          gsm8k: [
            ...rows([{ exact_match: score }, { exact_match: score }], 'strict-match'),
            ...rows([{ exact_match: 1 }, { exact_match: 1 }], 'flexible-extract'),
          ],
          wikitext: rows([{ word_perplexity: [-3, 4] }]),
        },
      );
    const record = comparePair(input(make('dense', 1), make('pruned', 0), ['gsm8k', 'wikitext']));
    expect(
      record.tasks.map(({ task, metric, filter, stderr, higherIsBetter }) => ({
        task,
        metric,
        filter,
        stderr,
        higherIsBetter,
      })),
    ).toEqual([
      { task: 'gsm8k', metric: 'exact_match', filter: 'strict-match', stderr: 0, higherIsBetter: true },
      { task: 'gsm8k', metric: 'exact_match', filter: 'flexible-extract', stderr: 0, higherIsBetter: true },
      { task: 'wikitext', metric: 'word_perplexity', filter: 'none', stderr: null, higherIsBetter: false },
    ]);
  });
});

describe('comparePair refuses', () => {
  const dense = boolq('dense', [1, 0, 1]);
  const refused = (pruned: ComparisonSide, tasks = ['boolq'], base = dense) =>
    problemsOf(() => comparePair(input(base, pruned, tasks)));
  const withRows = (documents: Readonly<Record<string, ReturnType<typeof boolRows>>>) =>
    side('pruned', boolq('pruned', [1, 0, 1]).cells, documents);

  it('documents of one side only', async () => {
    const shifted = boolRows([1, 0, 1]).map((row) => ({ ...row, doc_id: row.doc_id + 1 }));
    expect(await refused(withRows({ boolq: shifted }))).toEqual([
      messages.unpairedDocuments('boolq', 'none', [0], [3]),
    ]);
  });

  it.each([
    ['doc_hash', 'text'],
    ['prompt_hash', 'prompt'],
    ['target_hash', 'target'],
  ])('a different %s', async (field, what) => {
    const changed = boolRows([1, 0, 1]).map((row) => (row.doc_id === 2 ? { ...row, [field]: 'other' } : row));
    expect(await refused(withRows({ boolq: changed }))).toEqual([
      messages.documentsDiffer('boolq', 'none', what, [2]),
    ]);
  });

  it('a document twice, a score left out, samples left out', async () => {
    const good = boolRows([1, 0, 1]);
    expect(await refused(withRows({ boolq: [...good, ...good.slice(1, 2)] }))).toEqual([
      messages.duplicateDocument('boolq', 'none', 'pruned', 1),
    ]);
    const holed = good.map((row) => (row.doc_id === 1 ? { ...row, scores: {} } : row));
    expect(await refused(withRows({ boolq: holed }))).toEqual([messages.scoreMissing('boolq', 'acc', [1])]);
    expect(await refused(withRows({}))).toEqual([messages.samplesMissing('boolq', 'pruned')]);
  });

  it('samples that are not of the results', async () => {
    expect(await refused(withRows({ boolq: boolRows([0, 0, 1]) }))).toEqual([
      messages.scoresContradict('boolq', 'acc', 'pruned', 2 / 3, 1 / 3),
    ]);
  });

  it('cells that are missing, of another checkpoint, or made otherwise', async () => {
    expect(await refused(boolq('pruned', [1, 0, 1]), ['piqa'])).toEqual([
      messages.cellMissing('piqa', 'dense'),
      messages.cellMissing('piqa', 'pruned'),
    ]);
    const stale = { ...boolq('old', [1, 0, 1]), checkpoint: dense.checkpoint };
    expect(await refused(stale)).toEqual([messages.wrongCheckpoint('boolq', 'pruned', 'dense', 'old')]);
    const other = boolq('pruned', [1, 0, 1], { numFewshot: { boolq: 5 }, limit: 3 });
    expect(await refused(other)).toEqual([
      messages.settingsDiffer('boolq', 'the limit', 'none', '3'),
      messages.settingsDiffer('boolq', 'the number of shots', '0', '5'),
    ]);
  });

  it('a comparison of nothing', async () => {
    expect(await refused(boolq('pruned', [1, 0, 1]), [])).toEqual([messages.nothingMeasured('c')]);
  });

  it.each([
    [{ seqlen: 4096 }, 'seqlen', '2048', '4096'],
    [{ tokenizerDigest: 'u' }, 'tokenizer', 't', 'u'],
    [{ corpus: 'c4' }, 'corpus', figure.corpus, 'c4'],
  ])('perplexities that were measured otherwise: %j', async (changed, what, a, b) => {
    const base = side('dense', [perplexityCell('dense')], {});
    const pruned = side('pruned', [perplexityCell('pruned', changed)], {});
    expect(await refused(pruned, [], base)).toEqual([messages.perplexityDiffers('wanda', what, a, b)]);
  });

  it('perplexities of different protocols', async () => {
    const base = side('dense', [perplexityCell('dense')], {});
    const pruned = side('pruned', [perplexityCell('pruned', { protocol: 'llama.cpp' })], {});
    expect(await refused(pruned, [], base)).toEqual([
      messages.perplexityMissing('wanda', 'pruned'),
      messages.perplexityMissing('llama.cpp', 'dense'),
    ]);
  });
});

describe('files of users', () => {
  const make = (digest: string, score: number, perplexity: number) =>
    side(
      digest,
      [
        cell(digest, 'gsm8k', { gsm8k: { 'exact_match,strict-match': score } }),
        perplexityCell(digest, { perplexity }),
      ],
      { gsm8k: rows([{ exact_match: score }, { exact_match: score }], 'strict-match') },
    );
  const record = comparePair(input(make('dense', 1, 5), make('pruned', 0, 6), ['gsm8k']));

  it("keep the names of the users' scripts", () => {
    expect(modelResults(record, 'pruned', 'models/pruned')).toMatchObject({
      model_path: 'models/pruned',
      sparsity: 0.65,
      wikitext_ppl: 6,
      tasks: { gsm8k: { accuracy: 0 } },
    });
  });

  it('say null where no wikitext perplexity was measured', () => {
    const [pair] = record.perplexity;
    if (pair === undefined) throw new Error('no perplexity');
    const demo = { ...pair, dense: { ...pair.dense, corpus: 'demo' } };
    expect(modelResults({ ...record, perplexity: [demo] }, 'dense', 'm').wikitext_ppl).toBeNull();
  });

  it('hold a comparison in detail too, whose windows stay in the third alone', () => {
    const detailed = compareInDetail(
      {
        ...input(make('dense', 1, 5), make('pruned', 0, 6), ['gsm8k']),
        contexts: new Map(),
      },
      ANALYSIS_DEFAULTS,
    );
    const files = comparisonFiles(detailed, { dense: 'a', pruned: 'b' });
    expect(JSON.parse(files.get('comparison_results.json') ?? '')).toEqual(detailed);
    expect(files.get('pruned_model_results.json')).not.toMatch(/window(NllNats|Weights)/);
  });

  it('are the same bytes for the same record, and the third is the record', () => {
    const paths = { dense: 'a', pruned: 'b' };
    const files = comparisonFiles(record, paths);
    expect(files).toEqual(comparisonFiles(structuredClone(record), paths));
    expect(JSON.parse(files.get('comparison_results.json') ?? '')).toEqual(record);
  });
});

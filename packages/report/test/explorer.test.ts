import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../formats/test/problems.ts';
import { formatAddress, NO_VIEW, parseAddress } from '../page/address.ts';
import { choose, type Pair, VERDICTS, type Wanted } from '../page/choose.ts';
import { FIXED } from '../page/chunks.ts';
import { differences } from '../page/diff.ts';
import { formatScore } from '../src/format.ts';
import { messages } from '../src/messages.ts';
import { reportData } from '../src/report-data.ts';
import { collectTask } from '../src/samples/collect.ts';
import { MAX_TEXT, readSample, toFixedPoint } from '../src/samples/read-row.ts';
import { leavesOf } from '../src/scores.ts';
import { syntheticSamples } from './samples.ts';
import { syntheticInput } from './synthetic.ts';

const SEED = { seed: 7, numRuns: 300 };

describe('numbers on the way to the page', () => {
  it('are shown with the digits that the report shows', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (value) => {
        expect(formatScore(toFixedPoint(value) / FIXED)).toBe(formatScore(value));
      }),
      SEED,
    );
  });
});

describe('a row', () => {
  const row = {
    doc_id: 3,
    doc: { sentence: 'ignored?', question: 'Which?\nOne' },
    target: '1',
    arguments: {
      gen_args_0: { arg_0: 'Q: Which?', arg_1: ' no' },
      gen_args_1: { arg_0: 'Q: Which?', arg_1: ' yes' },
    },
    resps: [[['-1.25', 'False']], [['-0.5', 'True']]],
    filtered_resps: [
      ['-1.25', 'False'],
      ['-0.5', 'True'],
    ],
    filter: 'none',
    metrics: ['acc'],
    acc: 1.0,
  };
  const expected = {
    docId: 3,
    label: 'Which? One',
    prompt: 'Q: Which?',
    options: [' no', ' yes'],
    gold: 1,
    nats: [-12500, -5000],
    answer: null,
    filtered: null,
    scores: new Map([['acc', FIXED]]),
  };

  it('of two options is read, in both of its forms', () => {
    expect(readSample(row, 'x')).toMatchObject(expected);
    const older = {
      ...row,
      arguments: [
        ['Q: Which?', ' no'],
        ['Q: Which?', ' yes'],
      ],
      resps: [[[-1.25, false]], [[-0.5, true]]],
      acc: true,
    };
    expect(readSample(older, 'x')).toMatchObject(expected);
  });

  it('whose contexts differ has the difference in its options', () => {
    const contexts = { a: { arg_0: 'He saw Ann', arg_1: ' run' }, b: { arg_0: 'He saw Bob', arg_1: ' run' } };
    expect(readSample({ ...row, arguments: contexts, target: 'run' }, 'x')).toMatchObject({
      prompt: 'He saw ',
      options: ['Ann run', 'Bob run'],
      gold: null,
    });
  });

  it.each([
    ['A', 0],
    ['(B)', 1],
    ['yes', 1],
    ['0', 0],
    ['C', null],
    ['7', null],
    ['', null],
  ])('with the target %j has gold %j', (target, gold) => {
    expect(readSample({ ...row, target }, 'x').gold).toBe(gold);
  });

  it('that was generated keeps its answer and what its filter took of it', () => {
    const generated = {
      ...row,
      arguments: { gen_args_0: { arg_0: 'Q', arg_1: { until: ['\n'] } } },
      resps: [[' so 7']],
      filtered_resps: ['7'],
      metrics: ['exact_match', 'odd'],
      exact_match: 0.5,
      odd: [1, 2],
      filter: 'strict-match',
    };
    expect(readSample(generated, 'x')).toMatchObject({
      options: [],
      nats: [],
      answer: ' so 7',
      filtered: '7',
      filter: 'strict-match',
      scores: new Map([['exact_match', FIXED / 2]]),
    });
  });

  it('with minus infinity, or a text without end, is bounded', () => {
    const long = {
      ...row,
      resps: [[['-inf', 'False']], [['-0.5', 'True']]],
      target: 'x'.repeat(MAX_TEXT + 5),
    };
    const sample = readSample(long, 'x');
    expect(sample.nats).toEqual([null, -5000]);
    expect(sample.target).toBe(`${'x'.repeat(MAX_TEXT)}… (cut: ${MAX_TEXT + 5} characters)`);
  });

  it.each([
    [null, 'a line that is no object'],
    [{ ...row, doc_id: 'a' }, 'a row without a whole doc_id'],
    [{ ...row, resps: 1 }, 'doc_id 3 has no resps'],
    [
      { ...row, resps: [[['x', 'False']], [['-0.5', 'True']]] },
      'doc_id 3 has 2 options and 1 log-likelihoods',
    ],
  ])('that is none is refused: %#', async (bad, why) => {
    expect(await problemsOf(() => readSample(bad, 'a/b'))).toEqual([messages.badSample('a/b', why)]);
  });
});

describe('a task', () => {
  const data = reportData(syntheticInput({ checkpoints: 3, subjects: 2 }));
  const column = (name: string) => {
    const node = data.tasks.flatMap(leavesOf).find((one) => one.name === name);
    if (node === undefined) throw new Error(`no ${name}`);
    return node.column;
  };
  const source = syntheticSamples({ docs: 600, hostile: false });

  it('has the scores and log-likelihoods of its rows, in columns', async () => {
    const boolq = await collectTask(column('boolq'), data.rows, source);
    if (boolq === null) throw new Error('no samples');
    expect(boolq.rows).toEqual([0, 1, 2, 3, 4]);
    expect(boolq.texts.map(({ prompts }) => prompts.length)).toEqual([250, 250, 100]);
    expect(boolq.texts[0]?.shared).toMatch(/^The following are questions about boolq\.\n\n.*\n\n$/s);
    for (const [place, index] of boolq.rows.entries()) {
      const row = data.rows[index];
      const rows = [
        ...(source({ model: '', checkpoint: row?.checkpoint.name ?? '', cell: 'boolq', task: 'boolq' }) ??
          []),
      ];
      for (const [at, raw] of rows.entries()) {
        const { acc, resps, target } = raw as { acc: number; resps: [[string]][]; target: string };
        const nats = resps.map(([[value]]) => Number(value));
        expect(boolq.list.verdicts[place]?.[at]).toBe(String(acc));
        const chunk = boolq.texts[Math.floor(at / 250)];
        const shown = chunk?.nats[place]?.[at % 250]?.map((value) =>
          formatScore((value ?? Number.NaN) / FIXED),
        );
        expect(shown).toEqual(nats.map(formatScore));
        const others = nats.filter((_, option) => option !== Number(target));
        const margin = (nats[Number(target)] ?? Number.NaN) - Math.max(...others);
        // Two rounded figures' difference: at most one unit of the last digit from the difference's own rounding.
        expect(
          Math.abs((boolq.list.margins?.[place]?.[at] ?? Number.NaN) - margin * FIXED),
        ).toBeLessThanOrEqual(1);
      }
    }
  });

  it('with two filters has both, and the verdict of its headline', async () => {
    const gsm8k = await collectTask(column('gsm8k'), data.rows, source);
    const [chunk] = gsm8k?.texts ?? [];
    expect(chunk?.filters.map(({ name }) => name)).toEqual(['flexible-extract', 'strict-match']);
    expect(chunk?.metrics.map(({ name }) => name)).toEqual([
      'exact_match, flexible-extract',
      'exact_match, strict-match',
    ]);
    const strict = chunk?.filters[1]?.outputs[0]?.[0] ?? -1;
    expect(chunk?.texts[strict]).toMatch(/^\d$/);
    expect(gsm8k?.list.verdicts[0]?.[0]).toBe(chunk?.texts[strict] === '7' ? '1' : '0');
    expect(gsm8k?.list.margins).toBeNull();
  });

  it('without samples has no columns, and one with other documents is refused', async () => {
    expect(await collectTask(column('wikitext'), data.rows, source)).toBeNull();
    const first = data.rows[0]?.checkpoint.name;
    const ragged = (place: Parameters<typeof source>[0]) =>
      syntheticSamples({ docs: place.checkpoint === first ? 5 : 6, hostile: false })(place);
    const [problem] = await problemsOf(() => collectTask(column('boolq'), data.rows, ragged));
    expect(problem?.message).toContain("doc_id 5 is not in the other checkpoints' samples");
  });
});

describe('filters', () => {
  const pair: Pair = {
    task: 0,
    docs: 6,
    a: '0011-p',
    b: '010111',
    marginsA: [-1, -2, 3, 4, null, -5],
    marginsB: [-6, 5, -4, 3, 2, 1],
  };
  const all: Wanted = { verdict: 'all', least: null, most: null, order: 'doc', hasText: () => true };
  const places = (wanted: Partial<Wanted>) =>
    choose([pair], { ...all, ...wanted }).questions.map(({ at }) => at);

  it.each([
    ['all', [0, 1, 2, 3, 4, 5]],
    ['flipped', [1, 2, 5]],
    ['learned', [1, 5]],
    ['forgotten', [2]],
    ['right-a', [2, 3]],
    ['wrong-a', [0, 1, 5]],
    ['right-b', [1, 3, 4, 5]],
    ['wrong-b', [0, 2]],
    ['both-right', [3]],
    ['both-wrong', [0]],
  ])('%s', (verdict, expected) => {
    expect(places({ verdict })).toEqual(expected);
    expect(choose([pair], { ...all, verdict: 'all' }).counts.get(verdict)).toBe(expected.length);
    expect(VERDICTS.map(({ name }) => name)).toContain(verdict);
  });

  it('by margin, text and order', () => {
    expect(places({ least: 2, most: 4 })).toEqual([3, 4]);
    expect(places({ hasText: (_, at) => at % 2 === 0 })).toEqual([0, 2, 4]);
    expect(places({ order: 'margin' })).toEqual([0, 2, 5, 4, 3, 1]);
    expect(places({ order: 'closest' })).toEqual([5, 4, 3, 2, 1, 0]);
    expect(places({ order: 'gained' })).toEqual([1, 5, 3, 0, 2, 4]);
    expect(places({ order: 'lost' })).toEqual([2, 0, 3, 5, 1, 4]);
  });
});

describe('addresses', () => {
  it('of every view lead back to it', () => {
    const name = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });
    fc.assert(
      fc.property(
        fc.record({
          task: name,
          docTask: name,
          doc: fc.nat(),
          a: name,
          b: name,
          more: fc.array(name, { maxLength: 3 }),
          verdict: name,
          text: fc.string({ maxLength: 20 }),
          least: fc.string({ maxLength: 5 }),
          most: fc.string({ maxLength: 5 }),
          order: name,
        }),
        (view) => {
          fc.pre(
            formatAddress(view).length < 4000 &&
              Object.values(view)
                .flat()
                .every((part) => String(part).isWellFormed()),
          );
          expect(parseAddress(formatAddress(view))).toEqual(view);
        },
      ),
      SEED,
    );
  });

  it('are short and readable', () => {
    const view = {
      ...NO_VIEW,
      task: 'mmlu_anatomy',
      docTask: 'mmlu_anatomy',
      doc: 7,
      a: 'demo@1',
      b: 'demo@2',
    };
    expect(formatAddress(view)).toBe('#q=mmlu_anatomy/7&a=demo@1&b=demo@2');
    expect(parseAddress('#s1')).toBeNull();
    expect(parseAddress('#q=nowhere')).toMatchObject({ doc: null });
  });
});

describe('differences', () => {
  it('join to the texts, and only what both have is unmarked', () => {
    const text = fc.string({ maxLength: 60, unit: fc.constantFrom('a', 'b', ' ', '.', '\n', 'é') });
    fc.assert(
      fc.property(text, text, (left, right) => {
        const { left: own, right: other } = differences(left, right);
        expect(own.map((piece) => piece.text).join('')).toBe(left);
        expect(other.map((piece) => piece.text).join('')).toBe(right);
        const kept = (pieces: typeof own): string =>
          pieces
            .filter(({ isOwn }) => !isOwn)
            .map((piece) => piece.text)
            .join('');
        expect(kept(own)).toBe(kept(other));
      }),
      SEED,
    );
  });

  it('of equal texts are none, and long ones end', () => {
    expect(differences('a b c', 'a b c').left).toEqual([{ text: 'a b c', isOwn: false }]);
    expect(differences('the cat sat', 'the dog sat').right).toEqual([
      { text: 'the', isOwn: false },
      { text: ' dog', isOwn: true },
      { text: ' sat', isOwn: false },
    ]);
    const long = differences('x y '.repeat(20_000), 'y x '.repeat(20_000));
    expect(long.left.map(({ text }) => text).join('')).toHaveLength(80_000);
  });
});

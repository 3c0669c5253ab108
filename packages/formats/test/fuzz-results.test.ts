/** Damaged results files, lm-eval's and our own: read, or refused with a message that names the file. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  lmEvalArguments,
  lmEvalSamplesTask,
  parseLmEvalResults,
  parseResults,
  UserError,
} from '../src/index.ts';
import { damagedText, FUZZ_TIMEOUT_MS, fuzz, survives } from './fuzz-support.ts';

const LM_EVAL = JSON.stringify({
  results: {
    mmlu: { alias: 'mmlu', 'acc,none': 0.5, 'acc_stderr,none': 0.01 },
    mmlu_law: { alias: ' - law', 'acc,none': 0.25, 'acc_stderr,none': 'N/A' },
  },
  groups: { mmlu: { 'acc,none': 0.5 } },
  group_subtasks: { mmlu: ['mmlu_law'], mmlu_law: [] },
  configs: { mmlu_law: { task: 'mmlu_law', num_fewshot: 5, group: 'mmlu' } },
  versions: { mmlu_law: 1 },
  'n-shot': { mmlu_law: 5 },
  higher_is_better: { mmlu_law: { acc: true } },
  'n-samples': { mmlu_law: { original: 10, effective: 10 } },
  config: { model: 'hf', model_args: 'pretrained=a,revision=b', limit: null },
  date: 1.7e9,
});
const OWN = JSON.stringify({
  results: { t: { name: 't', alias: 't', sample_len: 3, 'acc,none': 0.5 } },
  groups: {},
  group_subtasks: {},
  configs: {},
  versions: {},
  'n-shot': {},
  higher_is_better: {},
  'n-samples': {},
  config: { limit: null },
  evalgraph: { format: 1, key: 'k', pipeline: 'p', checkpoint: {}, task: 't', engine: {}, chance: {} },
});
const WORDS = [
  ...[
    'null',
    '[]',
    '{}',
    '0',
    '""',
    'NaN',
    'Infinity',
    '1e999',
    '"results"',
    '"__proto__"',
    '"mmlu"',
    '"constructor"',
  ],
  ...['"acc"', ',', ':', '{', '}', '[', '9'.repeat(400), '"a,b,c"', '(', '[{"', "'"],
];

describe('a results file', () => {
  it(
    "of lm-eval's, damaged, is read or refused",
    async () => {
      await fc.assert(
        fc.asyncProperty(damagedText([LM_EVAL], WORDS), async (text) => {
          const found = await survives(() => parseLmEvalResults(text, 'results.json'));
          if (found instanceof UserError) expect(found.message).toContain('results.json');
          else
            for (const { metrics } of found.tasks.values())
              for (const value of Object.values(metrics))
                expect(value === 'N/A' || Number.isFinite(value)).toBe(true);
        }),
        fuzz(2000),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'of ours, damaged, is read or refused',
    async () => {
      await fc.assert(
        fc.asyncProperty(damagedText([OWN], WORDS), async (text) => {
          const found = await survives(() => parseResults(text, 'results.json'));
          if (found instanceof UserError) expect(found.message).toContain('results.json');
        }),
        fuzz(2000),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'names and arguments of any kind are taken apart soon',
    async () => {
      const text = fc.oneof(
        fc.string({ unit: 'binary' }),
        damagedText(['pretrained=a,b=[1,2],c={x:1}'], ['[', '(', '{', '"', "'", ',', '=']),
      );
      await fc.assert(
        fc.asyncProperty(text, async (given) => {
          await survives(() => lmEvalArguments(given));
          await survives(() => lmEvalSamplesTask(`samples_${given}.jsonl`));
        }),
        fuzz(2000),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it.each([
    ['open brackets', '['.repeat(60_000)],
    ['pairs of open brackets', '(['.repeat(30_000)],
    ['quotes', '"\''.repeat(30_001)],
    ['commas', ','.repeat(60_000)],
    ['letters', 'a'.repeat(60_000)],
  ])('a model argument of many %s is taken apart soon', async (_, text) => {
    await survives(() => lmEvalArguments(text));
  });

  it.each([
    ['a sample file of a long name', `samples_${'2024-01-01T'.repeat(5000)}.jsonl`],
    ['one of many underscores', `samples_${'_'.repeat(50_000)}`],
  ])('%s is taken apart soon', async (_, name) => {
    await survives(() => lmEvalSamplesTask(name));
  });

  it('nested a million deep is refused', async () => {
    expect(await survives(() => parseLmEvalResults('{"results":'.repeat(1e5), 'r.json'))).toBeInstanceOf(
      UserError,
    );
    expect(await survives(() => parseResults('{"results":'.repeat(1e5), 'r.json'))).toBeInstanceOf(UserError);
  });
});

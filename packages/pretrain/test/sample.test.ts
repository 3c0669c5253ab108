/** Requests for texts, and texts side by side; the embedded engine answers in one test. */
import { join } from 'node:path';
import { type GenerateRequest, openEngine, planPasses } from '@evalgraph/engine';
import { UserError } from '@evalgraph/formats';
import fc from 'fast-check';
import { Tokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import {
  parseSampleRecord,
  planSamples,
  type SampleRecord,
  type SampleSettings,
  sampleMessages,
  sampleRecord,
  samplesSideBySide,
  writeSampleRecord,
} from '../src/index.ts';

const drawing = { temperature: 0.8, topK: 0, topP: 0.9, seed: 3 };
const settings: SampleSettings = {
  prompts: ['The king', 'Once'],
  maxNewTokens: 12,
  greedy: true,
  drawings: [drawing, { ...drawing, seed: 4 }],
};
const encode = (text: string): readonly number[] => Array.from(text, (letter) => letter.charCodeAt(0));
const contexts = settings.prompts.map(encode);
const decode = (tokens: readonly number[]): string => String.fromCharCode(...tokens);

function problemsOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error instanceof UserError ? error.problems : error;
  }
}

describe('planSamples', () => {
  it('asks each prompt in each way, greedy first', () => {
    const planned = planSamples(settings, contexts);
    expect(planned.map(({ prompt, drawing: way }) => [prompt, way?.seed ?? null])).toEqual([
      ['The king', null],
      ['The king', 3],
      ['The king', 4],
      ['Once', null],
      ['Once', 3],
      ['Once', 4],
    ]);
    expect(planned[0]?.request).toEqual({ kind: 'generate', context: encode('The king'), maxNewTokens: 12 });
    expect(planned[1]?.request.sampling).toEqual(drawing);
  });

  it('says all that is wrong', () => {
    const bad = {
      ...settings,
      prompts: ['', 'a'],
      maxNewTokens: 0,
      drawings: [{ ...drawing, topP: 0, seed: -1 }],
    };
    expect(problemsOf(() => planSamples(bad, bad.prompts.map(encode)))).toEqual([
      sampleMessages.badSetting('maxNewTokens', 0, 'a whole number of at least 1'),
      sampleMessages.badSetting('drawings[0].topP', 0, 'a number above 0'),
      sampleMessages.badSetting('drawings[0].seed', -1, 'a whole number of at least 0'),
      sampleMessages.emptyPrompt(0, ''),
    ]);
    expect(problemsOf(() => planSamples({ ...settings, greedy: false, drawings: [] }, contexts))).toEqual([
      sampleMessages.badSetting('drawings', [], 'at least one, or greedy'),
    ]);
  });
});

describe('records', async () => {
  const planned = planSamples(settings, contexts);
  const answers = planned.map((_, index) => ({
    tokens: [65 + index, 66, 1],
    finish: index % 2 === 0 ? ('stop' as const) : ('length' as const),
  }));
  const record = await sampleRecord({ name: 'iter_0000100', step: 100 }, planned, answers, decode);

  it('hold the text without the token that ended it', () => {
    expect(record.samples.map(({ text }) => text)).toEqual([
      'AB',
      'BB\u0001',
      'CB',
      'DB\u0001',
      'EB',
      'FB\u0001',
    ]);
  });

  it('need an answer for each request', async () => {
    const promise = sampleRecord({ name: 'x', step: 1 }, planned, answers.slice(1), decode);
    await expect(promise).rejects.toThrow(new UserError(sampleMessages.answerCount(5, 6)));
  });

  it('property: what is written is read', () => {
    const way = fc.option(
      fc.record({
        temperature: fc.double({ min: 0.01, max: 2, noNaN: true }),
        topK: fc.nat(),
        topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
        seed: fc.nat(),
      }),
      { nil: null },
    );
    const sample = fc.record({
      prompt: fc.string({ unit: 'grapheme' }),
      drawing: way,
      text: fc.string({ unit: 'grapheme' }),
      tokens: fc.array(fc.nat()),
      finish: fc.constantFrom('stop' as const, 'length' as const),
    });
    const any: fc.Arbitrary<SampleRecord> = fc.record({
      version: fc.constant(1 as const),
      checkpoint: fc.string(),
      step: fc.option(fc.nat(), { nil: null }),
      maxNewTokens: fc.nat(),
      samples: fc.array(sample, { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(any, (value) => {
        expect(parseSampleRecord('f', writeSampleRecord(value))).toEqual(value);
      }),
      { seed: 8 },
    );
  });

  it.each([
    ['[]', 'found an empty list, expected an object'],
    ['{"version":2}', 'version: found 2, expected 1'],
    ['{"version":1,"checkpoint":1}', 'checkpoint: found 1, expected a text'],
    [
      '{"version":1,"checkpoint":"a","step":null,"maxNewTokens":1,"samples":[]}',
      'samples: found an empty list, expected at least one entry',
    ],
    [
      '{"version":1,"checkpoint":"a","step":null,"maxNewTokens":1,"samples":[{}]}',
      'samples[0].prompt: found nothing, expected this key',
    ],
  ])('%s is refused', (text, what) => {
    expect(problemsOf(() => parseSampleRecord('f', text))).toEqual([
      sampleMessages.invalidSamples('f', what),
    ]);
  });

  it('stand side by side, by step', () => {
    const later = { ...record, checkpoint: 'iter_0000200', step: 200 };
    const final = { ...record, checkpoint: 'final', step: null };
    const { checkpoints, rows } = samplesSideBySide([final, later, record]);
    expect(checkpoints.map(({ name }) => name)).toEqual(['iter_0000100', 'iter_0000200', 'final']);
    expect(rows[0]).toEqual({ prompt: 'The king', drawing: null, texts: ['AB', 'AB', 'AB'] });
    expect(rows.length).toBe(6);
  });

  it('of other prompts do not stand side by side', () => {
    const other = { ...record, checkpoint: 'other', step: 300, maxNewTokens: 13 };
    expect(problemsOf(() => samplesSideBySide([record, other]))).toEqual([
      sampleMessages.otherPrompts('other', 'iter_0000100'),
    ]);
    expect(problemsOf(() => samplesSideBySide([]))).toEqual([sampleMessages.noSamples()]);
  });
});

describe('with the embedded engine', () => {
  it('greedy text is the same twice, drawn text follows its seed', async () => {
    const demo = join(import.meta.dirname, '../../../models/demo/iter_0003600');
    const tokenizer = Tokenizer.fromFile(join(demo, 'tokenizer.json'));
    const drawings = [1, 2, 1].map((seed) => ({ temperature: 1.5, topK: 0, topP: 1, seed }));
    const asked: SampleSettings = { prompts: ['Once there was'], maxNewTokens: 16, greedy: true, drawings };
    const prompt = (await tokenizer.encode('Once there was')).getIds();
    const planned = planSamples(asked, [prompt]);
    const requests: readonly GenerateRequest[] = planned.map(({ request }) => request);
    const engine = await openEngine(demo, { threads: 1 });
    const answers = new Map<number, { tokens: readonly number[]; finish: 'stop' | 'length' }>();
    try {
      await engine.run(requests, planPasses(requests, engine.config), {
        done: new Set(),
        stopWhen: (_, tokens) => tokens.at(-1) === 1,
        onResponses: (batch) => {
          for (const { request, response } of batch) {
            if (response.kind === 'generate') answers.set(request, response);
          }
        },
      });
    } finally {
      await engine.close();
    }
    const inOrder = planned.flatMap((_, index) => answers.get(index) ?? []);
    const record = await sampleRecord({ name: 'last', step: 3600 }, planned, inOrder, (tokens) =>
      tokenizer.decode([...tokens], true),
    );
    const [greedy, first, second, again] = record.samples.map(({ text }) => text);
    expect(greedy).toMatch(/[a-z]/);
    expect(again).toBe(first);
    expect(second).not.toBe(first);
  });
});

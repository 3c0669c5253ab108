import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../formats/test/problems.ts';
import { messages } from '../src/messages.ts';
import { corpusTexts, countWords } from '../src/protocols/corpus.ts';
import { type ProtocolFigure, perplexityDifference, perplexityFigure } from '../src/protocols/figure.ts';
import {
  gptqRecipe,
  hfStridedRecipe,
  llamaCppRecipe,
  lmEvalRecipe,
  type ProtocolName,
  wandaRecipe,
} from '../src/protocols/named.ts';
import { perplexityRatio } from '../src/protocols/ratio.ts';
import type { Recipe } from '../src/protocols/recipe.ts';
import { shareWindows, windowSums } from '../src/protocols/requests.ts';
import { planWindows, type TokenStream, type WindowOptions, windowTokens } from '../src/protocols/windows.ts';
import { fixture, standIn } from './stand-in.ts';

const source = { corpus: 'toy', tokenizerDigest: 'd' };
const options: WindowOptions = { bosToken: fixture.bos, prefixToken: fixture.bos, nsamples: null };
const stream: TokenStream = { tokens: fixture.stream, words: 100, bytes: 900 };
const pages = corpusTexts(
  { lines: [], pages: fixture.pages.map(({ text }) => ({ original: text, scored: text })) },
  'pages',
  'apart',
).map(
  ({ words, bytes }, index): TokenStream => ({ tokens: fixture.pages[index]?.tokens ?? [], words, bytes }),
);

function measure(
  name: ProtocolName,
  recipe: Recipe,
  streams: readonly TokenStream[],
  changed: Partial<WindowOptions> = {},
): ProtocolFigure {
  const plan = planWindows(recipe, streams, { ...options, ...changed });
  const { requests, places } = shareWindows([plan]);
  const answers = requests.map(({ context, continuation }) => standIn(context, continuation));
  return perplexityFigure(name, plan, windowSums(places[0] ?? [], answers), source);
}

const relative = (a: number | null, b: number): number => Math.abs((a ?? Number.NaN) / b - 1);

describe('a figure by words or bytes', () => {
  const long: TokenStream = { tokens: fixture.stream, words: 1, bytes: 0 };

  it('is left out where the text has no byte, or exp() overflows, and another figure was asked for', () => {
    const figure = measure('lm-eval', lmEvalRecipe(64, 'tokens'), [long]);
    expect([figure.unscoredTokens, figure.perWord, figure.perByte, figure.bitsPerByte]).toEqual([
      0,
      null,
      null,
      null,
    ]);
    expect(figure.perplexity).toBeGreaterThan(1);
  });

  it('is refused by its own unit where it was asked for; math.exp raises OverflowError there', async () => {
    const nats = Math.log(measure('lm-eval', lmEvalRecipe(64, 'tokens'), [long]).perplexity);
    const [words] = await problemsOf(() => measure('lm-eval', lmEvalRecipe(64, 'words'), [long]));
    expect(words?.code).toBe('infinite-perplexity');
    expect(words?.message).toContain(' nats a word');
    expect(Number(/is ([\d.]+) nats/.exec(words?.message ?? '')?.[1])).toBeCloseTo(
      nats * fixture.stream.length,
      6,
    );
    expect(await problemsOf(() => measure('lm-eval', lmEvalRecipe(64, 'bytes'), [long]))).toEqual([
      messages.nothingToDivideBy('byte'),
    ]);
  });
});

describe('a protocol equals its program, by torch', () => {
  it.each(fixture.wanda)('wanda and gptq at seqlen $seqlen', ({ seqlen, perplexity }) => {
    expect(relative(measure('wanda', wandaRecipe(seqlen), [stream]).perplexity, perplexity)).toBeLessThan(
      1e-12,
    );
    expect(relative(measure('gptq', gptqRecipe(seqlen), [stream]).perplexity, perplexity)).toBeLessThan(
      1e-12,
    );
  });

  it.each(fixture['hf-strided'])('hf-strided $seqlen, stride $stride', ({ seqlen, stride, perplexity }) => {
    const figure = measure('hf-strided', hfStridedRecipe(seqlen, stride), [stream]);
    expect(relative(figure.perplexity, perplexity)).toBeLessThan(1e-12);
  });

  it.each(fixture['llama.cpp'])('llama.cpp, n_ctx $seqlen, BOS $bos', ({ seqlen, bos, perplexity }) => {
    const figure = measure('llama.cpp', llamaCppRecipe(seqlen), [stream], { bosToken: bos });
    expect(relative(figure.perplexity, perplexity)).toBeLessThan(1e-12);
  });

  it.each(fixture['lm-eval'])("lm-eval's own functions at max_length $seqlen", (expected) => {
    const figure = measure('lm-eval', lmEvalRecipe(expected.seqlen, 'words'), pages);
    expect(relative(figure.perWord, expected.word_perplexity)).toBeLessThan(1e-12);
    expect(relative(figure.perByte, expected.byte_perplexity)).toBeLessThan(1e-12);
    expect(relative(figure.bitsPerByte, expected.bits_per_byte)).toBeLessThan(1e-12);
    expect(relative(figure.perplexity, expected.token_perplexity)).toBeLessThan(1e-12);
    expect(figure.reported).toBe(figure.perWord);
  });
});

describe('windows', () => {
  const lengths = fc.integer({ min: 2, max: 300 });
  const seqlens = fc.integer({ min: 2, max: 80 });
  const tokensOf = (length: number): TokenStream => ({
    tokens: Array.from({ length }, (_, index) => index + 100),
    words: 1,
    bytes: 1,
  });

  it('lm-eval scores every token exactly once, whatever the lengths', () => {
    fc.assert(
      fc.property(fc.array(lengths, { minLength: 1, maxLength: 4 }), seqlens, (sizes, seqlen) => {
        const plan = planWindows(lmEvalRecipe(seqlen, 'bytes'), sizes.map(tokensOf), options);
        const scored = plan.windows.flatMap(({ stream: index, firstTarget, end }) =>
          (plan.streams[index] ?? []).slice(firstTarget, end),
        );
        expect(scored).toEqual(sizes.flatMap((size) => tokensOf(size).tokens));
        for (const window of plan.windows) {
          expect(windowTokens(plan, window).length).toBeLessThanOrEqual(seqlen + 1);
        }
      }),
      { seed: 5 },
    );
  });

  it('hf-strided scores all but the first token once, with at most seqlen tokens in sight', () => {
    fc.assert(
      fc.property(lengths, seqlens, fc.integer({ min: 1, max: 80 }), (length, seqlen, step) => {
        // With stride = seqlen, each window's first token is lost.
        const stride = Math.min(step, seqlen - 1);
        fc.pre(stride >= 2);
        const plan = planWindows(hfStridedRecipe(seqlen, stride), [tokensOf(length)], options);
        const scored = plan.windows.flatMap(({ firstTarget, end }) =>
          (plan.streams[0] ?? []).slice(firstTarget, end),
        );
        expect(scored).toEqual(tokensOf(length).tokens.slice(1));
        for (const { start, end } of plan.windows) expect(end - start).toBeLessThanOrEqual(seqlen);
      }),
      { seed: 6 },
    );
  });

  it('BOS stands where each rule says', () => {
    const tokens = { tokens: [0, 5, 6, 7], words: 1, bytes: 1 };
    const seen = (bos: Recipe['bos']) => {
      const plan = planWindows({ ...wandaRecipe(2), bos }, [tokens], options);
      return plan.windows.map((window) => windowTokens(plan, window));
    };
    expect(seen('as-tokenised')).toEqual([
      [0, 5],
      [6, 7],
    ]);
    expect(seen('none')).toEqual([[5, 6]]);
    expect(seen('each-window')).toEqual([
      [0, 5],
      [0, 7],
    ]);
    expect(seen('before-each-document')).toEqual([
      [0, 0],
      [5, 6],
    ]);
  });

  it('nsamples takes the first windows, or the first documents where they stand apart', () => {
    expect(measure('wanda', wandaRecipe(16), [stream], { nsamples: 3 })).toMatchObject({
      windows: 3,
      nsamples: 3,
    });
    const two = measure('lm-eval', lmEvalRecipe(32, 'words'), pages, { nsamples: 2 });
    expect(two.tokens).toBe(37 + 5);
  });

  it('shared windows are asked once, and answers do not depend on who shares them', () => {
    const plans = [
      planWindows(wandaRecipe(16), [stream], options),
      planWindows({ ...wandaRecipe(16), tail: 'kept', averaging: 'tokens' }, [stream], options),
      planWindows({ ...wandaRecipe(16), scored: 'second-half' }, [stream], options),
    ];
    const { requests, places } = shareWindows(plans);
    expect(requests.length).toBe(21); // 20 full windows and the tail
    const answers = requests.map(({ context, continuation }) => standIn(context, continuation));
    for (const [index, plan] of plans.entries()) {
      const alone = shareWindows([plan]);
      const own = alone.requests.map(({ context, continuation }) => standIn(context, continuation));
      expect(windowSums(places[index] ?? [], answers)).toEqual(windowSums(alone.places[0] ?? [], own));
    }
  });
});

describe('texts', () => {
  const lines = ['', ' = A = \n', '', ' b \n'];

  it('are joined, left as a file, or taken by page', () => {
    const corpus = {
      lines,
      pages: [
        { original: 'a , b', scored: 'a, b' },
        { original: 'c', scored: 'c' },
      ],
    };
    expect(corpusTexts(corpus, 'lines', 'joined')[0]?.text).toBe('\n\n = A = \n\n\n\n\n b \n');
    expect(corpusTexts(corpus, 'file', 'joined')[0]?.text).toBe(' \n = A = \n \n b ');
    expect(corpusTexts(corpus, 'pages', 'joined')).toEqual([{ text: 'a, b\n\nc', words: 4, bytes: 6 }]);
    expect(corpusTexts(corpus, 'pages', 'apart')).toEqual([
      { text: 'a, b', words: 3, bytes: 5 },
      { text: 'c', words: 1, bytes: 1 },
    ]);
  });

  it("count words as Python's re.split does", () => {
    expect(['', 'a', ' a ', 'a\u001cb', 'a\u0085b', 'a\ufeffb'].map(countWords)).toEqual([1, 1, 3, 2, 2, 1]);
  });

  it('are refused where there are none, or where one text has no documents', async () => {
    expect(await problemsOf(() => corpusTexts({ lines: [], pages: [] }, 'lines', 'apart'))).toEqual([
      messages.emptyCorpus('lines'),
      messages.documentsNotApart('lines'),
    ]);
  });
});

describe('the ratio of two models', () => {
  const model = (decay: number): ProtocolFigure => {
    const plan = planWindows(wandaRecipe(16), [stream], options);
    const { requests, places } = shareWindows([plan]);
    const answers = requests.map(({ context, continuation }) => standIn(context, continuation, decay));
    return perplexityFigure('wanda', plan, windowSums(places[0] ?? [], answers), source);
  };
  const draws = { seed: 0, resamples: 500 };

  it("is the figures' ratio, lies in its interval, and is 1 exactly for a model and itself", () => {
    const [dense, pruned] = [model(0.6), model(0.3)];
    const found = perplexityRatio(dense, pruned, draws);
    expect(found.ratio).toBeCloseTo(pruned.perplexity / dense.perplexity, 12);
    expect(found.interval95?.[0]).toBeLessThan(found.ratio);
    expect(found.interval95?.[1]).toBeGreaterThan(found.ratio);
    expect(perplexityRatio(dense, dense, draws)).toEqual({ ratio: 1, interval95: [1, 1], windows: 20 });
    const back = perplexityRatio(pruned, dense, draws);
    expect(back.ratio * found.ratio).toBeCloseTo(1, 12);
    expect((back.interval95?.[0] ?? 0) * (found.interval95?.[1] ?? 0)).toBeCloseTo(1, 2);
  });

  it('has no interval from one window, and needs figures that were measured alike', async () => {
    const one = measure('wanda', wandaRecipe(200), [stream]);
    expect(perplexityRatio(one, one, draws)).toEqual({ ratio: 1, interval95: null, windows: 1 });
    expect((await problemsOf(() => perplexityRatio(one, model(0.6), draws)))[0]).toEqual(
      messages.perplexityDiffers('wanda', 'windowing', 'blocks 200', 'blocks 16'),
    );
  });
});

describe('refused', () => {
  it('windows, strides and samples that are none, and texts that hold no target', async () => {
    expect(await problemsOf(() => wandaRecipe(1))).toEqual([messages.badWindow(1)]);
    expect(await problemsOf(() => hfStridedRecipe(8, 9))).toEqual([messages.badStride(9, 8)]);
    expect(
      await problemsOf(() => planWindows(wandaRecipe(8), [stream], { ...options, nsamples: 0 })),
    ).toEqual([messages.badNsamples(0)]);
    expect(await problemsOf(() => planWindows(wandaRecipe(999), [stream], options))).toEqual([
      messages.textTooShort(331, 999),
    ]);
  });

  it('a perplexity by words where tokens are left out', async () => {
    const recipe: Recipe = { ...wandaRecipe(16), divisor: 'words' };
    expect(await problemsOf(() => planWindows(recipe, [stream], options))).toEqual([
      messages.divisorNeedsAllTokens('words', 331 - 20 * 15),
    ]);
  });

  it('answers that are missing or no log-probabilities', async () => {
    const { places } = shareWindows([planWindows(wandaRecipe(200), [stream], options)]);
    expect(await problemsOf(() => windowSums(places[0] ?? [], [[-1]]))).toEqual([
      messages.wrongTargetCount(0, 199, 1),
    ]);
    const bad = Array.from({ length: 199 }, (_, index) => (index === 7 ? Number.NaN : -1));
    expect(await problemsOf(() => windowSums(places[0] ?? [], [bad]))).toEqual([
      messages.badLogProbability(0, Number.NaN),
    ]);
  });

  it('a difference across protocols or tokenizers, with every reason', async () => {
    const wanda = measure('wanda', wandaRecipe(16), [stream]);
    const other = { ...measure('gptq', gptqRecipe(16), [stream]), tokenizerDigest: 'e' };
    expect(await problemsOf(() => perplexityDifference(wanda, other))).toEqual([
      messages.perplexityDiffers('wanda', 'protocol', 'wanda', 'gptq'),
      messages.perplexityDiffers('wanda', 'tokenizer', 'd', 'e'),
    ]);
    expect(perplexityDifference(wanda, wanda)).toEqual({ difference: 0, ratio: 1 });
  });
});

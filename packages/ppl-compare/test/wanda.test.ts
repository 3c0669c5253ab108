/** Wanda's perplexity of a bigram model whose logits are written out, by torch (fixtures/make_wanda.py). */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../formats/test/problems.ts';
import { messages } from '../src/messages.ts';
import { perplexityFigure } from '../src/protocols/figure.ts';
import { wandaRecipe } from '../src/protocols/named.ts';
import { shareWindows, windowSums } from '../src/protocols/requests.ts';
import { planWindows, type WindowPlan } from '../src/protocols/windows.ts';

interface Fixture {
  readonly logits: readonly (readonly number[])[];
  readonly tokens: readonly number[];
  readonly figures: readonly { seqlen: number; windows: number; perplexity: number }[];
}
const fixture = JSON.parse(readFileSync(new URL('fixtures/wanda.json', import.meta.url), 'utf8')) as Fixture;
const source = { corpus: 'toy', tokenizerDigest: 'd' };

/** What an engine would answer for a request to the fixture's bigram model: a number a token. */
function logProbs(context: readonly number[], continuation: readonly number[]): readonly number[] {
  return continuation.map((token, index) => {
    const row = fixture.logits[continuation[index - 1] ?? context.at(-1) ?? -1] ?? [];
    return (row[token] ?? Number.NaN) - Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
  });
}

function plan(tokens: readonly number[], seqlen: number): WindowPlan {
  const stream = { tokens, words: 1, bytes: 1 };
  return planWindows(wandaRecipe(seqlen), [stream], { bosToken: null, prefixToken: 0, nsamples: null });
}

describe('wanda perplexity', () => {
  it.each(fixture.figures)("equals torch's by the paper's definition at seqlen $seqlen", (expected) => {
    const planned = plan(fixture.tokens, expected.seqlen);
    const { requests, places } = shareWindows([planned]);
    const answers = requests.map(({ context, continuation }) => logProbs(context, continuation));
    const figure = perplexityFigure('wanda', planned, windowSums(places[0] ?? [], answers), source);
    expect(Math.abs(figure.perplexity / expected.perplexity - 1)).toBeLessThan(1e-12);
    expect(figure).toMatchObject({
      protocol: 'wanda',
      windows: expected.windows,
      tokens: expected.windows * (expected.seqlen - 1),
    });
  });

  it('cuts windows without overlap, in order, and drops only the tail', () => {
    const tokens = fc.array(fc.nat(99), { minLength: 2, maxLength: 200 });
    fc.assert(
      fc.property(tokens, fc.integer({ min: 2, max: 60 }), (list, seqlen) => {
        fc.pre(seqlen <= list.length);
        const { windows } = plan(list, seqlen);
        const joined = windows.flatMap(({ start, end }) => list.slice(start, end));
        expect(joined).toEqual(list.slice(0, joined.length));
        expect(list.length - joined.length).toBeLessThan(seqlen);
        for (const { start, end, firstTarget } of windows) {
          expect([end - start, firstTarget]).toEqual([seqlen, start + 1]);
        }
      }),
      { seed: 1 },
    );
  });

  it('refuses a seqlen that leaves no window', async () => {
    expect(await problemsOf(() => plan([1, 2, 3], 4))).toEqual([messages.textTooShort(3, 4)]);
    for (const seqlen of [0, 1, 2.5, Number.NaN]) {
      expect((await problemsOf(() => plan([1, 2, 3], seqlen)))[0]?.code).toBe('bad-window');
    }
  });

  it('refuses log-probabilities that are missing, positive or no numbers', async () => {
    const planned = plan([1, 2, 3, 4], 2);
    const { places } = shareWindows([planned]);
    const sums = (answers: readonly (readonly number[])[]) => windowSums(places[0] ?? [], answers);
    expect(await problemsOf(() => perplexityFigure('wanda', planned, [-1], source))).toEqual([
      messages.wrongWindowCount(2, 1),
    ]);
    expect(await problemsOf(() => sums([[-1]]))).toEqual([messages.wrongTargetCount(1, 1, 0)]);
    expect(await problemsOf(() => sums([[Number.NaN], [0.1]]))).toEqual([
      messages.badLogProbability(0, Number.NaN),
      messages.badLogProbability(1, 0.1),
    ]);
    expect((await problemsOf(() => perplexityFigure('wanda', planned, [-1e9, -1e9], source)))[0]?.code).toBe(
      'infinite-perplexity',
    );
  });
});

import { readFileSync } from 'node:fs';
import { UserError } from '@evalgraph/formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messages } from '../src/messages.ts';
import { wandaPerplexity, wandaText, wandaWindows } from '../src/protocols/wanda.ts';
import { problemsOf } from './problems.ts';

interface Fixture {
  readonly logits: readonly (readonly number[])[];
  readonly tokens: readonly number[];
  readonly figures: readonly { seqlen: number; windows: number; perplexity: number }[];
}
const fixture = JSON.parse(readFileSync(new URL('fixtures/wanda.json', import.meta.url), 'utf8')) as Fixture;
const source = { corpus: 'toy', tokenizerDigest: 'd' };

/** What an engine would answer for a request to the fixture's bigram model. */
function logProb(context: readonly number[], continuation: readonly number[]): number {
  let last = context.at(-1) ?? -1;
  let total = 0;
  for (const token of continuation) {
    const row = fixture.logits[last] ?? [];
    total += (row[token] ?? Number.NaN) - Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
    last = token;
  }
  return total;
}

describe('wanda perplexity', () => {
  it.each(fixture.figures)("equals torch's by the paper's definition at seqlen $seqlen", (expected) => {
    const windows = wandaWindows(fixture.tokens, expected.seqlen);
    const figure = wandaPerplexity(
      windows,
      windows.requests.map(({ context, continuation }) => logProb(context, continuation)),
      source,
    );
    expect(Math.abs(figure.perplexity / expected.perplexity - 1)).toBeLessThan(1e-12);
    expect(figure).toMatchObject({
      protocol: 'wanda',
      windows: expected.windows,
      tokens: expected.windows * (expected.seqlen - 1),
    });
  });

  it('cuts windows without overlap, in order, and drops only the tail', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(99), { minLength: 2, maxLength: 200 }),
        fc.integer({ min: 2, max: 60 }),
        (tokens, n) => {
          fc.pre(n <= tokens.length);
          const { requests, droppedTokens } = wandaWindows(tokens, n);
          const joined = requests.flatMap(({ context, continuation }) => [...context, ...continuation]);
          expect(joined).toEqual(tokens.slice(0, tokens.length - droppedTokens));
          expect(droppedTokens).toBeLessThan(n);
          expect(
            requests.every(
              ({ context, continuation }) => context.length === 1 && continuation.length === n - 1,
            ),
          ).toBe(true);
        },
      ),
      { seed: 1 },
    );
  });

  it('keeps empty lines in the text', () => {
    expect(wandaText(['', ' = A = ', '', 'b'])).toBe('\n\n = A = \n\n\n\nb');
  });

  it('refuses a seqlen that leaves no window, with the legal values', async () => {
    for (const seqlen of [0, 1, 4, 2.5, Number.NaN]) {
      expect(await problemsOf(() => wandaWindows([1, 2, 3], seqlen))).toEqual([
        messages.badSeqlen(seqlen, 3),
      ]);
    }
  });

  it('refuses log-probabilities that are missing, positive or no numbers', async () => {
    const windows = wandaWindows([1, 2, 3, 4], 2);
    expect(await problemsOf(() => wandaPerplexity(windows, [-1], source))).toEqual([
      messages.wrongWindowCount(2, 1),
    ]);
    expect(await problemsOf(() => wandaPerplexity(windows, [Number.NaN, 0.1], source))).toEqual([
      messages.badLogProbability(0, Number.NaN),
      messages.badLogProbability(1, 0.1),
    ]);
    expect(() => wandaPerplexity(windows, [-1e9, -1e9], source)).toThrow(UserError);
  });
});

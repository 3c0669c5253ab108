import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../formats/test/problems.ts';
import { messages } from '../src/messages.ts';
import { perplexityFigure } from '../src/protocols/figure.ts';
import { PROTOCOLS, type Protocol, type ProtocolName, protocol } from '../src/protocols/named.ts';
import type { Recipe } from '../src/protocols/recipe.ts';
import { type ModelAlongPath, reconcile, reconciliationPath } from '../src/protocols/reconcile.ts';
import { shareWindows, windowSums } from '../src/protocols/requests.ts';
import { planWindows, type TokenStream } from '../src/protocols/windows.ts';
import { fixture, standIn } from './stand-in.ts';

const pages = fixture.pages.map(
  ({ tokens }, index): TokenStream => ({ tokens, words: 9 + index, bytes: 40 }),
);
const joined: TokenStream = {
  tokens: pages.flatMap(({ tokens }) => tokens),
  words: pages.reduce((sum, { words }) => sum + words, 0),
  bytes: pages.length * 40,
};
const raw: TokenStream = { tokens: fixture.stream, words: 80, bytes: 210 };

function streamsOf({ text, documents }: Recipe): readonly TokenStream[] {
  if (text !== 'pages') return [raw];
  return documents === 'apart' ? pages : [joined];
}

/** All figures of a path, out of one set of requests. */
function measured(from: Protocol, to: Protocol, model: string, decay: number): ModelAlongPath {
  const recipes = [from.recipe, ...reconciliationPath(from, to).map((step) => step.recipe)];
  const plans = recipes.map((recipe) =>
    planWindows(recipe, streamsOf(recipe), { bosToken: 0, prefixToken: 0, nsamples: null }),
  );
  const { requests, places } = shareWindows(plans);
  const answers = requests.map(({ context, continuation }) => standIn(context, continuation, decay));
  const [start, ...steps] = plans.map(
    (plan, index) =>
      perplexityFigure('step', plan, windowSums(places[index] ?? [], answers), {
        corpus: 'toy',
        tokenizerDigest: 'd',
      }).reported,
  );
  return { model, start: start ?? Number.NaN, steps };
}

const protocols = fc
  .tuple(
    fc.constantFrom(...PROTOCOLS),
    fc.integer({ min: 4, max: 90 }),
    fc.double({ min: 0.1, max: 1, noNaN: true }),
    fc.constantFrom('tokens' as const, 'words' as const, 'bytes' as const),
  )
  .map(([name, seqlen, share, divisor]: [ProtocolName, number, number, 'tokens' | 'words' | 'bytes']) =>
    protocol(name, { seqlen, stride: Math.max(1, Math.round(seqlen * share)), divisor }),
  );

describe('reconciliation', () => {
  it("leads from the papers' figure to lm-eval's word perplexity, a choice at a time", () => {
    const wanda = protocol('wanda', { seqlen: 32, stride: 1, divisor: 'tokens' });
    const words = protocol('lm-eval', { seqlen: 64, stride: 1, divisor: 'words' });
    const path = reconciliationPath(wanda, words);
    expect(path.map(({ factor }) => factor)).toEqual([
      'text',
      'averaging',
      'tail',
      'bos',
      'documents',
      'windows',
      'divisor',
    ]);
    expect(path.at(-1)?.recipe).toEqual(words.recipe);
    const record = reconcile(wanda, words, path, [
      measured(wanda, words, 'dense', 0.6),
      measured(wanda, words, 'pruned', 0.4),
    ]);
    // While all windows are of one length, averaging changes nothing.
    expect(record.rows[1]?.factors.every((factor) => Math.abs(factor - 1) < 1e-12)).toBe(true);
    expect(record.rows[1]?.before).toEqual(record.rows[0]?.after);
    expect(record.againstFirst[0]).toEqual({ from: 1, to: 1 });
    expect(record.againstFirst[1]?.from).toBe((record.start[1] ?? 0) / (record.start[0] ?? 0));
  });

  it('multiplies to the whole within 1e-9 between any two protocols, and back is the reciprocal', () => {
    fc.assert(
      fc.property(protocols, protocols, (from, to) => {
        const path = reconciliationPath(from, to);
        const there = reconcile(from, to, path, [measured(from, to, 'm', 0.6)]);
        const product = there.rows.reduce((value, row) => value * (row.factors[0] ?? Number.NaN), 1);
        const whole = there.whole[0] ?? Number.NaN;
        expect(Math.abs(product / whole - 1)).toBeLessThan(1e-9);
        expect(Math.abs(((there.start[0] ?? 0) * product) / (there.end[0] ?? 0) - 1)).toBeLessThan(1e-9);
        expect(path.at(-1)?.recipe ?? from.recipe).toEqual(to.recipe);

        const back = reconcile(to, from, reconciliationPath(to, from), [measured(to, from, 'm', 0.6)]);
        expect((back.whole[0] ?? 0) * whole).toBeCloseTo(1, 9);
        expect(back.rows.map((row) => row.factor)).toEqual(there.rows.map((row) => row.factor).reverse());
        for (const [index, row] of [...back.rows].reverse().entries()) {
          expect((row.factors[0] ?? 0) * (there.rows[index]?.factors[0] ?? 0)).toBeCloseTo(1, 9);
        }
      }),
      { seed: 8, numRuns: 40 },
    );
  });

  it('refuses a model that lacks a figure', async () => {
    const wanda = protocol('wanda', { seqlen: 32, stride: 1, divisor: 'tokens' });
    const hf = protocol('hf-strided', { seqlen: 32, stride: 8, divisor: 'tokens' });
    const path = reconciliationPath(wanda, hf);
    expect(
      await problemsOf(() => reconcile(wanda, hf, path, [{ model: 'm', start: 2, steps: [3] }])),
    ).toEqual([messages.reconciliationIncomplete('m', path.length + 1, 2)]);
  });
});

/** End to end on the demo's model: our engine's log-probabilities, our windows, against torch and real lm-eval. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openEngine, planPasses, type ScoreRequest } from '@evalgraph/engine';
import { expect, it } from 'vitest';
import { type Corpus, corpusTexts } from '../src/protocols/corpus.ts';
import { type ProtocolFigure, perplexityFigure } from '../src/protocols/figure.ts';
import {
  hfStridedRecipe,
  llamaCppRecipe,
  lmEvalRecipe,
  type ProtocolName,
  wandaRecipe,
} from '../src/protocols/named.ts';
import type { Recipe } from '../src/protocols/recipe.ts';
import { shareWindows, windowSums } from '../src/protocols/requests.ts';
import { planWindows, type TokenStream } from '../src/protocols/windows.ts';

interface Fixture {
  readonly bos: number;
  readonly lines: readonly number[];
  readonly file: readonly number[];
  readonly pages: readonly (readonly number[])[];
  readonly wanda: readonly { readonly seqlen: number; readonly perplexity: number }[];
  readonly 'hf-strided': readonly {
    readonly seqlen: number;
    readonly stride: number;
    readonly perplexity: number;
  }[];
  readonly 'llama.cpp': readonly { readonly seqlen: number; readonly perplexity: number }[];
  readonly 'lm-eval': readonly {
    readonly seqlen: number;
    readonly word_perplexity: number;
    readonly byte_perplexity: number;
    readonly bits_per_byte: number;
  }[];
}
interface Case {
  readonly name: ProtocolName;
  readonly recipe: Recipe;
  readonly expected: Partial<ProtocolFigure>;
}

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const model = at('models/demo/iter_0003600');
const corpusFile = at('datasets/demo/paragraphs/test.jsonl');

function casesOf(fixture: Fixture): readonly Case[] {
  return [
    ...fixture.wanda.map(
      ({ seqlen, perplexity }): Case => ({
        name: 'wanda',
        recipe: wandaRecipe(seqlen),
        expected: { perplexity },
      }),
    ),
    ...fixture['hf-strided'].map(
      ({ seqlen, stride, perplexity }): Case => ({
        name: 'hf-strided',
        recipe: hfStridedRecipe(seqlen, stride),
        expected: { perplexity },
      }),
    ),
    ...fixture['llama.cpp'].map(
      ({ seqlen, perplexity }): Case => ({
        name: 'llama.cpp',
        recipe: llamaCppRecipe(seqlen),
        expected: { perplexity },
      }),
    ),
    ...fixture['lm-eval'].map(
      (figure): Case => ({
        name: 'lm-eval',
        recipe: lmEvalRecipe(figure.seqlen, 'words'),
        expected: {
          perWord: figure.word_perplexity,
          perByte: figure.byte_perplexity,
          bitsPerByte: figure.bits_per_byte,
        },
      }),
    ),
  ];
}

it.skipIf(!existsSync(model))(
  'every protocol is within 1e-5 of its program, out of one set of requests',
  { timeout: 180_000 },
  async () => {
    const fixture = JSON.parse(
      readFileSync(new URL('fixtures/demo.json', import.meta.url), 'utf8'),
    ) as Fixture;
    const rows = readFileSync(corpusFile, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { page: string }).page);
    const corpus: Corpus = { lines: rows, pages: rows.map((page) => ({ original: page, scored: page })) };
    const streamsOf = ({ text, documents }: Recipe): readonly TokenStream[] =>
      corpusTexts(corpus, text, documents).map(({ words, bytes }, index) => ({
        tokens: text === 'pages' ? (fixture.pages[index] ?? []) : fixture[text],
        words,
        bytes,
      }));
    const cases = casesOf(fixture);
    const plans = cases.map(({ recipe }) =>
      planWindows(recipe, streamsOf(recipe), {
        bosToken: fixture.bos,
        prefixToken: fixture.bos,
        nsamples: null,
      }),
    );
    const { requests, places } = shareWindows(plans);
    const asked = requests.map((request): ScoreRequest => ({ kind: 'score', ...request }));
    const answers: (readonly number[])[] = [];
    const engine = await openEngine(model, { threads: 1 });
    try {
      await engine.run(asked, planPasses(asked, engine.config), {
        done: new Set(),
        stopWhen: () => false,
        onResponses: (batch) => {
          for (const { request, response } of batch) {
            if (response.kind === 'score') answers[request] = response.logProbs;
          }
        },
      });
    } finally {
      await engine.close();
    }
    // hf-strided's windows of 512 without overlap are wanda's, but for the tail.
    expect(requests.length).toBeLessThan(plans.reduce((sum, { windows }) => sum + windows.length, 0));
    for (const [index, { name, expected }] of cases.entries()) {
      const plan = plans[index];
      if (plan === undefined) throw new Error('a case without a plan');
      const source = { corpus: 'demo', tokenizerDigest: 't' };
      const figure = perplexityFigure(name, plan, windowSums(places[index] ?? [], answers), source);
      for (const [field, value] of Object.entries(expected)) {
        const found = Number(figure[field as 'perplexity']);
        expect(Math.abs(found / Number(value) - 1), `${name} ${field}`).toBeLessThan(1e-5);
      }
    }
  },
);

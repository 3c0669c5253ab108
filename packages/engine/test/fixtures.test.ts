/** The judge is torch: every answer of the engine against what transformers gave for the same tiny models. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Engine,
  openEngine,
  parseModelConfig,
  planPasses,
  type TokenRequest,
  type TokenResponse,
} from '../src/index.ts';
import { expectClose, runAll } from './helpers.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');

interface Expected {
  readonly requests: readonly TokenRequest[];
  readonly responses: readonly TokenResponse[];
}

const models = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

describe.each(models)('%s', (name) => {
  const folder = join(FIXTURES, name);
  const { requests, responses } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;

  async function withEngine<T>(threads: number, use: (engine: Engine) => Promise<T>): Promise<T> {
    const engine = await openEngine(folder, { threads });
    try {
      return await use(engine);
    } finally {
      await engine.close();
    }
  }

  it('has both greedy and other continuations to compare', () => {
    const flags = responses.flatMap((response) => (response.kind === 'score' ? [response.isGreedy] : []));
    expect(new Set(flags)).toEqual(new Set([true, false]));
  });

  it('answers as torch does, all requests in one plan', async () => {
    await withEngine(2, async (engine) => {
      const found = await runAll(engine, requests);
      responses.forEach((response, i) => {
        expectClose(found.get(i), response, `request ${i}`);
      });
    });
  });

  it('answers as torch does, each request alone, one thread', async () => {
    await withEngine(1, async (engine) => {
      for (const [i, request] of requests.entries()) {
        const found = await runAll(engine, [request]);
        expectClose(found.get(0), responses[i], `request ${i}`);
      }
    });
  });

  it('gives the same bits again, after a resume at any point, and for permuted requests', async () => {
    await withEngine(2, async (engine) => {
      const first = await runAll(engine, requests);
      expect(await runAll(engine, requests)).toEqual(first);
      for (const share of [3, 2]) {
        const done = new Set([...first.keys()].filter((request) => request % share !== 1));
        const rest = await runAll(engine, requests, { done });
        expect([...rest.keys()].every((request) => !done.has(request))).toBe(true);
        expect(rest.size).toBe(requests.length - done.size);
        for (const [request, response] of rest) expect(response).toEqual(first.get(request));
      }
      const reversed = await runAll(engine, requests.toReversed());
      // Rows of a decode batch leave in another order, so only scores keep every bit.
      for (const [request, response] of reversed) {
        const original = first.get(requests.length - 1 - request);
        if (response.kind === 'score') expect(response).toEqual(original);
        else expectClose(response, original, `request ${request}`);
      }
    });
  });

  it('computes every distinct token once', () => {
    const plan = planPasses(requests, SHAPE);
    expect(plan.tokensComputed).toBe(plan.tokensDistinct);
    expect(plan.tokensDistinct).toBeLessThan(plan.tokensAsked / 2);
  });
});

const SHAPE = parseModelConfig('config.json', {
  model_type: 'llama',
  vocab_size: 160,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 256,
});

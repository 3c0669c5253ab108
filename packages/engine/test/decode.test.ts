/** Stopping, batches and delivery while decoding, over the session that hashes paths. */
import { describe, expect, it } from 'vitest';
import { engineOver, parseModelConfig, planPasses, type TokenRequest } from '../src/index.ts';
import { HASH_VOCAB, HashSession, hashAnswer } from './hash-session.ts';
import { runAll } from './helpers.ts';

const config = parseModelConfig('config.json', {
  architectures: ['LlamaForCausalLM'],
  vocab_size: HASH_VOCAB,
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  max_position_embeddings: 512,
});

const requests = Array.from({ length: 37 }, (_, i): TokenRequest => {
  const context = [1, i % 2, i % 3, i % 5, ...Array.from({ length: i % 4 }, () => 2)];
  return { kind: 'generate', context, maxNewTokens: 1 + (i % 9) };
});
const stopAtTwo = (tokens: readonly number[]): boolean => tokens.at(-1) === 2;

describe('decoding', () => {
  it('stops each row by its own tokens, rows that leave disturb no other', async () => {
    const session = new HashSession();
    let generated = 0;
    const found = await runAll(engineOver(config, session), requests, {
      stopWhen: async (_, tokens) => stopAtTwo(tokens),
      onStats: (stats) => {
        generated = stats.tokensGenerated;
        const rows = session.passes.reduce((sum, pass) => sum + pass.tokens.length, 0);
        expect(stats.tokensComputed).toBe(rows + session.steps.reduce((sum, batch) => sum + batch, 0));
        expect(stats.decodeSteps).toBe(session.steps.length);
      },
    });
    requests.forEach((request, i) => {
      expect(found.get(i)).toEqual(hashAnswer(request, stopAtTwo));
    });
    const finishes = new Set(
      [...found.values()].map((answer) => answer.kind === 'generate' && answer.finish),
    );
    expect(finishes).toEqual(new Set(['stop', 'length']));
    const tokens = [...found.values()].map((answer) =>
      answer.kind === 'generate' ? answer.tokens.length : 0,
    );
    expect(generated).toBe(tokens.reduce((sum, count) => sum + count, 0));
    expect(Math.max(...session.steps)).toBeLessThanOrEqual(16);
  });

  it('asks after every token with all tokens so far, and never after the end', async () => {
    const calls: string[] = [];
    const request: TokenRequest = { kind: 'generate', context: [1, 2, 3], maxNewTokens: 4 };
    const found = await runAll(engineOver(config, new HashSession()), [request], {
      stopWhen: (index, tokens) => {
        calls.push(`${index}:${tokens.length}`);
        return tokens.length === 3;
      },
    });
    expect(calls).toEqual(['0:1', '0:2', '0:3']);
    expect(found.get(0)).toMatchObject({ finish: 'stop' });
  });

  it('reports progress that only grows, and waits for the receiver', async () => {
    const seen: number[] = [];
    const order: string[] = [];
    const engine = engineOver(config, new HashSession());
    const stats = await engine.run(requests, planPasses(requests, config), {
      done: new Set(),
      stopWhen: () => false,
      onResponses: async () => {
        order.push('begin');
        await new Promise((resolve) => setImmediate(resolve));
        order.push('end');
      },
      onProgress: (tokens) => seen.push(tokens),
    });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(stats.tokensComputed);
    expect(order.every((word, i) => word === (i % 2 === 0 ? 'begin' : 'end'))).toBe(true);
    expect(order.length).toBeGreaterThan(2);
  });

  it('refuses a plan that was made for other requests', async () => {
    const engine = engineOver(config, new HashSession());
    const plan = planPasses(requests.slice(1), config);
    const options = { done: new Set<number>(), stopWhen: () => false, onResponses: () => {} };
    await expect(engine.run(requests, plan, options)).rejects.toThrow(RangeError);
  });
});

/** Plans are data: what they cover, what they cost, and that running them over a hash gives the right answers. */
import type { Decoder } from '@evalgraph/architectures';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOf, fits, passCost } from '../src/cost.ts';
import { engineOver, type PassPlan, parseModelConfig, planPasses, type TokenRequest } from '../src/index.ts';
import { HASH_VOCAB, HashSession, hashAnswer } from './hash-session.ts';
import { runAll } from './helpers.ts';

const SEED = 20260801;

/** Shapes that make the planner choose differently; tokens stay below HASH_VOCAB. */
const SHAPES: Readonly<Record<string, Decoder>> = {
  'one pass is cheapest': shape({}),
  'attention is dear': shape({ num_attention_heads: 16384, head_dim: 64, num_hidden_layers: 1 }),
  'attention and memory limits': shape({ num_attention_heads: 2 ** 17, head_dim: 8, num_hidden_layers: 1 }),
  'few logits fit': shape({ vocab_size: 2 ** 24 }),
};

function shape(fields: Readonly<Record<string, unknown>>): Decoder {
  return parseModelConfig('config.json', {
    architectures: ['LlamaForCausalLM'],
    vocab_size: HASH_VOCAB,
    hidden_size: 64,
    intermediate_size: 128,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    max_position_embeddings: 4096,
    ...fields,
  });
}

const tokens = (minLength: number, maxLength: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 0, max: 2 }), { minLength, maxLength, size: 'max' });

const oneRequest: fc.Arbitrary<TokenRequest> = fc.oneof(
  fc.record({ kind: fc.constant('score' as const), context: tokens(1, 12), continuation: tokens(1, 6) }),
  fc.record({
    kind: fc.constant('generate' as const),
    context: tokens(1, 12),
    maxNewTokens: fc.integer({ min: 1, max: 5 }),
  }),
);

/** Requests with a long common beginning, as few-shot tasks have them. */
const manyRequests: fc.Arbitrary<TokenRequest[]> = fc
  .tuple(tokens(0, 90), fc.array(fc.tuple(fc.boolean(), oneRequest), { maxLength: 40, size: 'max' }))
  .map(([shots, requests]) =>
    requests.map(([long, request]) =>
      long ? { ...request, context: [...shots, ...request.context] } : request,
    ),
  );

function inputOf(request: TokenRequest): readonly number[] {
  return request.kind === 'score'
    ? [...request.context, ...request.continuation].slice(0, -1)
    : request.context;
}

function distinctPrefixes(requests: readonly TokenRequest[]): number {
  const prefixes = new Set<string>();
  for (const request of requests) {
    const input = inputOf(request);
    for (let length = 1; length <= input.length; length += 1) prefixes.add(input.slice(0, length).join());
  }
  return prefixes.size;
}

function passesWithoutIds(plan: PassPlan): unknown {
  return plan.passes.map(({ tokens: found, parents, past, headRows, keptRows }) => {
    return { found, parents, past, headRows, keptRows };
  });
}

describe.each(Object.entries(SHAPES))('%s', (_, config) => {
  const property = <T>(arbitrary: fc.Arbitrary<T>, test: (value: T) => void | Promise<void>): Promise<void> =>
    fc.assert(
      fc.asyncProperty(arbitrary, async (value) => test(value)),
      { seed: SEED, numRuns: 150 },
    );

  it('covers every token once and every target once, parents first, within the limits', async () => {
    await property(manyRequests, (requests) => {
      const plan = planPasses(requests, config);
      expect(plan.tokensDistinct).toBe(distinctPrefixes(requests));
      expect(plan.tokensComputed).toBe(plan.tokensDistinct);
      expect(plan.tokensAsked).toBe(requests.reduce((sum, request) => sum + inputOf(request).length, 0));
      const targets = plan.passes.flatMap((pass) =>
        pass.targets.map(({ request, index }) => `${request}.${index}`),
      );
      const contexts = plan.passes.flatMap((pass) => pass.contexts.map(({ request }) => `${request}`));
      const asked = requests.flatMap((request, i) =>
        request.kind === 'score' ? request.continuation.map((__, index) => `${i}.${index}`) : [`${i}`],
      );
      expect([...targets, ...contexts].sort()).toEqual(asked.sort());
      expect(plan.decodeBatches.flatMap((batch) => batch.requests).map(String)).toEqual(contexts);
      plan.passes.forEach((pass, id) => {
        expect(pass.id).toBe(id);
        expect(pass.parent === null ? pass.past === 0 : pass.parent < id).toBe(true);
        expect(fits(config, pass.tokens.length, pass.headRows.length, pass.past)).toBe(true);
      });
    });
  });

  it('runs to the right answers over a session that hashes paths', async () => {
    await property(manyRequests, async (requests) => {
      const found = await runAll(engineOver(config, new HashSession()), requests);
      expect([...found.keys()].sort((a, b) => a - b)).toEqual(requests.map((__, i) => i));
      for (const [request, response] of found) {
        const asked = requests[request];
        expect(response).toEqual(asked === undefined ? null : hashAnswer(asked));
      }
    });
  });

  it('plans the same passes whatever the order of the requests', async () => {
    const shuffled = manyRequests.chain((requests) =>
      fc.tuple(fc.constant(requests), fc.shuffledSubarray(requests, { minLength: requests.length })),
    );
    await property(shuffled, ([requests, permuted]) => {
      expect(passesWithoutIds(planPasses(permuted, config))).toEqual(
        passesWithoutIds(planPasses(requests, config)),
      );
    });
  });

  it('resumes with the passes it still needs, each as planned', async () => {
    const interrupted = fc.tuple(manyRequests, fc.infiniteStream(fc.boolean()));
    await property(interrupted, async ([requests, answered]) => {
      const done = new Set(requests.map((__, i) => i).filter(() => answered.next().value === true));
      const session = new HashSession();
      const found = await runAll(engineOver(config, session), requests, { done });
      expect(found.size).toBe(requests.length - done.size);
      for (const [request, response] of found) {
        const asked = requests[request];
        expect(response).toEqual(asked === undefined ? null : hashAnswer(asked));
      }
      const plan = planPasses(requests, config);
      for (const pass of session.passes) expect(pass).toEqual(plan.passes[pass.id]);
      const ran = new Set(session.passes.map((pass) => pass.id));
      const batched = new Set(
        plan.decodeBatches.flatMap((batch) =>
          batch.requests.every((i) => done.has(i)) ? [] : batch.requests,
        ),
      );
      for (const pass of plan.passes) {
        if (ran.has(pass.id)) continue;
        expect(pass.targets.every(({ request }) => done.has(request))).toBe(true);
        expect(pass.contexts.every(({ request }) => !batched.has(request))).toBe(true);
      }
    });
  });
});

describe('the choice of passes', () => {
  const config = shape({
    vocab_size: 49152,
    hidden_size: 576,
    intermediate_size: 1536,
    num_hidden_layers: 30,
    num_attention_heads: 9,
    num_key_value_heads: 3,
  });
  const random = (length: number, seed: number): number[] =>
    Array.from({ length }, (_, i) => (Math.imul(i + 1, 2654435761 + seed * 40503) >>> 8) % 49152);
  const planCost = (plan: PassPlan): number => {
    const cost = passCost(config);
    return plan.passes.reduce((sum, pass) => sum + costOf(cost, pass.tokens.length, pass.past), 0);
  };

  it('computes a few-shot prefix once, and four options with their question', () => {
    const shots = random(700, 1);
    const requests = Array.from({ length: 100 }, (_, question) => {
      const context = [...shots, ...random(90, question + 2)];
      return [1, 2, 3, 4].map((option): TokenRequest => ({ kind: 'score', context, continuation: [option] }));
    }).flat();
    const plan = planPasses(requests, config);
    expect(plan.tokensComputed).toBe(700 + 100 * 90);
    expect(plan.tokensAsked).toBe(400 * 790);
    const questions = plan.passes.filter((pass) => pass.targets.length > 0);
    expect(questions.length).toBeGreaterThanOrEqual(50);
    expect(questions.every((pass) => pass.headRows.length * 4 === pass.targets.length)).toBe(true);
    // Each question alone, with the prefix kept, is the obvious plan: ours must not be dearer.
    const cost = passCost(config);
    expect(planCost(plan)).toBeLessThanOrEqual(costOf(cost, 700, 0) + 100 * costOf(cost, 90, 700));
  });

  it('packs tiny unrelated requests and keeps long ones apart', () => {
    const ask = (length: number, seed: number): TokenRequest => {
      return { kind: 'score', context: random(length, seed), continuation: [1] };
    };
    const tiny = planPasses(
      Array.from({ length: 20 }, (_, i) => ask(8, i)),
      config,
    );
    expect(tiny.passes.length).toBeLessThan(5);
    const long = planPasses(
      Array.from({ length: 4 }, (_, i) => ask(400, i)),
      config,
    );
    expect(long.passes.length).toBeGreaterThanOrEqual(4);
  });

  it('cuts long inputs into passes of bounded size', () => {
    const page: TokenRequest = { kind: 'score', context: [1], continuation: random(4000, 9) };
    const plan = planPasses([page], config);
    expect(plan.passes.length).toBeGreaterThan(3);
    expect(plan.tokensComputed).toBe(4000);
  });

  it('keeps waiting keys and values within their limit', () => {
    const requests = Array.from({ length: 40 }, (_, i): TokenRequest => {
      return { kind: 'generate', context: random(1500, i), maxNewTokens: 256 };
    });
    const plan = planPasses(requests, config);
    const bytes = 2 * 4 * 30 * 3 * 64;
    for (const batch of plan.decodeBatches) {
      expect(batch.requests.length * batch.capacity * bytes).toBeLessThanOrEqual(2 ** 30);
    }
    expect(plan.decodeBatches.length).toBe(4);
  });

  it('plans nothing for no requests', () => {
    expect(planPasses([], config)).toMatchObject({
      passes: [],
      decodeBatches: [],
      tokensAsked: 0,
      positions: 0,
    });
  });
});

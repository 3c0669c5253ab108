/** The likeliest token of each scored position: only where asked for, and then by trying every token. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  engineOver,
  openEngine,
  parseModelConfig,
  planPasses,
  type TokenRequest,
  type TokenResponse,
} from '../src/index.ts';
import { HASH_VOCAB, HashSession, hashAnswer } from './hash-session.ts';
import { TOLERANCE_NATS } from './helpers.ts';

const CONFIG = parseModelConfig('config.json', {
  architectures: ['LlamaForCausalLM'],
  ...{ vocab_size: HASH_VOCAB, hidden_size: 64, intermediate_size: 128, num_hidden_layers: 2 },
  ...{ num_attention_heads: 4, max_position_embeddings: 4096 },
});

const REQUESTS: readonly TokenRequest[] = [
  { kind: 'score', context: [0, 1], continuation: [2, 3, 4] },
  { kind: 'score', context: [0, 1], continuation: [2, 5] },
  { kind: 'generate', context: [0, 1, 2], maxNewTokens: 4 },
  { kind: 'generate', context: [3], maxNewTokens: 2 },
];

async function runOver(
  engine: Pick<ReturnType<typeof engineOver>, 'run' | 'config'>,
  requests: readonly TokenRequest[],
  best: boolean,
): Promise<ReadonlyMap<number, TokenResponse>> {
  const found = new Map<number, TokenResponse>();
  await engine.run(requests, planPasses(requests, engine.config), {
    ...(best ? { best } : {}),
    done: new Set(),
    stopWhen: () => false,
    onResponses: (batch) => {
      for (const { request, response } of batch) found.set(request, response);
    },
  });
  return found;
}

function logProbsAlong(context: readonly number[], tokens: readonly number[]): readonly number[] {
  const answer = hashAnswer({ kind: 'score', context, continuation: tokens });
  if (answer.kind !== 'score') throw new Error('no score');
  return answer.logProbs;
}

function greedyAfter(path: readonly number[]): number {
  const answer = hashAnswer({ kind: 'generate', context: path, maxNewTokens: 1 });
  return answer.kind === 'generate' ? (answer.tokens[0] ?? -1) : -1;
}

describe('over a session that computes hashes', () => {
  it('adds the likeliest tokens and the cost of generated ones, and changes nothing else', async () => {
    const engine = engineOver(CONFIG, new HashSession());
    const plain = await runOver(engine, REQUESTS, false);
    const full = await runOver(engine, REQUESTS, true);
    REQUESTS.forEach((request, i) => {
      const answer = hashAnswer(request);
      expect(plain.get(i)).toEqual(answer);
      if (request.kind === 'score') {
        const best = request.continuation.map((_, place) => {
          const path = [...request.context, ...request.continuation.slice(0, place)];
          const token = greedyAfter(path);
          return { token, logProb: logProbsAlong(path, [token])[0] };
        });
        expect(full.get(i)).toEqual({ ...answer, best });
      } else {
        const tokens = answer.kind === 'generate' ? answer.tokens : [];
        expect(full.get(i)).toEqual({ ...answer, logProbs: logProbsAlong(request.context, tokens) });
      }
    });
  });
});

describe('over a model', () => {
  it('no other token scores better, and generated tokens score as they were generated', async () => {
    const engine = await openEngine(join(import.meta.dirname, 'fixtures/llama-untied-bf16-shards'), {
      threads: 1,
    });
    const context = [1, 17, 42];
    const asked: readonly TokenRequest[] = [
      { kind: 'score', context, continuation: [7, 9] },
      { kind: 'generate', context, maxNewTokens: 5 },
    ];
    const [score, generated] = [...(await runOver(engine, asked, true))]
      .sort(([a], [b]) => a - b)
      .map(([, response]) => response);
    if (score?.kind !== 'score' || generated?.kind !== 'generate') throw new Error('not answered');
    for (const [place, path] of [context, [...context, 7]].entries()) {
      const every = Array.from({ length: engine.config.vocabSize }, (_, token): TokenRequest => {
        return { kind: 'score', context: path, continuation: [token] };
      });
      const all = await runOver(engine, every, false);
      const values = every.map((_, token) => {
        const answer = all.get(token);
        return answer?.kind === 'score' ? (answer.logProbs[0] ?? Number.NaN) : Number.NaN;
      });
      const best = score.best?.[place];
      expect(values.indexOf(Math.max(...values))).toBe(best?.token);
      expect(Math.abs(Math.max(...values) - (best?.logProb ?? Number.NaN))).toBeLessThan(TOLERANCE_NATS);
    }
    expect(generated.tokens[0]).toBe(score.best?.[0]?.token);
    const again = await runOver(engine, [{ kind: 'score', context, continuation: generated.tokens }], false);
    const rescored = again.get(0);
    if (rescored?.kind !== 'score') throw new Error('not scored');
    expect(rescored.isGreedy).toBe(true);
    rescored.logProbs.forEach((value, i) => {
      expect(Math.abs(value - (generated.logProbs?.[i] ?? Number.NaN))).toBeLessThan(TOLERANCE_NATS);
    });
    await engine.close();
  });
});

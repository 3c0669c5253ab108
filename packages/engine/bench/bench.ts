/**
 * Speed of the embedded engine on a model folder: requests shaped like MMLU 5-shot and like GSM8K, random tokens.
 *
 *     npx node packages/engine/bench/bench.ts <folder> [threads] [questions]
 *
 * Prints tokens/s asked (what a program without sharing computes) and computed, passes/s, decode steps/s.
 */
import { openEngine, planPasses, type TokenRequest } from '../src/index.ts';

const [folder, threads = '2', questions = '40'] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: bench.ts <folder> [threads] [questions]');

const engine = await openEngine(folder, { threads: Number(threads) });
const { vocabSize, maxPositions } = engine.config;
let state = 1;

function randomTokens(length: number): number[] {
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % vocabSize;
  });
}

async function measure(name: string, requests: readonly TokenRequest[]): Promise<void> {
  const plan = planPasses(requests, engine.config);
  const start = performance.now();
  let lastPrefill = start;
  let decodeMs = 0;
  const stats = await engine.run(requests, plan, {
    done: new Set(),
    stopWhen: (_, tokens) => {
      if (tokens.length === 1) lastPrefill = performance.now();
      return false;
    },
    onResponses: (batch) => {
      if (batch.some(({ response }) => response.kind === 'generate'))
        decodeMs += performance.now() - lastPrefill;
    },
  });
  const seconds = (performance.now() - start) / 1000;
  const rate = (count: number, over = seconds): string => (over > 0 ? (count / over).toFixed(1) : '-');
  console.log(
    `${name}: ${seconds.toFixed(2)} s; tokens asked ${plan.tokensAsked} (${rate(plan.tokensAsked)}/s), ` +
      `distinct ${plan.tokensDistinct}, computed ${stats.tokensComputed} (${rate(stats.tokensComputed)}/s); ` +
      `passes ${stats.passes} (${rate(stats.passes, seconds - decodeMs / 1000)}/s); ` +
      `decode steps ${stats.decodeSteps} (${rate(stats.decodeSteps, decodeMs / 1000)}/s), ` +
      `generated ${stats.tokensGenerated} (${rate(stats.tokensGenerated, decodeMs / 1000)}/s)`,
  );
}

const shots = randomTokens(Math.min(700, maxPositions - 300));
const count = Number(questions);
const fewShot = Array.from({ length: count }, (_, question) => {
  const context = [...shots, ...randomTokens(60 + ((question * 37) % 80))];
  return [10, 11, 12, 13].map((option): TokenRequest => ({ kind: 'score', context, continuation: [option] }));
}).flat();
const endings = Array.from({ length: count }, () => {
  const context = randomTokens(50);
  return [20, 25, 15, 30].map((length): TokenRequest => {
    return { kind: 'score', context, continuation: randomTokens(length) };
  });
}).flat();
const answers = Array.from({ length: 16 }, (): TokenRequest => {
  return { kind: 'generate', context: [...shots, ...randomTokens(60)], maxNewTokens: 32 };
});

await measure('warm-up', endings.slice(0, 8));
await measure('MMLU 5-shot shape', fewShot);
await measure('HellaSwag 0-shot shape', endings);
await measure('GSM8K shape', answers);
await engine.close();

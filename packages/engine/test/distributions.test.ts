/** Distributions against the scoring path, which torch's fixtures judge: the same numbers, whatever the chunks. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Engine, openEngine, type TokenRequest } from '../src/index.ts';
import { runAll, TOLERANCE_NATS } from './helpers.ts';

const folder = join(import.meta.dirname, 'fixtures/llama-untied-bf16-shards');

async function rowsOf(engine: Engine, tokens: readonly number[], from?: number): Promise<number[][]> {
  const found: number[][] = [];
  for await (const { rows, logProbs } of engine.distributions(tokens, from)) {
    for (let row = 0; row < rows; row += 1) {
      found.push([...logProbs.subarray(row * engine.config.vocabSize, (row + 1) * engine.config.vocabSize)]);
    }
  }
  return found;
}

describe('distributions', () => {
  const { requests } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
    requests: TokenRequest[];
  };
  const longest = requests
    .filter((request) => request.kind === 'score')
    .toSorted(
      (a, b) => b.continuation.length + b.context.length - a.continuation.length - a.context.length,
    )[0];
  if (longest === undefined) throw new Error('the fixture has no scored request');
  const tokens = [...longest.context, ...longest.continuation];

  it('sum to one and hold the log-probabilities that scoring gives', async () => {
    const engine = await openEngine(folder, { threads: 1 });
    const scored = (await runAll(engine, [longest])).get(0);
    const rows = await rowsOf(engine, tokens);
    await engine.close();
    expect(rows).toHaveLength(tokens.length);
    for (const row of rows) expect(row.reduce((sum, value) => sum + Math.exp(value), 0)).toBeCloseTo(1, 5);
    if (scored?.kind !== 'score') throw new Error('the request was not scored');
    scored.logProbs.forEach((value, index) => {
      const at = longest.context.length + index;
      expect(Math.abs((rows[at - 1]?.[tokens[at] ?? -1] ?? Number.NaN) - value)).toBeLessThan(TOLERANCE_NATS);
    });
  });

  it('begin where they are asked to, with the same numbers', async () => {
    const engine = await openEngine(folder, { threads: 1 });
    const all = await rowsOf(engine, tokens);
    const from = Math.floor(tokens.length / 2);
    const half = await rowsOf(engine, tokens, from);
    await engine.close();
    expect(half).toHaveLength(tokens.length - from);
    half.forEach((row, index) => {
      row.forEach((value, token) => {
        expect(Math.abs(value - (all[from + index]?.[token] ?? Number.NaN))).toBeLessThan(TOLERANCE_NATS);
      });
    });
  });
});

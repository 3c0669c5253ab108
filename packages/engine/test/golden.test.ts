/**
 * The numbers of NUMERICS_VERSION, to tell a refactoring from a change of numerics: when this fails and torch's
 * fixtures still pass, raise the version and write the file again (EVALGRAPH_WRITE_GOLDEN=1). Far tighter than the
 * tolerance against torch, loose enough for another CPU's rounding.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NUMERICS_VERSION, openEngine, type TokenRequest } from '../src/index.ts';
import { runAll } from './helpers.ts';

const GOLDEN = join(import.meta.dirname, 'golden.json');
/** Nats, on the mean over a continuation. */
const ROUNDING_NATS = 5e-6;

interface Golden {
  readonly numericsVersion: number;
  /** By model: mean log-probability of each scored request. */
  readonly means: Readonly<Record<string, readonly number[]>>;
}

async function meansOf(name: string): Promise<readonly number[]> {
  const folder = join(import.meta.dirname, 'fixtures', name);
  const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
    requests: TokenRequest[];
  };
  const engine = await openEngine(folder, { threads: 2 });
  const requests = expected.requests.filter((request) => request.kind === 'score');
  const found = await runAll(engine, requests);
  await engine.close();
  return requests.map((_, i) => {
    const answer = found.get(i);
    if (answer?.kind !== 'score') throw new Error(`request ${i} was not scored`);
    return answer.logProbs.reduce((sum, value) => sum + value, 0) / answer.logProbs.length;
  });
}

it('moves no number without raising NUMERICS_VERSION', async () => {
  const names = ['llama-bias-f16', 'llama-llama3-rope', 'llama-untied-bf16-shards'];
  const means: Record<string, readonly number[]> = {};
  for (const name of names) means[name] = await meansOf(name);
  if (process.env.EVALGRAPH_WRITE_GOLDEN !== undefined) {
    writeFileSync(GOLDEN, `${JSON.stringify({ numericsVersion: NUMERICS_VERSION, means })}\n`);
  }
  const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Golden;
  expect(golden.numericsVersion).toBe(NUMERICS_VERSION);
  for (const name of names) {
    const found = means[name] ?? [];
    expect(found.length).toBe(golden.means[name]?.length);
    found.forEach((value, i) => {
      expect(Math.abs(value - (golden.means[name]?.[i] ?? Number.NaN)), `${name} ${i}`).toBeLessThan(
        ROUNDING_NATS,
      );
    });
  }
});

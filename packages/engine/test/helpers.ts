/** Shared by the engine's tests: run everything and collect; compare within the stated tolerance. */
import { expect } from 'vitest';
import {
  type Engine,
  planPasses,
  type RunStats,
  type TokenRequest,
  type TokenResponse,
} from '../src/index.ts';

/** Nats; the tolerance that batches, threads and torch agree within. */
export const TOLERANCE_NATS = 1e-4;

export interface RunChoices {
  readonly done?: ReadonlySet<number>;
  readonly stopWhen?: (request: number, tokens: readonly number[]) => boolean | Promise<boolean>;
  readonly onStats?: (stats: RunStats) => void;
}

/** Responses by request. Fails if one is answered twice. */
export async function runAll(
  engine: Engine,
  requests: readonly TokenRequest[],
  choices: RunChoices = {},
): Promise<Map<number, TokenResponse>> {
  const found = new Map<number, TokenResponse>();
  const stats = await engine.run(requests, planPasses(requests, engine.config), {
    done: choices.done ?? new Set(),
    stopWhen: choices.stopWhen ?? (() => false),
    onResponses: (batch) => {
      for (const { request, response } of batch) {
        expect(found.has(request)).toBe(false);
        found.set(request, response);
      }
    },
  });
  choices.onStats?.(stats);
  return found;
}

export function expectClose(
  found: TokenResponse | undefined,
  expected: TokenResponse | undefined,
  label: string,
): void {
  expect(found, label).toBeDefined();
  if (found?.kind !== 'score' || expected?.kind !== 'score') {
    expect(found, label).toEqual(expected);
    return;
  }
  expect(found.isGreedy, label).toBe(expected.isGreedy);
  expect(found.logProbs.length, label).toBe(expected.logProbs.length);
  const worst = Math.max(
    ...found.logProbs.map((value, i) => Math.abs(value - (expected.logProbs[i] ?? Number.NaN))),
  );
  expect(worst, label).toBeLessThan(TOLERANCE_NATS);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  expect(Math.abs(sum(found.logProbs) - sum(expected.logProbs)), label).toBeLessThan(
    TOLERANCE_NATS * Math.max(1, found.logProbs.length / 50),
  );
}

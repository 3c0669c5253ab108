/** The engine `openai` in tests: how it is used, waits that take no time, and the answers of a session. */
import { expect } from 'vitest';
import type { Waiting } from '../../../engines/src/openai/client.ts';
import type { Session, SessionRequest, SessionResponse } from '../../../engines/src/session.ts';
import type { OpenAiUse } from '../../../spec/src/index.ts';

export const SETTINGS = { maxLength: null, addBosToken: false };
export const KEY_VARIABLE = 'EVALGRAPH_TEST_KEY';
export const KEY = 'sk-very-secret';

export function useOf(url: string, changes: Partial<OpenAiUse> = {}): OpenAiUse {
  return {
    ...{
      use: 'openai',
      url,
      model: 'tiny',
      dtype: 'float32',
      apiKeyVariable: null,
      apiKeyOverHttp: false,
      concurrency: 4,
    },
    timeoutMs: 5000,
    ...changes,
  };
}

export interface Patience extends Waiting {
  readonly sleptMs: readonly number[];
}

export function patience(): Patience {
  const sleptMs: number[] = [];
  return {
    sleptMs,
    sleep: async (ms) => {
      sleptMs.push(ms);
    },
    random: () => 0.5,
  };
}

export async function answers(
  session: Session,
  requests: readonly SessionRequest[],
  done: ReadonlySet<number> = new Set(),
): Promise<ReadonlyMap<number, SessionResponse>> {
  const found = new Map<number, SessionResponse>();
  await session.run(requests, {
    done,
    onAnswers: (batch) => {
      for (const { request, response } of batch) {
        expect(found.has(request) || done.has(request)).toBe(false);
        found.set(request, response);
      }
    },
    onProgress: () => {},
  });
  return found;
}

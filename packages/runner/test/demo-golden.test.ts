/** The embedded engine against torch (float32) on the demo's last checkpoint: committed values, no Python needed. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Answered, answerDemo, lastDemoCheckpoint } from './support/demo-answers.ts';
import { GOLDEN_FILE, type Golden } from './support/demo-golden.ts';

const golden = JSON.parse(readFileSync(GOLDEN_FILE, 'utf8')) as Golden;

describe('the demo’s last checkpoint', () => {
  let answered: ReadonlyMap<string, Answered>;
  beforeAll(async () => {
    answered = await answerDemo(golden.limit);
  });

  it('is the one that torch answered for', () => {
    expect(lastDemoCheckpoint()).toBe(golden.checkpoint);
  });

  it.each(Object.entries(golden.tasks))('%s: log-likelihoods within 1e-4 nats, texts equal', (task, docs) => {
    const responses = answered.get(task)?.responses ?? [];
    expect(responses).toHaveLength(docs.length);
    for (const [index, wanted] of docs.entries()) {
      for (const [place, want] of wanted.entries()) {
        const response = responses[index]?.[place];
        if (response?.kind === 'generate') expect(response.text).toBe(want);
        else {
          const [nats, isGreedy] = typeof want === 'object' ? want : [Number(want), null];
          expect(Math.abs((response?.logLikelihood ?? Number.NaN) - nats)).toBeLessThanOrEqual(1e-4);
          if (response?.kind === 'loglikelihood') expect(response.isGreedy).toBe(isGreedy);
        }
      }
    }
  });
});

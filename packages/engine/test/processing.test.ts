/** Rules about logits: transformers' own processors are the judge (fixtures/make_processing.py wrote the cases). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openEngine, type TokenRequest } from '../src/index.ts';
import { largestAt, NO_PROCESSING, type Processing, processLogits } from '../src/processing.ts';
import { runAll } from './helpers.ts';

interface Case {
  readonly keys: Readonly<Record<string, unknown>>;
  readonly context: readonly number[];
  readonly tokens: readonly number[];
  readonly maxNewTokens: number;
  readonly logits: readonly number[];
  /** null: minus infinity. */
  readonly after: readonly (number | null)[];
  readonly argmax: number;
}

const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures/processing.json'), 'utf8'),
) as Case[];

/** transformers' keys in the engine's names, for well-formed cases. */
function rulesOf(keys: Case['keys']): Processing {
  const value = <T>(key: string, off: T): T => (keys[key] as T | undefined) ?? off;
  const list = (key: string): readonly number[] | null => {
    const found = keys[key] as number | readonly number[] | undefined;
    return found === undefined ? null : [found].flat();
  };
  const decay = keys['exponential_decay_length_penalty'] as readonly [number, number] | undefined;
  return {
    sequenceBias: value<readonly [readonly number[], number][]>('sequence_bias', []).map(
      ([tokens, bias]) => ({
        tokens,
        bias,
      }),
    ),
    encoderRepetitionPenalty: value('encoder_repetition_penalty', 1),
    repetitionPenalty: value('repetition_penalty', 1),
    noRepeatNgramSize: value('no_repeat_ngram_size', 0),
    encoderNoRepeatNgramSize: value('encoder_no_repeat_ngram_size', 0),
    badWords: value('bad_words_ids', []),
    minLength: value('min_length', 0),
    minNewTokens: value('min_new_tokens', 0),
    forcedFirst: value('forced_bos_token_id', null),
    forcedLast: list('forced_eos_token_id'),
    removeInvalid: value('remove_invalid_values', false),
    decay: decay === undefined ? null : { start: decay[0], factor: decay[1] },
    suppressed: value('suppress_tokens', []),
    suppressedFirst: value('begin_suppress_tokens', []),
    ends: list('eos_token_id') ?? [],
  };
}

describe('rules about logits', () => {
  it('there are cases of every rule', () => {
    const seen = new Set(cases.flatMap(({ keys }) => Object.keys(keys)));
    expect([...seen].sort()).toHaveLength(15);
  });

  it.each(
    cases.map((one, index) => ({ index, keys: JSON.stringify(one.keys), one })),
  )('make of logits what transformers makes: $index $keys', ({ one }) => {
    const logits = Float32Array.from(one.logits);
    const before = Float32Array.from(logits);
    const found = processLogits(logits, rulesOf(one.keys), one);
    expect(logits).toEqual(before);
    expect([...found].map((value) => (value === Number.NEGATIVE_INFINITY ? null : value))).toEqual(one.after);
    expect(largestAt(found)).toBe(one.argmax);
  });

  it('do not touch neighbours, and give the same alone, beside others and after a resume', async () => {
    const engine = await openEngine(join(import.meta.dirname, 'fixtures/llama-tied-f32'), { threads: 1 });
    const penalty = (repetitionPenalty: number): Processing => ({ ...NO_PROCESSING, repetitionPenalty });
    const requests: TokenRequest[] = [1, 1.1, 1.5, 2, 1, 3].map((value, at) => ({
      kind: 'generate',
      context: [5, 9, 5 + (at % 2), 9],
      maxNewTokens: 10,
      ...(value === 1 ? {} : { processing: penalty(value) }),
      ...(at === 3 ? { sampling: { temperature: 0.8, topK: 0, topP: 1, seed: 7 } } : {}),
    }));
    const together = await runAll(engine, requests);
    const resumed = await runAll(engine, requests, { done: new Set([0, 3]) });
    for (const [index, request] of requests.entries()) {
      const alone = (await runAll(engine, [request])).get(0);
      expect(together.get(index)).toEqual(alone);
      if (resumed.has(index)) expect(resumed.get(index)).toEqual(alone);
    }
    const texts = new Set([...together.values()].map((answer) => JSON.stringify(answer)));
    expect(texts.size).toBeGreaterThan(2);
    await engine.close();
  });
});

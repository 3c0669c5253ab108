/**
 * The engine `openai` against a server that fails in every way: it keeps what was answered, asks again where that can
 * help, and says what to do where it cannot.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { openAiEngine } from '../../engines/src/openai/adapter.ts';
import { openClient } from '../../engines/src/openai/client.ts';
import { openAiIdentity } from '../../engines/src/openai/identity.ts';
import { messages, phrases } from '../../engines/src/openai/messages.ts';
import { delayBefore, MAX_ATTEMPTS } from '../../engines/src/openai/retry.ts';
import type { SessionRequest, SessionResponse } from '../../engines/src/session.ts';
import type { OpenAiUse } from '../../spec/src/index.ts';
import {
  type Behaviour,
  type FakeServer,
  fakeLogProb,
  reply,
  rightAnswer,
  startFakeServer,
} from './support/fake-server.ts';
import { answers, KEY, KEY_VARIABLE, patience, SETTINGS, useOf } from './support/openai-client.ts';
import { writeTinyModel } from './support/tiny-model.ts';

describe('against a server with faults', () => {
  /** Tokens of the first request: the prefix and 'Answer: yes 12'. */
  const PROBE = 15;
  const folder = join(mkdtempSync(join(tmpdir(), 'evalgraph-openai-')), 'tiny');
  const scores: readonly SessionRequest[] = Array.from({ length: 12 }, (_, i) => ({
    ...{ kind: 'loglikelihood', context: `Question ${i}` },
    continuation: ` yes ${i}`,
  }));

  beforeAll(() => writeTinyModel(folder, 1));

  interface Ran {
    readonly server: FakeServer;
    readonly sleptMs: readonly number[];
    readonly found: ReadonlyMap<number, SessionResponse>;
    readonly error: UserError | null;
  }

  async function runAgainst(
    behaviour: Behaviour,
    requests: readonly SessionRequest[] = scores,
    changes: Partial<OpenAiUse> = {},
    done: ReadonlySet<number> = new Set(),
  ): Promise<Ran> {
    const server = await startFakeServer(behaviour);
    const waiting = patience();
    const session = await openAiEngine(useOf(server.url, changes), waiting).open(folder, SETTINGS, 1);
    const found = new Map<number, SessionResponse>();
    let error: UserError | null = null;
    try {
      await session.run(requests, {
        done,
        onAnswers: (batch) => {
          for (const { request, response } of batch) found.set(request, response);
        },
        onProgress: () => {},
      });
    } catch (caught) {
      if (!(caught instanceof UserError)) throw caught;
      error = caught;
    } finally {
      await session.close();
      await server.close();
    }
    return { server, sleptMs: waiting.sleptMs, found, error };
  }

  const right: Behaviour = (seen, response) => reply(response, 200, rightAnswer(seen));
  /** Rightly, but for the given completion requests. */
  const except =
    (wrong: Behaviour, numbers: readonly number[]): Behaviour =>
    (seen, response, number) =>
      (numbers.includes(number) ? wrong : right)(seen, response, number);

  function expectAll({ found, error }: Ran): void {
    expect(error).toBeNull();
    for (const [i, request] of scores.entries()) {
      if (request.kind !== 'loglikelihood') throw new Error('no score');
      const tokens = [...Buffer.from(request.context + request.continuation)];
      const start = Buffer.from(request.context).length;
      const want = tokens.map(fakeLogProb).slice(start);
      expect(found.get(i)).toEqual({
        kind: 'loglikelihood',
        logLikelihood: want.reduce((sum, value) => sum + value, 0),
        isGreedy: tokens.slice(start).every((token) => token % 2 === 0),
        tokens: want.length,
      });
    }
  }

  it('sends token ids with echo and reads the continuation’s part; no more at once than allowed', async () => {
    const slow: Behaviour = (seen, response) =>
      void setTimeout(() => reply(response, 200, rightAnswer(seen)), 5);
    const ran = await runAgainst(slow, scores, { concurrency: 3 });
    expectAll(ran);
    expect(ran.server.mostAtOnce()).toBe(3);
    // One probe, then one request each.
    expect(ran.server.seen.length).toBe(scores.length + 1);
    expect(ran.server.seen[1]).toEqual({
      path: '/v1/completions',
      authorization: null,
      body: {
        model: 'tiny',
        prompt: [...Buffer.from('Question 0 yes 0')],
        ...{ max_tokens: 0, temperature: 0, seed: 1234, logprobs: 1, echo: true },
      },
    });
  });

  it('leaves out what is done', async () => {
    const { server, found } = await runAgainst(right, scores, {}, new Set([0, 1, 2, 5]));
    expect([...found.keys()].sort((a, b) => a - b)).toEqual([3, 4, 6, 7, 8, 9, 10, 11]);
    expect(server.seen.length).toBe(8 + 1);
  });

  it('generates with stop strings and the end-of-text, and cuts what a server leaves behind', async () => {
    const leaves: Behaviour = (_, response) =>
      reply(response, 200, { choices: [{ index: 0, text: ' four.\nNext' }], usage: null });
    const request = { kind: 'generate', context: 'Two and two', until: ['\n', ''], maxGenToks: 9 } as const;
    const { server, found } = await runAgainst(leaves, [request]);
    expect(found.get(0)).toEqual({ kind: 'generate', text: ' four.' });
    expect(server.seen.map(({ body }) => body)).toEqual([
      {
        model: 'tiny',
        prompt: [...Buffer.from('Two and two')],
        ...{ max_tokens: 9, temperature: 0, seed: 1234, stop: ['\n', '</s>'] },
      },
    ]);
  });

  it('asks for one generated token where a server insists on one, with or without it in the answer', async () => {
    const insists: Behaviour = (seen, response, number) => {
      if (seen.body['max_tokens'] === 0)
        reply(response, 400, { error: { message: 'max_tokens must be at least 1' } });
      else if (number % 2 === 0) reply(response, 200, rightAnswer(seen));
      else {
        // The end-of-text is left out; the prompt's count is right.
        const answer = rightAnswer({ ...seen, body: { ...seen.body, max_tokens: 0 } });
        reply(response, 200, answer);
      }
    };
    const ran = await runAgainst(insists);
    expectAll(ran);
    expect(ran.server.seen.slice(1).every(({ body }) => body['max_tokens'] === 1)).toBe(true);
  });

  it('waits as long as a 429 asks for, then goes on', async () => {
    const busy: Behaviour = (_, response) =>
      reply(response, 429, { error: { message: 'slow down' } }, { 'retry-after': '7' });
    const ran = await runAgainst(except(busy, [0, 3]));
    expectAll(ran);
    expect(ran.sleptMs).toEqual([7000, 7000]);
  });

  it('asks again after 500s, resets, silence and a closed connection, waiting longer each time', async () => {
    const faults: readonly Behaviour[] = [
      (_, response) => reply(response, 500, 'Internal Server Error'),
      (_, response) => reply(response, 503, '<html>starting</html>'),
      (_, response) => void response.socket?.resetAndDestroy(),
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"choices": [');
        setTimeout(() => response.destroy(), 5);
      },
    ];
    for (const fault of faults) {
      const ran = await runAgainst(except(fault, [0, 1, 2]), scores, { concurrency: 1 });
      expectAll(ran);
      expect(ran.sleptMs).toEqual([375, 750, 1500]);
    }
    const silent = await runAgainst(
      except(() => {}, [2]),
      scores,
      { timeoutMs: 2000 },
    );
    expectAll(silent);
    expect(silent.sleptMs).toEqual([375]);
  });

  it('gives up after the last attempt, keeps what was answered, and says why', async () => {
    const dies: Behaviour = (seen, response, number) =>
      number < 5 ? right(seen, response, number) : reply(response, 502, '<html>Bad Gateway</html>');
    const { found, error, server, sleptMs } = await runAgainst(dies, scores, { concurrency: 1 });
    expect(found.size).toBe(4);
    const reason = phrases.status(502, '<html>Bad Gateway</html>');
    const url = `${server.url}/completions`;
    expect(error?.problems).toEqual([messages.serverFailed(url, MAX_ATTEMPTS, reason)]);
    expect(sleptMs.length).toBe(MAX_ATTEMPTS - 1);
    const silent = await runAgainst(() => {}, scores, { timeoutMs: 50 });
    expect(silent.error?.message).toContain(phrases.timeout(50));
  });

  it('does not wait for a server that asks for hours', async () => {
    const limited: Behaviour = (_, response) =>
      reply(response, 429, { error: 'quota' }, { 'retry-after': '86400' });
    const { error, sleptMs, server } = await runAgainst(limited);
    expect(error?.problems).toEqual([
      messages.serverFailed(`${server.url}/completions`, 1, phrases.status(429, 'quota')),
    ]);
    expect(sleptMs).toEqual([]);
  });

  it('says so where nobody listens', async () => {
    const server = await startFakeServer(right);
    await server.close();
    const session = await openAiEngine(useOf(server.url), patience()).open(folder, SETTINGS, 1);
    await expect(answers(session, scores)).rejects.toThrow(phrases.network('ECONNREFUSED'));
    await session.close();
  });

  const refuses =
    (status: number, detail: string): Behaviour =>
    (_, response) =>
      reply(response, status, { error: { message: detail } });
  const changed =
    (change: (answer: Record<string, never>) => unknown): Behaviour =>
    (seen, response) =>
      reply(response, 200, change(structuredClone(rightAnswer(seen)) as Record<string, never>));

  it.each<[string, Behaviour, readonly string[]]>([
    [
      'refuses echo',
      refuses(422, 'echo is not supported'),
      [
        phrases.statusDetail(0, 422, 'echo is not supported'),
        phrases.statusDetail(1, 422, 'echo is not supported'),
      ],
    ],
    [
      'ignores echo',
      changed(() => ({ choices: [{ index: 0, text: 'x', logprobs: null }] })),
      [phrases.answerDetail(0, phrases.noLogProbs()), phrases.answerDetail(1, phrases.noLogProbs())],
    ],
    [
      'adds a BOS and tells',
      changed((answer) => ({ ...answer, usage: { prompt_tokens: 3 } })),
      [
        phrases.answerDetail(0, phrases.wrongPromptCount(PROBE, 3)),
        phrases.answerDetail(1, phrases.wrongPromptCount(PROBE, 3)),
      ],
    ],
    [
      'returns other counts',
      changed(() => ({ choices: [{ logprobs: { token_logprobs: [null, -1, -1, -1, -1] } }] })),
      [
        phrases.answerDetail(0, phrases.wrongCount(PROBE, 5)),
        phrases.answerDetail(1, phrases.wrongCount(PROBE, 5)),
      ],
    ],
    [
      'has no alternatives',
      changed(() => ({
        choices: [{ logprobs: { token_logprobs: [null, ...new Array(PROBE - 1).fill(-1)] } }],
        usage: { prompt_tokens: PROBE },
      })),
      [phrases.answerDetail(0, phrases.noTopLogProbs(1)), phrases.answerDetail(1, phrases.noTopLogProbs(1))],
    ],
    [
      'has holes',
      changed(() => ({
        choices: [{ logprobs: { token_logprobs: new Array(PROBE).fill(null) } }],
        usage: { prompt_tokens: PROBE },
      })),
      [
        phrases.answerDetail(0, phrases.noLogProb(1, null)),
        phrases.answerDetail(1, phrases.noLogProb(1, null)),
      ],
    ],
    [
      'writes a stand-in for minus infinity',
      changed(() => ({
        choices: [{ logprobs: { token_logprobs: [null, ...new Array(PROBE - 1).fill(-9999)] } }],
        usage: { prompt_tokens: PROBE },
      })),
      [
        phrases.answerDetail(0, phrases.noLogProb(1, -9999)),
        phrases.answerDetail(1, phrases.noLogProb(1, -9999)),
      ],
    ],
    [
      'refuses echo as llama.cpp does, with status 500',
      refuses(500, 'Only no echo is supported'),
      [
        phrases.statusDetail(0, 500, 'Only no echo is supported'),
        phrases.statusDetail(1, 500, 'Only no echo is supported'),
      ],
    ],
    [
      'has no choices',
      changed(() => ({ choices: [] })),
      [phrases.answerDetail(0, phrases.noChoice()), phrases.answerDetail(1, phrases.noChoice())],
    ],
  ])('ends at a server that %s, before asking anything', async (_, behaviour, details) => {
    const { error, server, found, sleptMs } = await runAgainst(behaviour);
    expect(error?.problems).toEqual([messages.serverCannotEcho(`${server.url}/completions`, details)]);
    expect(server.seen.length).toBe(2);
    expect(found.size + sleptMs.length).toBe(0);
  });

  it('ends at a server whose tokens have other texts; blanks are shown in many ways, ids in one', async () => {
    const shows =
      (text: (token: number, place: number) => string): Behaviour =>
      (seen, response) => {
        const answer = rightAnswer(seen) as { choices: { logprobs: { tokens: string[] } }[] };
        const prompt = seen.body['prompt'] as readonly number[];
        for (const { logprobs } of answer.choices) logprobs.tokens = prompt.map(text);
        reply(response, 200, answer);
      };
    const letter = (token: number) => String.fromCharCode(token);
    const other = await runAgainst(shows((token) => letter(token + 1)));
    expect(other.error?.problems).toEqual([
      messages.serverTokenizerDiffers(
        `${other.server.url}/completions`,
        folder,
        'Answer: yes 12',
        'Botxfs;!zft!23',
      ),
    ]);
    expect(other.server.seen.length).toBe(1);
    expectAll(await runAgainst(shows((token) => (token === 32 ? '\u0120' : letter(token)))));
    expectAll(await runAgainst(shows((token) => letter(token).trim())));
    expectAll(await runAgainst(shows((token) => `token_id:${token}`)));
  });

  it('ends at an answer whose counts go wrong later', async () => {
    const shifts = changed((answer) => ({ ...answer, usage: { prompt_tokens: 1 } }));
    const { error, server } = await runAgainst(except(shifts, [4]), scores, { concurrency: 1 });
    const sent = Buffer.from('Question 3 yes 3').length;
    expect(error?.problems).toEqual([
      messages.badServerAnswer(`${server.url}/completions`, phrases.wrongPromptCount(sent, 1)),
    ]);
    expect(server.seen.length).toBe(5);
  });

  it.each([
    '{"choices": [',
    '<!doctype html><title>Welcome</title>',
    '',
  ])('ends at garbage: %j', async (garbage) => {
    const { error, server } = await runAgainst((_, response) => reply(response, 200, garbage));
    expect(error?.problems).toEqual([
      messages.serverNotJson(`${server.url}/completions`, garbage || 'nothing'),
    ]);
    expect(server.seen.length).toBe(1);
  });

  it('names a wrong model, a wrong address and a prompt that is too long', async () => {
    const unknown = await runAgainst(refuses(404, 'The model does not exist'), scores, { model: 'tini' });
    const url = `${unknown.server.url}/completions`;
    expect(unknown.error?.problems).toEqual([messages.unknownServedModel(url, 'tini', ['tiny'], 'tiny')]);
    const missing = await runAgainst(refuses(404, 'Not Found'));
    expect(missing.error?.problems).toEqual([
      messages.noCompletionsHere(`${missing.server.url}/completions`, 'Not Found'),
    ]);
    const long = await runAgainst(except(refuses(400, 'maximum context length is 8'), [1, 2, 3, 4]));
    expect(long.error?.problems).toEqual([
      messages.requestRefused(`${long.server.url}/completions`, 400, 'maximum context length is 8'),
    ]);
    expect(() => openAiEngine(useOf('ftp://x/v1'))).not.toThrow();
    const session = await openAiEngine(useOf('ftp://x/v1')).open(folder, SETTINGS, 1);
    await expect(answers(session, scores)).rejects.toThrow(messages.badServerUrl('ftp://x/v1').message);
  });

  describe('the key', () => {
    it('comes from the environment and shows in no message', async () => {
      process.env[KEY_VARIABLE] = KEY;
      const use = { apiKeyVariable: KEY_VARIABLE };
      const ran = await runAgainst(right, scores, use);
      expectAll(ran);
      expect(new Set(ran.server.seen.map(({ authorization }) => authorization))).toEqual(
        new Set([`Bearer ${KEY}`]),
      );
      const refused = await runAgainst(refuses(401, `no such key: ${KEY}`), scores, use);
      expect(refused.error?.problems).toEqual([
        messages.apiKeyRefused(`${refused.server.url}/completions`, 401, 'no such key: …', KEY_VARIABLE),
      ]);
      expect(JSON.stringify(openAiIdentity(useOf('http://x/v1', use)))).not.toContain(KEY);
      process.env[KEY_VARIABLE] = 'two\nlines';
      const spoilt = await runAgainst(right, scores, use);
      expect(spoilt.error?.problems).toEqual([messages.badApiKey(KEY_VARIABLE)]);
    });

    it.each([
      ['http://gpu7.lab.example:8000/v1', false],
      ['http://10.0.0.7/v1', false],
      ['http://127.0.0.1.evil.example/v1', false],
      ['http://[fd00::1]:8000/v1', false],
      ['https://gpu7.lab.example/v1', true],
      ['http://localhost:8000/v1', true],
      ['http://127.0.0.2/v1', true],
      ['http://[::1]:8000/v1', true],
    ])('goes to %s without a word of consent: %s', (url, goes) => {
      process.env[KEY_VARIABLE] = KEY;
      const open = (more: Partial<OpenAiUse>) => () => openClient(useOf(url, more), patience()).close();
      const refused = messages.apiKeyInTheOpen(url, KEY_VARIABLE).message;
      if (goes) open({ apiKeyVariable: KEY_VARIABLE })();
      else expect(open({ apiKeyVariable: KEY_VARIABLE })).toThrow(refused);
      open({})();
      open({ apiKeyVariable: KEY_VARIABLE, apiKeyOverHttp: true })();
      const named = openClient.bind(null, useOf(url.replace('://', '://me:secret@')), patience());
      if (!goes) expect(named).toThrow(/^The name and password(?!.*secret)/);
    });

    it('does not follow a redirection', async () => {
      process.env[KEY_VARIABLE] = KEY;
      const other = await startFakeServer(right);
      const moves: Behaviour = (_, response) =>
        reply(response, 307, '', { location: `${other.url}/completions` });
      const { error } = await runAgainst(moves, scores, { apiKeyVariable: KEY_VARIABLE });
      await other.close();
      expect(error?.message).toContain('307');
      expect(other.seen).toEqual([]);
    });

    it('must be there when it is asked for, but not for counting', async () => {
      delete process.env[KEY_VARIABLE];
      const use = useOf('http://127.0.0.1:9/v1', { apiKeyVariable: KEY_VARIABLE });
      const session = await openAiEngine(use, patience()).open(folder, SETTINGS, 1);
      expect((await session.count(scores)).asked).toBeGreaterThan(0);
      await expect(answers(session, scores)).rejects.toThrow(messages.noApiKey(KEY_VARIABLE).message);
      await session.close();
    });
  });
});

describe('waiting', () => {
  it('doubles with jitter up to half a minute, and obeys seconds and dates', () => {
    const now = Date.UTC(2026, 0, 1);
    expect([0, 1, 2, 10].map((attempt) => delayBefore(attempt, null, 0, now))).toEqual([
      250, 500, 1000, 15_000,
    ]);
    expect(delayBefore(10, null, 0.999, now)).toBeLessThan(30_000);
    expect(delayBefore(0, '2.5', 0, now)).toBe(2500);
    expect(delayBefore(0, new Date(now + 4000).toUTCString(), 0, now)).toBe(4000);
    expect(delayBefore(0, 'soon', 0, now)).toBe(250);
    expect(delayBefore(0, '601', 0, now)).toBeNull();
  });
});

describe('identity', () => {
  it('names the model and the dtype, not the address, the key or how fast it is asked', () => {
    const use = useOf('http://a/v1');
    const moved = useOf('http://b/v1', { concurrency: 9, timeoutMs: 1, apiKeyVariable: 'X' });
    expect(openAiIdentity(moved)).toEqual(openAiIdentity(use));
    expect(openAiIdentity({ ...use, model: 'other' })).not.toEqual(openAiIdentity(use));
    expect(openAiIdentity({ ...use, dtype: 'bfloat16' })).not.toEqual(openAiIdentity(use));
  });
});

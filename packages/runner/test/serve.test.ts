/** `evalgraph serve` over a tiny model: every field of its answers, every refusal, batching, and its end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedEngine } from '../../engines/src/embedded/adapter.ts';
import { ApiFailure } from '../../engines/src/serve/api-failure.ts';
import { readCompletionRequest } from '../../engines/src/serve/completion-request.ts';
import { apiErrors, messages, phrases } from '../../engines/src/serve/messages.ts';
import { openQueue } from '../../engines/src/serve/queue.ts';
import { type Serving, serveModel } from '../../engines/src/serve/server.ts';
import type { Session, SessionRequest, SessionResponse } from '../../engines/src/session.ts';
import { writeTinyModel } from './support/tiny-model.ts';
import { makeWorkspace, repository } from './support/workspace.ts';

const BOS = 256;
const POSITIONS = 256;

interface Choice {
  readonly index: number;
  readonly text: string;
  readonly finish_reason: string;
  readonly logprobs: {
    readonly tokens: readonly string[];
    readonly token_logprobs: readonly (number | null)[];
    readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[];
    readonly text_offset: readonly number[];
  } | null;
}

interface Body {
  readonly choices: readonly Choice[];
  readonly usage: Readonly<Record<string, number>>;
  readonly model: string;
  readonly object: string;
  readonly error: { readonly message: string; readonly param: string | null; readonly code: string };
}

const defects: string[] = [];
let serving: Serving;
let embedded: Session;

beforeAll(async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'evalgraph-serve-')), 'tiny');
  writeTinyModel(folder, 1);
  serving = await serveModel({
    ...{ folder, name: 'tiny', host: '127.0.0.1', port: 0, threads: 1 },
    onDefect: (text) => defects.push(text),
  });
  embedded = await embeddedEngine.open(folder, { maxLength: null, addBosToken: false }, 1);
});

afterAll(async () => {
  await embedded.close();
  await serving.close();
  expect(defects).toEqual([]);
});

async function post(body: unknown): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${serving.url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

async function complete(body: object): Promise<readonly Choice[]> {
  const { status, body: answer } = await post(body);
  expect(answer.error, JSON.stringify(body)).toBeUndefined();
  expect(status).toBe(200);
  return answer.choices;
}

function only<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined || list.length !== 1) throw new Error(`${list.length} instead of one`);
  return first;
}

async function embeddedAnswer(request: SessionRequest): Promise<SessionResponse> {
  const found: SessionResponse[] = [];
  await embedded.run([request], {
    done: new Set(),
    onAnswers: (answers) => found.push(...answers.map(({ response }) => response)),
    onProgress: () => {},
  });
  return only(found);
}

const bytes = (text: string): number[] => [...Buffer.from(text)];
const PROMPT = bytes('A river');

describe('answers', () => {
  it('echoes a prompt with the embedded engine’s log-probabilities', async () => {
    const { status, body } = await post({
      model: 'tiny',
      prompt: PROMPT,
      max_tokens: 0,
      logprobs: 1,
      echo: true,
    });
    expect(status).toBe(200);
    expect(body.object).toBe('text_completion');
    expect(body.model).toBe('tiny');
    expect(body.usage).toEqual({ prompt_tokens: 7, completion_tokens: 0, total_tokens: 7 });
    const { index, text, finish_reason, logprobs } = only(body.choices);
    expect({ index, text, finish_reason }).toEqual({ index: 0, text: 'A river', finish_reason: 'length' });
    expect(logprobs?.tokens).toEqual([...'A river']);
    expect(logprobs?.text_offset).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const [first = 0, ...rest] = PROMPT;
    const want = await embeddedAnswer({ kind: 'window', context: [first], continuation: rest });
    if (want.kind !== 'window') throw new Error('no window');
    expect(logprobs?.token_logprobs[0]).toBeNull();
    expect(logprobs?.top_logprobs[0]).toBeNull();
    logprobs?.token_logprobs.slice(1).forEach((found, i) => {
      expect(Math.abs((found ?? Number.NaN) - (want.logProbs[i] ?? Number.NaN))).toBeLessThan(1e-5);
    });
  });

  it('names the likeliest token of every place: no token of the vocabulary scores better', async () => {
    const shown = only(await complete({ prompt: PROMPT, max_tokens: 1, logprobs: 1, echo: true })).logprobs;
    expect(shown?.tokens.length).toBe(PROMPT.length + 1);
    for (const place of [3, PROMPT.length]) {
      const context = PROMPT.slice(0, place);
      const prompts = Array.from({ length: 250 }, (_, token) => [...context, token]);
      const all = await complete({ prompt: prompts, max_tokens: 0, logprobs: 0, echo: true });
      expect(all.map(({ index }) => index)).toEqual(prompts.map((_, index) => index));
      const values = all.map(({ logprobs }) => logprobs?.token_logprobs.at(-1) ?? Number.NaN);
      const best = Math.max(...Object.values(shown?.top_logprobs[place] ?? {}));
      expect(Math.abs(Math.max(...values) - best)).toBeLessThan(1e-5);
    }
    const last = shown?.token_logprobs.at(-1);
    expect(Object.values(shown?.top_logprobs.at(-1) ?? {})).toEqual([last]);
  });

  it('generates greedily: one token, many, with and without log-probabilities', async () => {
    const want = await embeddedAnswer({ kind: 'generate', context: 'A river', until: [], maxGenToks: 6 });
    const many = only(await complete({ prompt: PROMPT, max_tokens: 6, temperature: 0, logprobs: 1 }));
    expect(want).toEqual({ kind: 'generate', text: many.text });
    expect(many.logprobs?.tokens.length).toBe(6);
    const one = only(await complete({ prompt: PROMPT, max_tokens: 1, logprobs: 1 }));
    expect(one.logprobs?.tokens).toEqual(many.logprobs?.tokens.slice(0, 1));
    const [[first = Number.NaN] = [], [single = Number.NaN] = []] = [many, one].map((choice) =>
      (choice.logprobs?.token_logprobs ?? []).map((value) => value ?? Number.NaN),
    );
    expect(Math.abs(first - single)).toBeLessThan(1e-5);
    expect(only(await complete({ prompt: PROMPT, max_tokens: 6 })).logprobs).toBeNull();
    // What was generated scores as what it was generated with.
    const echoed = only(await complete({ prompt: PROMPT, max_tokens: 6, logprobs: 1, echo: true }));
    expect(echoed.text).toBe(`A river${many.text}`);
    expect(echoed.logprobs?.token_logprobs.length).toBe(PROMPT.length + 6);
  });

  it('stops before a stop string and says so', async () => {
    const free = only(await complete({ prompt: PROMPT, max_tokens: 8 }));
    const stop = free.text.slice(2, 4);
    const cut = only(await complete({ prompt: PROMPT, max_tokens: 8, stop: [stop] }));
    expect(cut.text).toBe(free.text.slice(0, free.text.indexOf(stop)));
    expect(cut.finish_reason).toBe('stop');
    expect(free.finish_reason).toBe('length');
  });

  it('takes texts, with the tokenizer’s own BOS, and lists of texts or tokens', async () => {
    const text = only(await complete({ prompt: 'A river', max_tokens: 0, logprobs: 1, echo: true }));
    const tokens = only(await complete({ prompt: [BOS, ...PROMPT], max_tokens: 0, logprobs: 1, echo: true }));
    expect(text.logprobs).toEqual(tokens.logprobs);
    expect(text.text).toBe('A river');
    expect(tokens.text).toBe('<s>A river');
    const both = await complete({ prompt: ['A', [BOS, 65]], max_tokens: 0, logprobs: 1, echo: true });
    expect(both.map(({ logprobs }) => logprobs?.token_logprobs)).toEqual([
      both[0]?.logprobs?.token_logprobs,
      both[0]?.logprobs?.token_logprobs,
    ]);
    expect(only(await complete({ prompt: [65], max_tokens: 0, logprobs: 1, echo: true })).logprobs).toEqual({
      tokens: ['A'],
      token_logprobs: [null],
      top_logprobs: [null],
      text_offset: [0],
    });
  });

  it('gives the same to many clients at once', async () => {
    const prompts = Array.from({ length: 40 }, (_, i) => bytes(`A river number ${i}`));
    const ask = (prompt: readonly number[]) => complete({ prompt, max_tokens: 1, logprobs: 1, echo: true });
    const together = await Promise.all(prompts.map(ask));
    for (const [i, prompt] of prompts.entries()) {
      const [alone, crowd] = [only(await ask(prompt)), only(together[i] ?? [])];
      expect(crowd.logprobs?.tokens).toEqual(alone.logprobs?.tokens);
      crowd.logprobs?.token_logprobs.slice(1).forEach((value, place) => {
        const other = alone.logprobs?.token_logprobs[place + 1] ?? Number.NaN;
        expect(Math.abs((value ?? Number.NaN) - other)).toBeLessThan(1e-5);
      });
    }
  });

  it('lists its model and its health', async () => {
    const models = (await (await fetch(`${serving.url}/v1/models`)).json()) as { data: { id: string }[] };
    expect(models.data).toMatchObject([{ id: 'tiny', object: 'model', max_model_len: POSITIONS }]);
    expect((await fetch(`${serving.url}/health`)).status).toBe(200);
  });
});

describe('refusals', () => {
  it.each([
    ['model', { model: 'other', prompt: 'x' }, 404, apiErrors.unknownModel('other', 'tiny').message],
    ['temperature', { prompt: 'x', temperature: 0.7 }, 400, null],
    ['stream', { prompt: 'x', stream: true }, 400, null],
    ['n', { prompt: 'x', n: 2 }, 400, null],
    ['logit_bias', { prompt: 'x', logit_bias: { 5: 1 } }, 400, apiErrors.unknownField('logit_bias').message],
    [
      'prompt_logprobs',
      { prompt: 'x', prompt_logprobs: 1 },
      400,
      apiErrors.unknownField('prompt_logprobs').message,
    ],
    [
      'max_new_tokens',
      { prompt: 'x', max_new_tokens: 5 },
      400,
      apiErrors.unknownField('max_new_tokens').message,
    ],
    ['add_special_tokens', { prompt: 'x', add_special_tokens: false }, 400, null],
    ['max_tokens', { prompt: 'x', max_tokens: -1 }, 400, null],
    ['max_tokens', { prompt: 'x', max_tokens: 1.5 }, 400, null],
    [
      'logprobs',
      { prompt: 'x', logprobs: 2 },
      400,
      apiErrors.badField('logprobs', 2, 'a whole number from 0 to 1').message,
    ],
    ['logprobs', { prompt: 'x', logprobs: true }, 400, null],
    ['echo', { prompt: 'x', echo: 'yes' }, 400, null],
    ['stop', { prompt: 'x', stop: [1] }, 400, null],
    ['prompt', {}, 400, apiErrors.badField('prompt', undefined, expectedPrompt()).message],
    ['prompt', { prompt: [] }, 400, null],
    ['prompt', { prompt: [['x']] }, 400, null],
    ['prompt', { prompt: [[]], max_tokens: 1 }, 400, apiErrors.emptyPrompt(0).message],
    ['prompt', { prompt: [[65], [258]], max_tokens: 1 }, 400, apiErrors.badToken(1, 0, 258, 258).message],
    ['prompt', { prompt: [-1], max_tokens: 1 }, 400, apiErrors.badToken(0, 0, -1, 258).message],
    [
      'prompt',
      { prompt: new Array(200).fill(65), max_tokens: 58 },
      400,
      apiErrors.tooLong(0, 200, 58, POSITIONS).message,
    ],
    ['prompt', { prompt: new Array(257).fill('x') }, 400, null],
    [
      'prompt',
      { prompt: 'river '.repeat(1_000_000) },
      400,
      apiErrors.tooManyCharacters(0, 6_000_000, POSITIONS).message,
    ],
    ['prompt', { prompt: new Array(1_000_000).fill(65), max_tokens: 1 }, 400, null],
    ['prompt', `{"prompt": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400, null],
    [null, '['.repeat(100_000), 400, null],
    [null, '', 400, null],
    [null, 'null', 400, apiErrors.notAnObject().message],
    [null, '{"prompt": ', 400, null],
    [null, '[1, 2]', 400, apiErrors.notAnObject().message],
  ])('%s, case %#', async (param, body, status, message) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(answer.body.error.param).toBe(param);
    expect(answer.body.error.message).not.toMatch(/ at .*\.ts/);
    if (message !== null) expect(answer.body.error.message).toBe(message);
  });

  it('ignores what clients send by habit and what they leave unset', async () => {
    const plain = only(await complete({ prompt: PROMPT, max_tokens: 2 }));
    const habits = { user: 'me', seed: 7, top_p: 0.9, top_k: 5, n: 1, best_of: 1, stream: false };
    const unset = { logit_bias: {}, stop_token_ids: [], suffix: null, response_format: null, stop: null };
    expect(only(await complete({ prompt: PROMPT, max_tokens: 2, ...habits, ...unset }))).toEqual(plain);
  });

  it('takes a prompt as long as the model', async () => {
    const prompt = new Array(POSITIONS).fill(65);
    await complete({ prompt: [...prompt, 65], max_tokens: 0, echo: true, logprobs: 1 });
    await complete({ prompt, max_tokens: 1, echo: true, logprobs: 1 });
    expect((await post({ prompt: [...prompt, 65], max_tokens: 1 })).status).toBe(400);
  });

  it('answers or refuses whatever JSON comes, and never falls over', async () => {
    const word = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constant('a\ud800b\u0000'));
    const ids = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 6 });
    const wild = fc.jsonValue({ maxDepth: 3 });
    /** Mostly right, so that many bodies get as far as the model. */
    const mostly = (right: fc.Arbitrary<unknown>) =>
      fc.oneof({ arbitrary: right, weight: 15 }, { arbitrary: wild, weight: 1 });
    const prompt = fc.oneof(word, ids, fc.array(fc.oneof(word, ids), { maxLength: 3 }));
    const body = fc.record(
      {
        prompt: mostly(prompt),
        max_tokens: mostly(fc.integer({ min: 0, max: 3 })),
        logprobs: mostly(fc.constantFrom(0, 1, null)),
        echo: mostly(fc.boolean()),
        stop: mostly(fc.array(word, { maxLength: 3 })),
      },
      { requiredKeys: ['prompt'] },
    );
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(mostly(body), async (sent) => {
        const answer = await post(JSON.stringify(sent));
        expect([200, 400, 404]).toContain(answer.status);
        if (answer.status === 200) answered += 1;
        else expect(answer.body.error.message.length).toBeLessThan(600);
      }),
      { seed: 1234, numRuns: 300 },
    );
    expect(answered).toBeGreaterThan(100);
  });

  it('clients that hang up, before and after their body is whole', async () => {
    const body = JSON.stringify({ prompt: PROMPT, max_tokens: 200 });
    const head = `POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    const garbage = ['\u0016\u0003\u0001', 'GET / HTTP/9\r\n\r\n', `${head}{"pro`, `${head}${body}`, head];
    for (const text of [...garbage, ...garbage, ...garbage]) {
      const socket = connect(Number(new URL(serving.url).port), '127.0.0.1');
      socket.on('error', () => {});
      await new Promise((resolve) => socket.write(text, resolve));
      socket.destroy();
    }
    expect(only(await complete({ prompt: PROMPT, max_tokens: 1 })).finish_reason).toBe('length');
  });

  it('unknown paths and methods', async () => {
    const missing = await fetch(`${serving.url}/v1/chat/completions`, { method: 'POST', body: '{}' });
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ error: { code: 'unknown_url' } });
    expect((await fetch(`${serving.url}/v1/completions`)).status).toBe(405);
    expect((await fetch(`${serving.url}/health`, { method: 'POST' })).status).toBe(405);
  });

  it('a body that never ends', async () => {
    const socket = connect(Number(new URL(serving.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => {
      answer += String(data);
    });
    // The server hangs up in the middle of what is sent.
    socket.on('error', () => {});
    socket.write(
      'POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const part = `100000\r\n${' '.repeat(0x100000)}\r\n`;
    for (let i = 0; i < 40 && !socket.destroyed; i++) {
      await new Promise((resolve) => socket.write(part, resolve));
    }
    if (!socket.closed) await once(socket, 'close');
    expect(answer).toContain('413');
    expect((await fetch(`${serving.url}/health`)).status).toBe(200);
  });
});

function expectedPrompt(): string {
  try {
    readCompletionRequest('{}');
  } catch (error) {
    if (error instanceof ApiFailure) return error.error.message.split('expected ')[1]?.slice(0, -1) ?? '';
    throw error;
  }
  throw new Error('an empty body passed');
}

describe('the queue', () => {
  it('answers together what waits together, and in order', async () => {
    const batches: (readonly number[])[] = [];
    const queue = openQueue<number, number>(async (jobs) => {
      batches.push(jobs);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return jobs.map((job) => job * 2);
    });
    const all = Array.from({ length: 300 }, (_, job) => job);
    const answers = await Promise.all(all.map((job) => queue.add([job], () => true)));
    expect(answers.flat()).toEqual(all.map((job) => job * 2));
    expect(batches.flat()).toEqual(all);
    expect(batches.length).toBe(3);
    expect(await queue.add([7], () => true)).toEqual([14]);
  });

  it('leaves out what nobody wants, refuses when full or stopped, and outlives an error', async () => {
    const seen: number[] = [];
    const queue = openQueue<number, number>(async (jobs) => {
      seen.push(...jobs);
      if (jobs.includes(13)) throw new Error('unlucky');
      return jobs;
    });
    const gone = queue.add([1], () => false);
    const kept = queue.add([2], () => true);
    await expect(gone).rejects.toThrow(ApiFailure);
    expect(await kept).toEqual([2]);
    expect(seen).toEqual([2]);
    await expect(queue.add([13], () => true)).rejects.toThrow('unlucky');
    expect(await queue.add([3], () => true)).toEqual([3]);
    await expect(queue.add(new Array(5000).fill(0), () => true)).rejects.toThrow(
      apiErrors.overloaded(0).message,
    );
    await queue.stop();
    await expect(queue.add([4], () => true)).rejects.toThrow(apiErrors.stopping().message);
  });
});

describe('the command', () => {
  const start = (args: readonly string[]) => {
    const child = spawn(
      process.execPath,
      [join(repository, 'packages/cli/bin/evalgraph.js'), 'serve', ...args],
      {
        cwd: workspace.root,
        stdio: 'pipe',
      },
    );
    const output = { text: '' };
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        output.text += String(data);
      });
    }
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    return { child, output, ended };
  };
  const workspace = makeWorkspace();

  it('serves until Ctrl-C', async () => {
    const { child, output, ended } = start(['models/pruned', '--port', '0', '--threads', '1']);
    while (!output.text.includes('Ctrl-C')) {
      expect(child.exitCode, output.text).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output.text)?.[0] ?? '';
    const response = await fetch(`${url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"prompt": "x"}',
    });
    expect(response.status).toBe(200);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(output.text).toContain(phrases.stopped(1));
  });

  it('says what is wrong before it listens', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const cases: readonly (readonly [readonly string[], string])[] = [
      [[], "serve: missing required argument 'folder'"],
      [['models/pruned', '--port', '70000'], "'70000' is invalid. Write a whole number from 0 to 65535."],
      [['models/pruned', '--threads', '0'], "'0' is invalid. Write a whole number from 1 to 1024."],
      [['models/none'], 'config.json is not there'],
      [
        ['models/pruned', '--port', String(port)],
        messages.cannotListen('127.0.0.1', port, 'EADDRINUSE').message,
      ],
    ];
    for (const [args, text] of cases) {
      const { output, ended } = start(args);
      expect(await ended, output.text).toBe(1);
      expect(output.text).toContain(text);
      expect(output.text).not.toMatch(/\n +at /);
    }
    taken.close();
  });
});

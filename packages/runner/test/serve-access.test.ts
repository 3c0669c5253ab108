/** Who may use `evalgraph serve`, and how much of it: requests as bytes on a socket, as browsers and attackers send them. */
import { mkdtempSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAccess, LOOPBACK_ONLY } from '../../engines/src/serve/access.ts';
import { type Serving, serveModel } from '../../engines/src/serve/server.ts';
import { isLoopback } from '../../system/src/loopback.ts';
import { evalgraph } from './support/child.ts';
import { writeTinyModel } from './support/tiny-model.ts';

const LIMITS = { connections: 4, bodiesBytes: 4096, headersMs: 400, requestMs: 800 };
const BODY = JSON.stringify({ prompt: 'The river', max_tokens: 1 });

const defects: string[] = [];
let serving: Serving;
let port: number;

beforeAll(async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'evalgraph-access-')), 'tiny');
  writeTinyModel(folder, 1);
  const onDefect = (text: string): number => defects.push(text);
  const access = {
    hosts: new Set(['gpu7.lab.example']),
    origins: new Set(['https://notebook.example:8443']),
  };
  serving = await serveModel(
    { folder, name: 'tiny', host: '127.0.0.1', port: 0, threads: 1, onDefect },
    access,
    LIMITS,
  );
  port = Number(new URL(serving.url).port);
});

afterAll(async () => {
  await serving.close();
  expect(defects).toEqual([]);
});

interface Answer {
  readonly status: number;
  readonly headers: string;
  readonly body: {
    readonly error?: { readonly code: string; readonly message: string; readonly type: string };
  };
}

/** All that comes until the server hangs up. */
function heard(socket: Socket): Promise<string> {
  let text = '';
  return new Promise((resolve) => {
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

async function send(bytes: string): Promise<Answer> {
  const socket = connect(port, '127.0.0.1');
  const answer = heard(socket);
  socket.write(bytes);
  return parsed(await answer);
}

function parsed(text: string): Answer {
  const [headers = '', body = ''] = text.split('\r\n\r\n');
  return {
    status: Number(headers.split(' ')[1]),
    headers: headers.toLowerCase(),
    body: body === '' ? {} : JSON.parse(body),
  };
}

function request(
  headers: Readonly<Record<string, string>>,
  body = BODY,
  line = 'POST /v1/completions',
): string {
  const all = {
    'content-type': 'application/json',
    connection: 'close',
    host: `localhost:${port}`,
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === '' ? [] : [`${name}: ${value}`]));
  return [`${line} HTTP/1.1`, ...lines, `content-length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
}

const GET = 'GET /v1/models';

describe('Host', () => {
  it.each([
    'localhost',
    'LOCALHOST:8000',
    '127.0.0.1',
    '127.3.2.1:80',
    '[::1]:8000',
    'a.localhost',
    'gpu7.lab.example:99',
  ])('%s is answered', async (host) => {
    expect((await send(request({ host }))).status).toBe(200);
    expect((await send(request({ host }, '', GET))).status).toBe(200);
  });

  it.each([
    ...['evil.example', 'evil.example:8000', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.7'],
    ...[
      '169.254.169.254',
      '[fe80::1]',
      'notlocalhost',
      'localhost@evil.example',
      'evil.example/localhost',
      '0.0.0.0',
    ],
  ])('%s is refused on every path: DNS rebinding', async (host) => {
    for (const line of [
      'POST /v1/completions',
      GET,
      'GET /health',
      'GET /nothing',
      'OPTIONS /v1/completions',
    ]) {
      const { status, body } = await send(request({ host }, BODY, line));
      // Node itself refuses some that are no host at all.
      expect([line, [400, 403].includes(status)]).toEqual([line, true]);
      expect(body.error?.code ?? 'host_not_allowed').toMatch(/host_not_allowed|invalid_http/);
    }
  });

  it('that is missing is refused', async () => {
    expect((await send(request({ host: '' }))).status).toBe(400);
    expect((await send('GET /v1/models HTTP/1.0\r\n\r\n')).status).toBe(403);
  });

  it('is an address of this machine only where the connection came in there', () => {
    const asked = (host: string, localAddress: string) => () =>
      checkAccess({ host, localAddress, origin: undefined, fetchSite: undefined }, LOOPBACK_ONLY);
    expect(asked('10.0.0.7:8000', '10.0.0.7')()).toBe(null);
    expect(asked('10.0.0.7:8000', '::ffff:10.0.0.7')()).toBe(null);
    expect(asked('[fe80::1]:8000', 'fe80::1')()).toBe(null);
    expect(asked('10.0.0.8:8000', '10.0.0.7')).toThrow('10.0.0.8');
    expect(asked('evil.example', '10.0.0.7')).toThrow('--allow-host');
    expect(['localhost', '127.0.0.1', '::1', '::ffff:127.0.0.1'].every(isLoopback)).toBe(true);
    expect(['127.evil.example', '128.0.0.1', '::2', 'localhost.'].some(isLoopback)).toBe(false);
  });
});

describe('Origin', () => {
  it.each([
    'https://evil.example',
    'null',
    'http://localhost.evil.example',
    'file://',
    'chrome-extension://abc',
    '',
  ])("'%s' is refused", async (origin) => {
    const headers = origin === '' ? { 'sec-fetch-site': 'cross-site' } : { origin };
    for (const line of ['POST /v1/completions', GET, 'OPTIONS /v1/completions']) {
      const answer = await send(request(headers, BODY, line));
      expect([line, answer.status, answer.body.error?.code]).toEqual([line, 403, 'origin_not_allowed']);
      expect(answer.headers).not.toContain('access-control');
    }
  });

  it.each([
    'http://localhost:3000',
    'http://127.0.0.1',
    'http://[::1]:9',
    'https://notebook.example:8443',
  ])('%s may ask, and read the answer', async (origin) => {
    const answer = await send(request({ origin }));
    expect([answer.status, answer.headers.includes(`access-control-allow-origin: ${origin}`)]).toEqual([
      200,
      true,
    ]);
    const before = await send(request({ origin }, '', 'OPTIONS /v1/completions'));
    expect([before.status, before.headers.includes('access-control-allow-headers')]).toEqual([204, true]);
  });
});

describe('the content type', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/jsonp',
    '',
  ])("'%s' is refused: a page may send it unasked", async (type) => {
    const { status, body } = await send(request({ 'content-type': type }));
    expect([status, body.error?.code]).toEqual([415, 'unsupported_media_type']);
  });

  it.each(['application/json', 'Application/JSON; charset=utf-8'])('%s is read', async (type) => {
    expect((await send(request({ 'content-type': type }))).status).toBe(200);
  });
});

describe('bounds', () => {
  it('connections: those above are told so, and there is room again when others go', async () => {
    const idle = Array.from({ length: LIMITS.connections }, () => connect(port, '127.0.0.1'));
    await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    for (const socket of idle) socket.on('error', () => {}).write('GET /health HTTP/1.1\r\n');
    const { status, body, headers } = await send(request({}, '', GET));
    expect([status, body.error?.code, headers.includes('retry-after: 1')]).toEqual([503, 'overloaded', true]);
    const gone = idle.map(heard);
    for (const socket of idle) socket.destroy();
    await Promise.all(gone);
    await expect.poll(async () => (await send(request({}, '', GET))).status).toBe(200);
  });

  it('a request that does not come: its headers, its body', async () => {
    for (const begun of ['', 'GET /health HTTP/1.1\r\nHost: local', request({}).slice(0, -5)]) {
      const { status, body } = await send(begun);
      expect([status, body.error?.code, body.error?.type]).toEqual([
        408,
        'request_timeout',
        'invalid_request_error',
      ]);
    }
  });

  it('bodies together, counted back when they are answered or gone', async () => {
    const large = JSON.stringify({ prompt: 'x', max_tokens: 1, user: 'u'.repeat(3000) });
    const waiting = connect(port, '127.0.0.1');
    const gone = heard(waiting);
    waiting.write(request({}, large).slice(0, -1));
    await expect.poll(async () => (await send(request({}, large))).status).toBe(503);
    waiting.destroy();
    await gone;
    for (let i = 0; i < 5; i++) {
      await expect.poll(async () => (await send(request({}, large))).status).toBe(200);
    }
    const declared = request({}, '').replace('content-length: 0', 'content-length: 99999999');
    expect((await send(declared)).status).toBe(413);
  });

  it('headers, and what is no HTTP', async () => {
    const huge = await send(request({ 'x-filler': 'x'.repeat(40_000) }, '', GET));
    expect([huge.status, huge.body.error?.code]).toEqual([431, 'headers_too_large']);
    for (const bytes of ['\u0016\u0003\u0001\r\n\r\n', 'GET / HTTP/9\r\n\r\n', 'hello\r\n\r\n']) {
      const { status, body } = await send(bytes);
      expect([status, body.error?.code]).toEqual([400, 'invalid_http']);
    }
  });
});

describe('the command', () => {
  it('refuses an origin that is none', async () => {
    const options = ['--allow-origin', 'https://x/path'];
    const { code, stderr } = await evalgraph(process.cwd(), ['serve', 'nowhere', ...options]);
    expect(stderr).toContain("argument 'https://x/path' is invalid. Write an origin such as https://");
    expect(code).toBe(1);
  });
});

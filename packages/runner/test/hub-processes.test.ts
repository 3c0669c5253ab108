/** Downloads in processes of their own: two at once, one that is killed, one behind a proxy. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { start } from './support/child.ts';
import { type FakeHub, type FakeHubOptions, startFakeHub } from './support/fake-hub.ts';

const NAME = 'owner/tiny';
const WEIGHTS = Buffer.concat(
  Array.from({ length: 20_000 }, (_, index) => createHash('sha256').update(String(index)).digest()),
);
const FILES = { 'config.json': '{}', 'model.safetensors': WEIGHTS };

let server: FakeHub;
afterEach(() => server.close());

async function serve(fault?: FakeHubOptions['fault']): Promise<void> {
  const repositories = [{ kind: 'model', name: NAME, branches: { main: FILES } }] as const;
  server = await startFakeHub(fault === undefined ? { repositories } : { repositories, fault });
}

function download(home: string, env: Readonly<Record<string, string>> = {}): ReturnType<typeof start> {
  const own = { HF_HOME: home, HF_ENDPOINT: server.endpoint, HF_TOKEN: '', HF_HUB_OFFLINE: '' };
  return start('packages/runner/test/support/hub-child.ts', [NAME], {
    env: { ...process.env, ...own, ...env },
  });
}

const newHome = (): string => mkdtempSync(join(tmpdir(), 'evalgraph-hf-'));

function cdnRanges(): readonly (string | null)[] {
  return server.seen.filter(({ at }) => at === 'cdn').map(({ range }) => range);
}

it('two at once: the second waits, and nothing is fetched twice', { timeout: 60_000 }, async () => {
  await serve();
  const home = newHome();
  const ends = await Promise.all([download(home).ended, download(home).ended]);
  expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  expect(cdnRanges()).toEqual([null]);
  expect(readFileSync(join(ends[0]?.stdout ?? '', 'model.safetensors')).equals(WEIGHTS)).toBe(true);
});

it('killed in the middle: the next goes on where it was', { timeout: 60_000 }, async () => {
  let first = true;
  await serve(({ at }) => {
    if (at !== 'cdn' || !first) return null;
    first = false;
    return { kind: 'stallAfter', part: 0.5 };
  });
  const home = newHome();
  const child = download(home);
  const blobs = join(home, 'hub/models--owner--tiny/blobs');
  const half = WEIGHTS.length / 2;
  for (let size = 0; size < half; await sleep(20)) {
    const [partial] =
      server.seen.length === 0
        ? []
        : readdirSync(home, { recursive: true, encoding: 'utf8' }).filter(
            (name) =>
              name.includes(`${createHash('sha256').update(WEIGHTS).digest('hex')}.`) &&
              name.endsWith('.incomplete'),
          );
    size = partial === undefined ? 0 : statSync(join(home, partial)).size;
  }
  child.kill();
  await child.ended;
  const { code, stdout } = await download(home).ended;
  expect(code).toBe(0);
  expect(readFileSync(join(stdout, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  expect(cdnRanges()).toEqual([null, `bytes=${half}-`]);
  expect(readdirSync(blobs).filter((name) => name.endsWith('.incomplete'))).toEqual([]);
});

it('behind a proxy: HTTP_PROXY is heeded, and NO_PROXY', { timeout: 60_000 }, async () => {
  await serve();
  const asked: string[] = [];
  const proxy = createServer();
  // Tunnels; the hub's name is one that only the proxy knows.
  proxy.on('connect', ({ url = '' }, socket: Socket) => {
    asked.push(url);
    const target = url.startsWith('hub.example') ? new URL(server.endpoint).host : url;
    const [host, port] = target.split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const env = {
    HF_ENDPOINT: 'http://hub.example',
    HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    NO_PROXY: '127.0.0.1',
  };
  try {
    const { code, stdout, stderr } = await download(newHome(), env).ended;
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(readFileSync(join(stdout, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
    expect(asked.length).toBeGreaterThan(0);
    expect(new Set(asked)).toEqual(new Set(['hub.example:80']));
  } finally {
    proxy.close();
    proxy.closeAllConnections();
  }
});

/** The hub's client against a fake hub: what a user reads when it goes wrong, the token, settings and progress. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { describe, expect, it } from 'vitest';
import { type HubSettings, hubMessages, hubSettings, openHub } from '../../sources/src/hub/index.ts';
import { byteMeter, downloadText } from '../../sources/src/hub/meter.ts';
import {
  type FakeHub,
  type FakeHubOptions,
  type Fault,
  type Seen,
  startFakeHub,
} from './support/fake-hub.ts';
import {
  expectWhole,
  FILES,
  fake,
  fetchAll,
  MODEL,
  problemsOf,
  quiet,
  settingsFor,
  TINY,
} from './support/hub-client.ts';

describe('the token', () => {
  const value = 'hf_secretsecretsecret';
  const token = { value, from: 'HF_TOKEN' };
  const gated = { ...TINY, access: 'gated' } as const;

  it('goes to the endpoint and to no other host', async () => {
    const server = await fake({ repositories: [gated], tokens: [value] });
    expectWhole(await fetchAll(settingsFor(server, { token })));
    const given = (at: Seen['at']): readonly (string | null)[] =>
      server.seen.filter((one) => one.at === at).map(({ authorization }) => authorization);
    expect(new Set(given('hub'))).toEqual(new Set([`Bearer ${value}`]));
    expect(given('cdn').length).toBeGreaterThan(0);
    expect(new Set(given('cdn'))).toEqual(new Set([null]));
  });

  it('stands in no message, nor does an address that a redirection gave', async () => {
    const faults: Fault[] = [
      { kind: 'status', status: 500 },
      { kind: 'status', status: 403, headers: { 'x-error-message': 'no' } },
      { kind: 'html' },
      { kind: 'reset' },
      { kind: 'wrongBytes' },
    ];
    for (const fault of faults) {
      for (const where of ['hub', 'cdn']) {
        const server = await fake({
          repositories: [gated],
          tokens: [value],
          fault: ({ at }) =>
            at === where && (where === 'cdn' || fault.kind !== 'wrongBytes') ? fault : null,
        });
        const settings = settingsFor(server, { token });
        const text = await fetchAll(settings).catch((error: unknown) =>
          JSON.stringify([String(error), error]),
        );
        expect(text).not.toContain(value);
        expect(text).not.toContain('signature');
      }
    }
  });
});

describe('messages', () => {
  const tokens = ['hf_good'];
  const poor = { value: 'hf_poor', from: 'HF_TOKEN' };

  it.each<
    [
      string,
      Partial<FakeHubOptions['repositories'][number]>,
      Partial<HubSettings>,
      string,
      (hub: FakeHub) => unknown,
    ]
  >([
    [
      'a wrong revision',
      { branches: { main: FILES, 'step-125000': {} } },
      {},
      'step-12500',
      () => hubMessages.noRevision(MODEL, 'step-12500', ['main', 'step-125000'], 'step-125000'),
    ],
    [
      'a subfolder taken for a revision',
      { branches: { main: { 'iter_1/config.json': '{}' } } },
      {},
      'iter_1',
      () => hubMessages.subfolderAsRevision(MODEL, 'iter_1'),
    ],
    [
      'a gated repository without a token',
      { access: 'gated' },
      {},
      'main',
      (hub) => hubMessages.gated(MODEL, hub.endpoint, null),
    ],
    [
      'a gated repository with a token',
      { access: 'gated' },
      { token: poor },
      'main',
      (hub) => hubMessages.gated(MODEL, hub.endpoint, 'HF_TOKEN'),
    ],
    [
      'a private repository without a token',
      { access: 'private' },
      {},
      'main',
      (hub) => hubMessages.noRepository(MODEL, hub.endpoint, null),
    ],
    [
      'a private repository with a token',
      { access: 'private' },
      { token: poor },
      'main',
      (hub) => hubMessages.noRepository(MODEL, hub.endpoint, 'HF_TOKEN'),
    ],
    [
      'a token that is not accepted',
      {},
      { token: { value: 'hf_old', from: '/home/me/token' } },
      'main',
      (hub) => hubMessages.badToken.refused(hub.endpoint, '/home/me/token'),
    ],
  ])('%s', async (_, repository, own, revision, expected) => {
    const server = await fake({
      repositories: [{ ...TINY, ...repository }],
      tokens,
      poorTokens: ['hf_poor'],
    });
    const problems = await problemsOf(openHub(settingsFor(server, own)).resolve(MODEL, revision));
    expect(problems).toEqual([expected(server)]);
  });

  it('a revision taken for a subfolder, and a folder that comes close', async () => {
    const main = { 'iter_0002000/config.json': '{}' };
    const server = await fake({ repositories: [{ ...TINY, branches: { main, 'step-1': {} } }] });
    const hub = openHub(settingsFor(server));
    const found = await hub.resolve(MODEL, 'main');
    expect(await problemsOf(hub.filesOf(found, 'main', 'step-1'))).toEqual([
      hubMessages.revisionAsSubfolder(MODEL, 'step-1', 'branch'),
    ]);
    expect(await problemsOf(hub.filesOf(found, 'main', 'iter_002000'))).toEqual([
      hubMessages.noSubfolder(MODEL, 'iter_002000', 'main', ['iter_0002000'], 'iter_0002000'),
    ]);
  });

  it('a moved repository is followed, and its new name told', async () => {
    const server = await fake({
      repositories: [
        { kind: 'model', name: 'owner/tiny', branches: {}, movedTo: 'other/tiny' },
        { kind: 'model', name: 'other/tiny', branches: { main: FILES } },
      ],
    });
    const settings = settingsFor(server);
    expect((await openHub(settings).resolve(MODEL, 'main')).canonicalName).toBe('other/tiny');
    expectWhole(await fetchAll(settings));
  });

  it('no network', async () => {
    const server = await startFakeHub({ repositories: [TINY] });
    await server.close();
    const problems = await problemsOf(openHub(settingsFor(server)).resolve(MODEL, 'main'));
    expect(problems.map(({ code }) => code)).toEqual(['hub-unreachable']);
    expect(problems[0]?.message).toContain('refuses connections');
  });

  it('offline: the cache answers, and what it lacks is named', async () => {
    const server = await fake({ repositories: [TINY] });
    const settings = settingsFor(server);
    const folder = await fetchAll(settings);
    const before = server.seen.length;
    const offline = { ...settings, offline: true };
    expectWhole(await fetchAll(offline));
    expect(await problemsOf(openHub(offline).resolve(MODEL, 'other'))).toEqual([
      hubMessages.offline(MODEL, "the revision 'other'", settings.cacheFolder),
    ]);
    const found = await openHub(offline).resolve(MODEL, 'main');
    rmSync(join(folder, 'config.json'));
    rmSync(join(settings.cacheFolder, 'models--owner--tiny/blobs', found.files[0]?.blob ?? ''));
    const { commit, files } = found;
    expect(
      await problemsOf(openHub(offline).fetch({ repository: MODEL, commit, revision: null, files }, quiet())),
    ).toEqual([hubMessages.offline(MODEL, 'config.json', settings.cacheFolder)]);
    expect(server.seen).toHaveLength(before);
  });
});

describe('settings', () => {
  it('follow the variables of the hub’s own libraries', () => {
    const home = mkdtempSync(join(tmpdir(), 'evalgraph-home-'));
    writeFileSync(join(home, 'token'), 'hf_file\n');
    const plain = hubSettings({ HF_HOME: home });
    expect(plain).toMatchObject({
      endpoint: 'https://huggingface.co',
      cacheFolder: join(home, 'hub'),
      offline: false,
      token: { value: 'hf_file', from: join(home, 'token') },
    });
    const own = hubSettings({
      HF_HOME: home,
      HF_HUB_CACHE: '/caches/hub',
      HF_ENDPOINT: 'https://mirror.example/',
      HF_TOKEN: 'hf_env',
      HF_HUB_OFFLINE: 'yes',
    });
    expect(own).toMatchObject({
      endpoint: 'https://mirror.example',
      cacheFolder: '/caches/hub',
      offline: true,
      token: { value: 'hf_env', from: 'HF_TOKEN' },
    });
    expect(hubSettings({ XDG_CACHE_HOME: '/x' }).cacheFolder).toBe('/x/huggingface/hub');
  });

  it('refuse an endpoint that is none and a token that cannot be one, without showing either', () => {
    expect(() => hubSettings({ HF_ENDPOINT: 'mirror' })).toThrow(new UserError(hubMessages.badEndpoint()));
    expect(() => hubSettings({ HF_ENDPOINT: 'https://me:secret@mirror' })).toThrow(
      new UserError(hubMessages.badEndpoint()),
    );
    expect(() => hubSettings({ HF_TOKEN: 'two words' })).toThrow(
      new UserError(hubMessages.badToken.malformed('HF_TOKEN')),
    );
  });
});

describe('a token over plain http', () => {
  const endpoint = 'http://mirror.example:8080';
  const env = { HF_HOME: '/nowhere', HF_TOKEN: 'hf_secret', HF_ENDPOINT: endpoint };

  it('goes to another machine only with a word of consent', () => {
    const refused = hubMessages.tokenInTheOpen(endpoint, 'HF_TOKEN', 'EVALGRAPH_HF_TOKEN_OVER_HTTP');
    expect(() => hubSettings(env)).toThrow(new UserError(refused));
    expect(`${refused.message} ${refused.remedy}`).not.toContain('hf_secret');
    expect(hubSettings({ ...env, EVALGRAPH_HF_TOKEN_OVER_HTTP: '1' }).token?.value).toBe('hf_secret');
    expect(hubSettings({ ...env, EVALGRAPH_HF_TOKEN_OVER_HTTP: '0' }).token).toBeNull();
    expect(hubSettings({ HF_HOME: '/nowhere', HF_ENDPOINT: endpoint }).token).toBeNull();
  });

  it.each([
    'http://localhost:9',
    'http://127.0.0.1:9',
    'http://[::1]:9',
    'https://mirror.example',
  ])('or to %s', (HF_ENDPOINT) => {
    expect(hubSettings({ ...env, HF_ENDPOINT }).token?.value).toBe('hf_secret');
  });
});

describe('progress', () => {
  it('tells bytes, rate and time left', () => {
    expect(downloadText(1_200_000_000, 3_400_000_000, 225_000_000, 5000)).toBe(
      '1.2 GB of 3.4 GB (35 %), 45.0 MB/s, 0:49 left',
    );
    expect(downloadText(10, 100, 0, 5000)).toBe('10 bytes of 100 bytes (10 %), 0 bytes/s');
  });

  it('says a line every few seconds, and one at the end', () => {
    const lines: string[] = [];
    let now = 0;
    const meter = byteMeter(
      'tiny',
      4_000_000,
      (line) => lines.push(line),
      () => now,
    );
    for (let second = 1; second <= 8; second++) {
      now = second * 1000;
      meter.add(500_000);
    }
    meter.end();
    expect(lines).toEqual([
      'tiny: 2.5 MB of 4.0 MB (62 %), 500 kB/s, 0:03 left',
      'tiny: 4.0 MB downloaded in 0:08',
    ]);
  });
});

it('a folder for the cache is made where there is none', async () => {
  const server = await fake({ repositories: [TINY] });
  const cacheFolder = join(mkdtempSync(join(tmpdir(), 'evalgraph-hub-')), 'a/b');
  mkdirSync(join(cacheFolder, '..'));
  expectWhole(await fetchAll(settingsFor(server, { cacheFolder })));
});

/** The hub's client against a fake hub: what is asked, what is written, and what a user reads when it goes wrong. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestFile, UserError } from '@evalgraph/formats';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type FetchOptions,
  type HubSettings,
  hubMessages,
  hubSettings,
  openHub,
  type RepositoryName,
  stepsInFolders,
  stepsInRefs,
} from '../src/hub/index.ts';
import { byteMeter, downloadText } from '../src/hub/meter.ts';
import {
  type FakeHub,
  type FakeHubOptions,
  type Fault,
  type Seen,
  startFakeHub,
} from './support/fake-hub.ts';

const running: FakeHub[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((hub) => hub.close()));
});

async function fake(options: FakeHubOptions): Promise<FakeHub> {
  const hub = await startFakeHub(options);
  running.push(hub);
  return hub;
}

const MODEL: RepositoryName = { kind: 'model', name: 'owner/tiny' };

function bytesOf(length: number, seed: string): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(`${seed}${index}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

const FILES = {
  'config.json': '{"model_type":"llama"}',
  'tokenizer.json': bytesOf(3000, 'tokenizer'),
  'model.safetensors': bytesOf(200_000, 'weights'),
};
const TINY = { kind: 'model', name: 'owner/tiny', branches: { main: FILES } } as const;

function settingsFor(hub: { endpoint: string }, own: Partial<HubSettings> = {}): HubSettings {
  return {
    endpoint: hub.endpoint,
    cacheFolder: mkdtempSync(join(tmpdir(), 'evalgraph-hub-')),
    offline: false,
    token: null,
    symlinks: true,
    parallel: 3,
    patience: { attempts: 4, firstWaitMs: 1, longestWaitMs: 4, longestRetryAfterMs: 1500, silenceMs: 1500 },
    ...own,
  };
}

function quiet(lines: string[] = []): FetchOptions {
  return { label: 'tiny', note: (line) => lines.push(line), digest: digestFile };
}

async function problemsOf(work: Promise<unknown>): Promise<UserError['problems']> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw error ?? new Error('no error was thrown');
  return error.problems;
}

async function fetchAll(settings: HubSettings, options = quiet()): Promise<string> {
  const hub = openHub(settings);
  const { commit, files } = await hub.resolve(MODEL, 'main');
  return (await hub.fetch({ repository: MODEL, commit, revision: 'main', files }, options)).folder;
}

/** Bytes of the one file that a broken try left. */
function incompleteSize({ cacheFolder }: HubSettings): number {
  const left = readdirSync(cacheFolder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.incomplete'),
  );
  expect(left).toHaveLength(1);
  return statSync(join(cacheFolder, left[0] ?? '')).size;
}

function expectWhole(folder: string, files: Readonly<Record<string, Buffer | string>> = FILES): void {
  for (const [path, content] of Object.entries(files)) {
    expect(readFileSync(join(folder, path)).equals(Buffer.from(content)), path).toBe(true);
  }
}

describe('resolve', () => {
  it('gives commit, sizes, sha256 of large files and object names of small ones', async () => {
    const server = await fake({ repositories: [TINY] });
    const found = await openHub(settingsFor(server)).resolve(MODEL, 'main');
    expect(found.commit).toBe(server.commitOf('owner/tiny', 'main'));
    const weights = createHash('sha256').update(FILES['model.safetensors']).digest('hex');
    expect(found.files.map(({ path }) => path)).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
    ]);
    expect(found.files[1]).toEqual({
      path: 'model.safetensors',
      size: 200_000,
      blob: weights,
      sha256: weights,
    });
    // git hash-object of {"model_type":"llama"}
    expect(found.files[0]).toMatchObject({
      size: 22,
      blob: '0972e95c1405cc1507c19dcbe784f7a36c930907',
      sha256: null,
    });
    expect(server.contentRequests()).toEqual([]);
  });

  it('reads every page of a listing, at the endpoint whatever the links name', async () => {
    const files = Object.fromEntries(Array.from({ length: 45 }, (_, n) => [`f${n}.json`, `${n}`]));
    const server = await fake({ repositories: [{ ...TINY, branches: { main: files } }], pageSize: 10 });
    const found = await openHub(settingsFor(server)).resolve(MODEL, 'main');
    expect(found.files).toHaveLength(45);
    expect(server.seen.filter(({ path }) => path.includes('/tree/'))).toHaveLength(5);
  });

  it('asks once for each revision', async () => {
    const server = await fake({ repositories: [TINY] });
    const hub = openHub(settingsFor(server));
    await Promise.all([hub.resolve(MODEL, 'main'), hub.resolve(MODEL, 'main')]);
    expect(server.seen).toHaveLength(2);
  });

  it('finds steps among folders and among branches and tags', async () => {
    const folders = {
      'iter_0000200/config.json': '{}',
      'iter_0000100/config.json': '{}',
      'iter_x/config.json': '{}',
      'README.md': '',
    };
    const server = await fake({
      repositories: [
        {
          ...TINY,
          branches: { main: folders, 'step-20': {}, 'step-3': {}, stepping: {} },
          tags: { 'step-100': {} },
        },
      ],
    });
    const hub = openHub(settingsFor(server));
    expect(stepsInFolders('iter_{step:07}', await hub.resolve(MODEL, 'main'))).toEqual([
      { step: 100, name: 'iter_0000100' },
      { step: 200, name: 'iter_0000200' },
    ]);
    expect(stepsInFolders('iter_{step}', await hub.resolve(MODEL, 'main'))).toEqual([]);
    expect(stepsInRefs('step-{step}', await hub.refs(MODEL)).map(({ step }) => step)).toEqual([3, 20, 100]);
  });

  it('refuses names of files that lead out of the cache', async () => {
    const server = await fake({ repositories: [{ ...TINY, branches: { main: { '../../evil': 'x' } } }] });
    const [problem] = await problemsOf(openHub(settingsFor(server)).resolve(MODEL, 'main'));
    expect(problem?.code).toBe('hub-unexpected-answer');
  });
});

describe('fetch', () => {
  it('lays files out as the hub’s cache: blobs, refs, snapshots with relative links', async () => {
    const server = await fake({ repositories: [TINY] });
    const settings = settingsFor(server);
    const folder = await fetchAll(settings);
    const commit = server.commitOf('owner/tiny', 'main');
    const repository = join(settings.cacheFolder, 'models--owner--tiny');
    expect(folder).toBe(join(repository, 'snapshots', commit));
    expectWhole(folder);
    expect(readFileSync(join(repository, 'refs/main'), 'utf8')).toBe(commit);
    for (const name of Object.keys(FILES)) {
      expect(readlinkSync(join(folder, name))).toMatch(/^\.\.\/\.\.\/blobs\/([0-9a-f]{40}|[0-9a-f]{64})$/);
    }
    expect(readdirSync(join(repository, 'blobs'))).toHaveLength(3);
  });

  it('asks for nothing that is there, and for no file that was not named', async () => {
    const server = await fake({ repositories: [TINY] });
    const settings = settingsFor(server);
    const hub = openHub(settings);
    const { commit, files } = await hub.resolve(MODEL, 'main');
    const some = files.filter(({ path }) => path !== 'model.safetensors');
    await hub.fetch({ repository: MODEL, commit, revision: null, files: some }, quiet());
    expect(server.contentRequests().some(({ path }) => path.includes('safetensors'))).toBe(false);
    const before = server.seen.length;
    const again = await openHub(settings).fetch(
      { repository: MODEL, commit, revision: null, files: some },
      quiet(),
    );
    expect(server.seen).toHaveLength(before);
    expect(again.downloaded).toEqual([]);
  });

  it('links a blob that another snapshot brought', async () => {
    const server = await fake({
      repositories: [{ ...TINY, branches: { main: FILES, next: { ...FILES, 'config.json': '{}' } } }],
    });
    const hub = openHub(settingsFor(server));
    const outcomes = [];
    for (const revision of ['main', 'next']) {
      const { commit, files } = await hub.resolve(MODEL, revision);
      outcomes.push(await hub.fetch({ repository: MODEL, commit, revision, files }, quiet()));
    }
    expect(outcomes[1]?.downloaded.map(({ path }) => path)).toEqual(['config.json']);
    expectWhole(outcomes[1]?.folder ?? '', { ...FILES, 'config.json': '{}' });
  });

  it('goes on by Range from what a broken try left, in this process or the next', async () => {
    let cut = true;
    const server = await fake({
      repositories: [TINY],
      fault: ({ at, path }) =>
        cut &&
        at === 'cdn' &&
        path.includes(createHash('sha256').update(FILES['model.safetensors']).digest('hex'))
          ? { kind: 'truncate', part: 0.5, silent: false }
          : null,
    });
    const settings = settingsFor(server, { patience: { ...settingsFor(server).patience, attempts: 1 } });
    const [problem] = await problemsOf(fetchAll(settings));
    expect(problem?.code).toBe('hub-unreachable');
    const left = incompleteSize(settings);
    // What is on its way when the connection breaks may be lost: half of the file at most came.
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(FILES['model.safetensors'].length / 2);
    cut = false;
    const before = server.seen.length;
    expectWhole(await fetchAll(settings));
    const ranges = server.seen.slice(before).flatMap(({ at, range }) => (at === 'cdn' ? [range] : []));
    expect(ranges).toContain(`bytes=${left}-`);
  });

  it.each<[string, Fault]>([
    ['a body that ends early without a length', { kind: 'truncate', part: 0.3, silent: true }],
    ['a body that ends early', { kind: 'truncate', part: 0.3, silent: false }],
    ['a reset', { kind: 'reset' }],
    ['wrong bytes of the right length', { kind: 'wrongBytes' }],
    ['more bytes than there are', { kind: 'tooMuch' }],
    ['a web page', { kind: 'html' }],
    ['429 with a wait', { kind: 'status', status: 429, headers: { 'retry-after': '0' } }],
    ['503', { kind: 'status', status: 503 }],
  ])('%s, once: tried again', async (_, fault) => {
    const met = new Set<string>();
    const server = await fake({
      repositories: [TINY],
      fault: ({ path }) => {
        if (met.has(path)) return null;
        met.add(path);
        return fault;
      },
    });
    expectWhole(await fetchAll(settingsFor(server)));
  });

  it('a server that does not know Range sends the file anew', async () => {
    let number = 0;
    const server = await fake({
      repositories: [TINY],
      fault: ({ at }) =>
        at === 'hub'
          ? null
          : number++ < 3
            ? { kind: 'truncate', part: 0.5, silent: false }
            : { kind: 'noRange' },
    });
    expectWhole(await fetchAll(settingsFor(server)));
  });

  it('silence is ended and tried again', async () => {
    const met = new Set<string>();
    const server = await fake({
      repositories: [TINY],
      fault: ({ at, path }) => {
        if (at === 'hub' || met.has(path)) return null;
        met.add(path);
        return { kind: 'stallAfter', part: 0.4 };
      },
    });
    const patience = { ...settingsFor(server).patience, silenceMs: 1500 };
    expectWhole(await fetchAll(settingsFor(server, { patience })));
    expect(server.seen.some(({ range }) => range !== null)).toBe(true);
  });

  it('wrong bytes again and again: one message, nothing of them kept', async () => {
    const server = await fake({
      repositories: [TINY],
      fault: ({ at }) => (at === 'cdn' ? { kind: 'wrongBytes' } : null),
    });
    const settings = settingsFor(server);
    const [problem] = await problemsOf(fetchAll(settings));
    expect(problem?.code).toBe('hub-corrupt-download');
    const blobs = join(settings.cacheFolder, 'models--owner--tiny/blobs');
    const large = readdirSync(blobs).filter((name) => /^[0-9a-f]{64}$/.test(name));
    expect(large).toEqual([]);
  });

  it('a wait that is too long is not waited for', async () => {
    const server = await fake({
      repositories: [TINY],
      fault: () => ({ kind: 'status', status: 429, headers: { 'retry-after': '3600' } }),
    });
    const problems = await problemsOf(openHub(settingsFor(server)).resolve(MODEL, 'main'));
    expect(problems).toEqual([hubMessages.busy(server.endpoint, 429, 3_600_000, null)]);
    expect(server.seen).toHaveLength(1);
  });

  it('a file in the cache that is not what the lock says is fetched again, it alone', async () => {
    const server = await fake({ repositories: [TINY] });
    const settings = settingsFor(server);
    const folder = await fetchAll(settings);
    const content = readFileSync(join(folder, 'model.safetensors'));
    content[1000] = (content[1000] ?? 0) ^ 1;
    writeFileSync(join(folder, 'model.safetensors'), content);
    const before = server.contentRequests().length;
    const lines: string[] = [];
    expectWhole(await fetchAll(settings, quiet(lines)));
    expect(
      server
        .contentRequests()
        .slice(before)
        .filter(({ at }) => at === 'cdn'),
    ).toHaveLength(1);
    expect(lines).toHaveLength(1);
    truncateSync(join(folder, 'config.json'), 3);
    expectWhole(await fetchAll(settings));
  });

  it('two processes’ downloads at once: each file is fetched once', async () => {
    const server = await fake({ repositories: [TINY] });
    const settings = settingsFor(server);
    const folders = await Promise.all([fetchAll(settings), fetchAll(settings), fetchAll(settings)]);
    for (const folder of folders) expectWhole(folder);
    expect(server.contentRequests().filter(({ at }) => at === 'cdn')).toHaveLength(2);
  });

  it('without links the snapshot holds the files themselves', async () => {
    const server = await fake({ repositories: [TINY] });
    const settings = settingsFor(server, { symlinks: false });
    const folder = await fetchAll(settings);
    expectWhole(folder);
    expect(lstatSync(join(folder, 'model.safetensors')).isFile()).toBe(true);
    const before = server.contentRequests().length;
    await fetchAll(settings);
    expect(server.contentRequests()).toHaveLength(before);
  });

  it('a disk that is too small is found out before a byte is asked for', async () => {
    const server = await fake({ repositories: [TINY] });
    const settings = settingsFor(server);
    const hub = openHub(settings);
    const { commit, files } = await hub.resolve(MODEL, 'main');
    const huge = files.map((file) => ({ ...file, size: 2 ** 52, blob: 'a'.repeat(64) }));
    const problems = await problemsOf(
      hub.fetch({ repository: MODEL, commit, revision: null, files: huge }, quiet()),
    );
    expect(problems.map(({ code }) => code)).toEqual(['hub-no-room']);
    expect(server.contentRequests()).toEqual([]);
  });

  it('a cache that cannot be written is named', async () => {
    const server = await fake({ repositories: [TINY] });
    const settings = settingsFor(server);
    // A file in the folder's place stops root too, whom permissions do not.
    const blocked = join(settings.cacheFolder, 'a-file');
    writeFileSync(blocked, '');
    const problems = await problemsOf(fetchAll({ ...settings, cacheFolder: join(blocked, 'hub') }));
    expect(problems.map(({ code }) => code)).toEqual(['hub-cache']);
    expect(problems.map(({ message }) => message).join()).toContain(blocked);
  });

  it('removes what no other snapshot has', async () => {
    const server = await fake({
      repositories: [
        { ...TINY, branches: { main: FILES, next: { ...FILES, 'model.safetensors': 'other' } } },
      ],
    });
    const settings = settingsFor(server);
    const hub = openHub(settings);
    const [main, next] = [await hub.resolve(MODEL, 'main'), await hub.resolve(MODEL, 'next')];
    for (const { commit, files } of [main, next]) {
      await hub.fetch({ repository: MODEL, commit, revision: null, files }, quiet());
    }
    expect(await hub.remove(MODEL, main.commit, main.files)).toBe(200_000);
    expectWhole(hub.snapshotFolder(MODEL, next.commit), { ...FILES, 'model.safetensors': 'other' });
    expect(existsSync(join(hub.snapshotFolder(MODEL, main.commit), 'config.json'))).toBe(false);
  });
});

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
      () => hubMessages.noSuchRevision(MODEL, 'step-12500', ['main', 'step-125000'], 'step-125000'),
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
      (hub) => hubMessages.noSuchRepository(MODEL, hub.endpoint, null),
    ],
    [
      'a private repository with a token',
      { access: 'private' },
      { token: poor },
      'main',
      (hub) => hubMessages.noSuchRepository(MODEL, hub.endpoint, 'HF_TOKEN'),
    ],
    [
      'a token that is not accepted',
      {},
      { token: { value: 'hf_old', from: '/home/me/token' } },
      'main',
      (hub) => hubMessages.refusedToken(hub.endpoint, '/home/me/token'),
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
      hubMessages.noSuchSubfolder(MODEL, 'iter_002000', 'main', ['iter_0002000'], 'iter_0002000'),
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
      hubMessages.offlineNotCached(MODEL, "the revision 'other'", settings.cacheFolder),
    ]);
    const found = await openHub(offline).resolve(MODEL, 'main');
    rmSync(join(folder, 'config.json'));
    rmSync(join(settings.cacheFolder, 'models--owner--tiny/blobs', found.files[0]?.blob ?? ''));
    const { commit, files } = found;
    expect(
      await problemsOf(openHub(offline).fetch({ repository: MODEL, commit, revision: null, files }, quiet())),
    ).toEqual([hubMessages.offlineNotCached(MODEL, 'config.json', settings.cacheFolder)]);
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
      new UserError(hubMessages.malformedToken('HF_TOKEN')),
    );
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

/** The hub's client against a fake hub: what is asked, and what is written. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { foldersOf, hubMessages, openHub } from '../../sources/src/hub/index.ts';
import { stepsAmong } from '../../spec/src/index.ts';
import type { Fault } from './support/fake-hub.ts';
import {
  expectWhole,
  FILES,
  fake,
  fetchAll,
  incompleteSize,
  MODEL,
  problemsOf,
  quiet,
  settingsFor,
  TINY,
} from './support/hub-client.ts';

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
    const foldersThere = foldersOf((await hub.resolve(MODEL, 'main')).files);
    const refsThere = (await hub.refs(MODEL)).map(({ name }) => name);
    expect(stepsAmong('iter_{step:07}', foldersThere)).toEqual([
      { step: 100, name: 'iter_0000100' },
      { step: 200, name: 'iter_0000200' },
    ]);
    expect(stepsAmong('iter_{step}', foldersThere)).toEqual([]);
    expect(stepsAmong('step-{step}', refsThere).map(({ step }) => step)).toEqual([3, 20, 100]);
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

  it.each<[string, Fault]>([
    ['a connection that broke', { kind: 'truncate', part: 0.5, silent: false }],
    ['silence', { kind: 'stallAfter', part: 0.5 }],
  ])('goes on by Range from what a try left that ended in %s', async (_, fault) => {
    let cut = true;
    const server = await fake({
      repositories: [TINY],
      fault: ({ at, path }) =>
        cut &&
        at === 'cdn' &&
        path.includes(createHash('sha256').update(FILES['model.safetensors']).digest('hex'))
          ? fault
          : null,
    });
    const settings = settingsFor(server, { patience: { ...settingsFor(server).patience, attempts: 1 } });
    const [problem] = await problemsOf(fetchAll(settings));
    expect(problem?.code).toBe('hub-unreachable');
    const left = incompleteSize(settings);
    const came = FILES['model.safetensors'].length / 2;
    if (fault.kind === 'stallAfter') expect(left).toBe(came);
    else {
      // What is on its way when a connection breaks may be lost.
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(came);
    }
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

/** Pipelines whose models are on the hub: locked from its metadata, fetched while they run, the same numbers as folders. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UserError } from '@evalgraph/formats';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { embeddedEngine } from '../../engines/src/embedded/adapter.ts';
import type { Engine } from '../../engines/src/engine.ts';
import { lockedVariable, setLockStates } from '../../plugin/src/lock-state.ts';
import { hubMessages } from '../../sources/src/hub/index.ts';
import { runCells } from '../src/run/cells-run.ts';
import { lineProgress } from '../src/run/progress.ts';
import { planPipeline } from '../src/workspace.ts';
import { planCommand, reportCommand, showCommand, whyCommand } from './support/commands.ts';
import { type FakeHub, type FakeRepository, type Files, filesIn, startFakeHub } from './support/fake-hub.ts';
import { evaluate, lock, report } from './support/run.ts';
import { writeTinyModel } from './support/tiny-model.ts';
import { makeWorkspace, type Workspace } from './support/workspace.ts';

const SERIES = 'tiiuae/dense-500m-arch1';
const BRANCHES = 'HuggingFaceTB/SmolLM2-1.7B-intermediate-checkpoints';
const STEPS = [2000, 4000, 6000, 8000];
const PIPELINE = `title: On the hub
models:
  dense:
    source: hf:${SERIES}
    checkpoints: { subfolder: "iter_{step:07}", steps: [${STEPS.join(', ')}] }
  smol:
    source: hf:${BRANCHES}
    checkpoints: { revision: "step-{step}", steps: [125000] }
tasks: [t_choice]
`;

/** Folders with tiny models: one a step. */
const folders = new Map<number, string>();
let repositories: readonly FakeRepository[] = [];
beforeAll(() => {
  for (const step of [...STEPS, 125_000]) {
    const folder = mkdtempSync(join(tmpdir(), 'evalgraph-model-'));
    writeTinyModel(folder, step);
    folders.set(step, folder);
  }
  const series: Files = Object.assign(
    { 'README.md': '# Checkpoints', 'iter_0002000/optimizer.bin': 'not wanted' },
    ...STEPS.map((step) => filesIn(folders.get(step) ?? '', `iter_${String(step).padStart(7, '0')}/`)),
  );
  repositories = [
    { kind: 'model', name: SERIES, branches: { main: series } },
    {
      kind: 'model',
      name: BRANCHES,
      branches: { main: {}, 'step-125000': filesIn(folders.get(125_000) ?? '') },
    },
  ];
});
afterAll(() => {
  for (const folder of folders.values()) rmSync(folder, { recursive: true });
});

let server: FakeHub;
let workspace: Workspace;
let home = '';
beforeEach(async () => {
  server = await startFakeHub({ repositories });
  home = mkdtempSync(join(tmpdir(), 'evalgraph-hf-'));
  vi.stubEnv('HF_HOME', home);
  vi.stubEnv('HF_HUB_CACHE', '');
  vi.stubEnv('HF_TOKEN', '');
  vi.stubEnv('HF_ENDPOINT', server.endpoint);
  vi.stubEnv('HF_HUB_OFFLINE', '');
  workspace = makeWorkspace();
  workspace.write('pipelines/t/pipeline.yaml', PIPELINE);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

function weightsAsked(): readonly string[] {
  return server.seen.flatMap(({ at, path }) =>
    at === 'hub' && path.includes('/resolve/') && path.endsWith('.safetensors') ? [path] : [],
  );
}

function weightsOnDisk(): readonly string[] {
  const names = readdirSync(join(home, 'hub'), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.safetensors'))
    .map((name) => name.split('/').slice(3).join('/'));
}

describe('lock', () => {
  it('downloads no weights, and gives the digests of the same files in a folder', async () => {
    await lock(workspace.root);
    expect(weightsAsked()).toEqual([]);
    expect(server.seen.some(({ path }) => path.includes('optimizer') || path.includes('README'))).toBe(false);
    const hub = planPipeline(workspace.root, 't', 'full');
    expect(hub.unlocked).toEqual([]);
    workspace.write(
      'pipelines/t/pipeline.yaml',
      `title: Folders\nmodels:\n${hub.checkpoints
        .map(({ checkpoint: { step } }) => `  m${step}: { source: ${folders.get(step ?? 0)} }\n`)
        .join('')}tasks: [t_choice]\n`,
    );
    await lock(workspace.root);
    const local = planPipeline(workspace.root, 't', 'full');
    expect(hub.cells.map(({ key }) => key)).toEqual(local.cells.map(({ key }) => key));
    expect(local.checkpoints.map(({ lock: own }) => own?.hub)).toEqual(local.checkpoints.map(() => null));
  });

  it('is the same twice, and offline once the cache has it', async () => {
    await lock(workspace.root);
    const before = workspace.read('pipelines/t/locks/dense@iter_0002000.json');
    const asked = server.seen.length;
    expect(before).toContain(server.commitOf(SERIES, 'main'));
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    const problems = await lock(workspace.root).catch((error: unknown) => error);
    // Weights are not in the cache: without them nobody knows their digests.
    expect(new Set((problems as UserError).problems.map(({ code }) => code))).toEqual(
      new Set(['hub-offline']),
    );
    vi.stubEnv('HF_HUB_OFFLINE', '');
    expect([...(await evaluate(workspace.root)).values()]).toEqual(
      STEPS.map(() => 'computed').concat('computed'),
    );
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    const online = server.seen.length;
    expect(online).toBeGreaterThan(asked);
    await lock(workspace.root);
    expect(workspace.read('pipelines/t/locks/dense@iter_0002000.json')).toBe(before);
    expect(server.seen).toHaveLength(online);
  });

  it('a pipeline that names another place is not locked by the old lock', async () => {
    await lock(workspace.root);
    workspace.edit('pipelines/t/pipeline.yaml', 'revision: "step-{step}"', 'revision: "v{step}"');
    workspace.edit('pipelines/t/pipeline.yaml', 'hf:tiiuae/dense-500m-arch1', 'hf:tiiuae/dense-500m-arch2');
    const plan = planPipeline(workspace.root, 't', 'full');
    expect(plan.cells.every(({ key }) => key === null)).toBe(true);
  });

  it('reports every checkpoint that cannot be locked, and locks the others', async () => {
    await server.close();
    const shards = {
      weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' },
    };
    const main = repositories[0]?.branches['main'] ?? {};
    const { 'iter_0006000/model.safetensors': _weights, ...rest } = main;
    server = await startFakeHub({
      repositories: [
        {
          kind: 'model',
          name: SERIES,
          branches: {
            main: {
              ...rest,
              'iter_0006000/model.safetensors.index.json': JSON.stringify(shards),
              'iter_0006000/model-00001-of-00002.safetensors': 'x',
            },
          },
        },
        { kind: 'model', name: BRANCHES, branches: {}, movedTo: 'HuggingFaceTB/Moved' },
        { kind: 'model', name: 'HuggingFaceTB/Moved', branches: { 'step-125000': {} } },
      ],
    });
    vi.stubEnv('HF_ENDPOINT', server.endpoint);
    workspace.edit('pipelines/t/pipeline.yaml', '8000]', '8000, 9000]');
    const error = await lock(workspace.root).catch((reason: unknown) => reason);
    expect((error as UserError).problems).toEqual([
      hubMessages.stillUploading(
        { kind: 'model', name: SERIES },
        '@main/iter_0006000',
        'model.safetensors.index.json',
        ['model-00002-of-00002.safetensors'],
        2,
      ),
      hubMessages.noSubfolder(
        { kind: 'model', name: SERIES },
        'iter_0009000',
        'main',
        ['iter_0002000', 'iter_0004000', 'iter_0006000', 'iter_0008000'],
        'iter_0002000',
      ),
      hubMessages.moved({ kind: 'model', name: BRANCHES }, 'HuggingFaceTB/Moved'),
    ]);
    expect(readdirSync(join(workspace.root, 'pipelines/t/locks'))).toHaveLength(3);
  });

  it('a checkpoint of pickles alone', async () => {
    await server.close();
    const files = { 'config.json': '{}', 'tokenizer.json': '{}', 'pytorch_model.bin': 'x' };
    server = await startFakeHub({
      repositories: [{ kind: 'model', name: 'a/b', branches: { main: files } }],
    });
    vi.stubEnv('HF_ENDPOINT', server.endpoint);
    workspace.write(
      'pipelines/t/pipeline.yaml',
      'title: x\nmodels:\n  m: { source: "hf:a/b" }\ntasks: [t_choice]\n',
    );
    const error = await lock(workspace.root).catch((reason: unknown) => reason);
    expect((error as UserError).problems).toEqual([
      hubMessages.incompleteCheckpoint(
        { kind: 'model', name: 'a/b' },
        '@main',
        ['model.safetensors (or model.safetensors.index.json)'],
        ['pytorch_model.bin'],
      ),
    ]);
  });
});

describe('eval', () => {
  it('fetches what the cells need, once; another machine needs nothing but the lock files', async () => {
    await lock(workspace.root);
    rmSync(home, { recursive: true });
    const outcomes = await evaluate(workspace.root);
    expect(new Set(outcomes.values())).toEqual(new Set(['computed']));
    expect(weightsAsked()).toHaveLength(5);
    expect(weightsOnDisk()).toHaveLength(5);
    const before = server.seen.length;
    expect(new Set((await evaluate(workspace.root)).values())).toEqual(new Set(['store']));
    expect(server.seen).toHaveLength(before);
  });

  it('a failed download is that checkpoint’s failure alone, and the next run makes it good', async () => {
    await lock(workspace.root);
    await server.close();
    server = await startFakeHub({
      repositories,
      fault: ({ path }) => (path.includes('iter_0004000/model') ? { kind: 'status', status: 403 } : null),
    });
    vi.stubEnv('HF_ENDPOINT', server.endpoint);
    const outcomes = await evaluate(workspace.root);
    expect([...outcomes.values()].filter((text) => text === 'computed')).toHaveLength(4);
    expect(outcomes.get('dense@iter_0004000/t_choice')).toContain('refuses');
    await server.close();
    server = await startFakeHub({ repositories });
    vi.stubEnv('HF_ENDPOINT', server.endpoint);
    expect((await evaluate(workspace.root)).get('dense@iter_0004000/t_choice')).toBe('computed');
    expect(weightsAsked()).toHaveLength(1);
  });

  /** One checkpoint after the other, as engines of large models run. */
  async function inOrder(keep: number | undefined, onOpen: (folder: string) => Promise<void>): Promise<void> {
    const plan = planPipeline(workspace.root, 't', 'full');
    const engine = {
      ...embeddedEngine,
      identity: { ...embeddedEngine.identity, name: 'one-by-one' },
      open: async (folder, ...rest) => {
        await onOpen(folder);
        return embeddedEngine.open(folder, ...rest);
      },
    } as typeof embeddedEngine satisfies Engine;
    const progress = lineProgress({ write: () => {} });
    const given = keep === undefined ? {} : { keep };
    for await (const { result } of runCells({
      root: workspace.root,
      plan,
      cells: plan.cells,
      engine,
      progress,
      ...given,
    })) {
      expect(result).toEqual({ ok: true, origin: 'computed' });
    }
  }

  it('a copy that was changed serves nothing, an empty cache serves what is stored', async () => {
    const { root } = workspace;
    workspace.edit('pipelines/t/pipeline.yaml', 'steps: [2000, 4000, 6000, 8000]', 'steps: [2000]');
    await lock(root);
    await evaluate(root);
    await report(root);
    const ask = (command: typeof planCommand, ...args: string[]): Promise<string> =>
      command(root, args, () => {}).then(
        () => 'served',
        (error: UserError) => error.message,
      );
    const [file = ''] = readdirSync(join(home, 'hub'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('iter_0002000/model.safetensors'),
    );
    const path = join(home, 'hub', file);
    const { atime, mtime } = statSync(path);
    const bytes = readFileSync(path);
    bytes.fill(0, bytes.length - 400);
    writeFileSync(path, bytes);
    utimesSync(path, atime, mtime);
    const env: Record<string, string | undefined> = {};
    await setLockStates(root, ['node', 'nx', 'run', 't:report'], env);
    expect(env[lockedVariable('t')]).toMatch(/^differs /);
    for (const [command, name] of [
      [planCommand, 't'],
      [whyCommand, 't/dense@iter_0002000/t_choice'],
      [showCommand, 't'],
      [reportCommand, 't'],
    ] as const) {
      const text = await ask(command, name);
      expect(text).toContain(
        `${path}, a copy of a file of the hub, does not match its lock pipelines/t/locks/`,
      );
      expect(text).toContain('npx evalgraph doctor t --repair');
    }
    // A run fetches it again before it serves anything.
    expect([...(await evaluate(root)).values()]).toEqual(['store', 'store']);
    expect(await ask(reportCommand, 't')).toBe('served');
    rmSync(join(home, 'hub'), { recursive: true });
    const asked = server.seen.length;
    expect(await ask(planCommand, 't')).toBe('served');
    expect(await ask(reportCommand, 't')).toBe('served');
    expect([...(await evaluate(root)).values()]).toEqual(['store', 'store']);
    expect(server.seen).toHaveLength(asked);
  });

  it('the next checkpoint is fetched while one is evaluated', async () => {
    await lock(workspace.root);
    const asked: number[] = [];
    await inOrder(undefined, async () => {
      const wanted = Math.min(asked.length + 2, 5);
      // Would wait until the test's time is over if nothing were fetched ahead.
      while (weightsAsked().length < wanted) await sleep(5);
      asked.push(weightsAsked().length);
    });
    expect(asked).toEqual([2, 3, 4, 5, 5]);
  });

  it('keep: at most that many stay when their cells are done, and nobody else’s files go', async () => {
    await lock(workspace.root);
    // Lay in the cache before: it stays.
    const only = (id: string): boolean => id.startsWith('dense@iter_0004000');
    await evaluate(workspace.root, 'full', only);
    rmSync(join(workspace.root, '.evalgraph/store'), { recursive: true });
    const most: number[] = [];
    await inOrder(1, async () => void most.push(weightsOnDisk().length));
    // The foreign one, one that is kept, the one that is opened, and perhaps the next.
    expect(Math.max(...most)).toBeLessThanOrEqual(4);
    expect(weightsOnDisk().toSorted()).toEqual(['iter_0004000/model.safetensors', 'model.safetensors']);
    expect(existsSync(join(home, 'hub/models--tiiuae--dense-500m-arch1/refs/main'))).toBe(true);
  });
});

/** Data sets of the hub in a pipeline: locked from its metadata, read from the cache, and the plan the same everywhere. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UserError } from '@evalgraph/formats';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hubMessages } from '../../sources/src/hub/index.ts';
import { requireAsLocked } from '../src/locking/as-locked.ts';
import { phrases as lockingPhrases } from '../src/locking/messages.ts';
import { messages as runnerMessages } from '../src/messages.ts';
import { planPipeline } from '../src/workspace.ts';
import { tasksCommand } from './support/commands.ts';
import { type FakeHub, type FakeRepository, startFakeHub } from './support/fake-hub.ts';
import { evaluate, lock } from './support/run.ts';
import { makeWorkspace, type Workspace } from './support/workspace.ts';

const parquet = readFileSync(join(import.meta.dirname, 'fixtures/ready/boolq.parquet'));
const rows = (name: string): string =>
  [0, 1, 2]
    .map((n) => `${JSON.stringify({ passage: `${name} ${n}.`, question: 'is it so', label: n % 2 })}\n`)
    .join('');

const REPOSITORIES: readonly FakeRepository[] = [
  {
    kind: 'dataset',
    name: 'me/questions',
    branches: {
      main: {
        'README.md':
          '---\nconfigs:\n- config_name: large\n  data_files:\n  - split: train\n    path: large/train-*\n  - split: validation\n    path: large/val-*\n- config_name: small\n  data_files: [{ split: validation, path: small.jsonl }]\n---\n',
        'large/train-00000-of-00001.parquet': parquet,
        'large/val-00000-of-00001.parquet': parquet,
        'small.jsonl': rows('Small'),
        'other/unused.parquet': parquet,
      },
    },
    tags: { v1: { 'README.md': '', 'small/validation.jsonl': rows('Old') } },
  },
  { kind: 'dataset', name: 'old/name', branches: {}, movedTo: 'me/questions' },
];

const task = (name: string, path: string, config: string, extra = ''): string => `task: ${name}
dataset_path: ${path}
dataset_name: ${config}
${extra}validation_split: validation
output_type: multiple_choice
doc_to_text: "{{passage}} {{question}}?"
doc_to_choice: ["no", "yes"]
doc_to_target: label
metric_list: [{ metric: acc }]
`;

let server: FakeHub;
let workspace: Workspace;
let home = '';
beforeEach(async () => {
  server = await startFakeHub({ repositories: REPOSITORIES });
  home = mkdtempSync(join(tmpdir(), 'evalgraph-hf-'));
  for (const name of ['HF_HUB_CACHE', 'HF_TOKEN', 'HF_HUB_OFFLINE']) vi.stubEnv(name, '');
  vi.stubEnv('HF_HOME', home);
  vi.stubEnv('HF_ENDPOINT', server.endpoint);
  workspace = makeWorkspace();
  workspace.write(
    'pipelines/t/pipeline.yaml',
    'models:\n  tiny: { source: ./models/pruned }\ntasks: [hub_large, hub_small]\n',
  );
  workspace.write('pipelines/t/tasks/hub_large.yaml', task('hub_large', 'me/questions', 'large'));
  workspace.write('pipelines/t/tasks/hub_small.yaml', task('hub_small', 'me/questions', 'small'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  rmSync(home, { recursive: true, force: true });
  rmSync(workspace.root, { recursive: true });
});

const LOCK = 'pipelines/t/locks/data/me--questions.json';
const content = (): readonly string[] =>
  server.contentRequests().map(({ path }) => path.split('/').at(-1) ?? '');

async function problemsOf(work: Promise<unknown>): Promise<UserError['problems']> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  return (error as UserError).problems;
}

describe('lock', () => {
  it('downloads the card and what the hub has no digest of; the plan then needs nothing but the lock', async () => {
    const before = planPipeline(workspace.root, 't', 'full');
    expect(before.unlocked).toContain(LOCK);
    expect(before.cells.map(({ key }) => key)).toEqual([null, null]);
    await lock(workspace.root);
    expect([...new Set(content())].sort()).toEqual(['README.md', 'small.jsonl']);
    const locked = JSON.parse(workspace.read(LOCK)) as { files: object; hub: { commit: string } };
    expect(Object.keys(locked.files)).toEqual(['large/val-00000-of-00001.parquet', 'small.jsonl']);
    expect(locked.hub.commit).toBe(server.commitOf('me/questions', 'main'));
    expect(workspace.read(LOCK)).not.toContain(home);
    const keys = planPipeline(workspace.root, 't', 'full').cells.map(({ key }) => key);
    const asked = server.seen.length;
    rmSync(home, { recursive: true });
    const elsewhere = mkdtempSync(join(tmpdir(), 'evalgraph-hf-'));
    vi.stubEnv('HF_HOME', elsewhere);
    expect(planPipeline(workspace.root, 't', 'full').cells.map(({ key }) => key)).toEqual(keys);
    expect(server.seen).toHaveLength(asked);
  });

  it('is the same twice, and offline where nothing new is wanted', async () => {
    await lock(workspace.root);
    const before = workspace.read(LOCK);
    expect((await lock(workspace.root)).at(-1)).toBe('t: locks: 0 written, 2 unchanged');
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    await lock(workspace.root);
    expect(workspace.read(LOCK)).toBe(before);
  });

  it('a revision that a task names has a lock of its own', async () => {
    const revision = 'dataset_kwargs: { revision: v1 }\n';
    workspace.write('pipelines/t/tasks/hub_small.yaml', task('hub_small', 'me/questions', 'small', revision));
    await lock(workspace.root);
    expect(readdirSync(join(workspace.root, 'pipelines/t/locks/data')).sort()).toEqual([
      'me--questions.json',
      'me--questions@v1.json',
    ]);
    expect([...(await evaluate(workspace.root)).values()]).toEqual(['computed', 'computed']);
  });

  it('a moved data set is followed, and its new name told', async () => {
    workspace.write('pipelines/t/tasks/hub_small.yaml', task('hub_small', 'old/name', 'small'));
    expect(await lock(workspace.root)).toContain(lockingPhrases.datasetRenamed('old/name', 'me/questions'));
    const moved = JSON.parse(workspace.read('pipelines/t/locks/data/old--name.json')) as {
      hub: { repository: string };
    };
    expect(moved.hub.repository).toBe('me/questions');
    expect([...(await evaluate(workspace.root)).values()]).toEqual(['computed', 'computed']);
  });

  it('says which configurations there are, which data set there is not, and locks the rest', async () => {
    workspace.write('pipelines/t/tasks/hub_small.yaml', task('hub_small', 'me/questions', 'smal'));
    workspace.write('pipelines/t/tasks/hub_large.yaml', task('hub_large', 'me/nothing', 'large'));
    const problems = await problemsOf(lock(workspace.root));
    expect(problems[0]).toEqual(
      hubMessages.noRepository({ kind: 'dataset', name: 'me/nothing' }, server.endpoint, null),
    );
    expect(problems[1]?.code).toBe('unknown-dataset-config');
    expect(problems[1]?.remedy).toContain("Did you mean 'small'?");
    expect(existsSync(join(workspace.root, 'pipelines/t/locks/tiny.json'))).toBe(true);
    await expect(requireAsLocked(workspace.root, planPipeline(workspace.root, 't', 'full'))).rejects.toThrow(
      /not locked/,
    );
  });
});

describe('eval', () => {
  it('fetches the rows that the lock names, once; the key is that of the same file in the workspace', async () => {
    await lock(workspace.root);
    rmSync(home, { recursive: true });
    const before = content().length;
    expect([...(await evaluate(workspace.root)).values()]).toEqual(['computed', 'computed']);
    const large = content()
      .slice(before)
      .filter((name) => name.endsWith('.parquet'));
    expect(large).toEqual(['val-00000-of-00001.parquet']);
    const asked = server.seen.length;
    rmSync(join(workspace.root, '.evalgraph/store'), { recursive: true });
    expect([...(await evaluate(workspace.root)).values()]).toEqual(['computed', 'computed']);
    expect(server.seen).toHaveLength(asked);
    const keys = planPipeline(workspace.root, 't', 'full').cells.map(({ key }) => key);
    for (const [path, bytes] of Object.entries(REPOSITORIES[0]?.branches['main'] ?? {})) {
      workspace.write(`datasets/me/questions/${path}`, '');
      writeFileSync(join(workspace.root, 'datasets/me/questions', path), bytes);
    }
    await lock(workspace.root);
    expect(planPipeline(workspace.root, 't', 'full').cells.map(({ key }) => key)).toEqual(keys);
  });

  it('a lock that was written for another data set or revision counts as none', async () => {
    await lock(workspace.root);
    const keyed = (): boolean =>
      planPipeline(workspace.root, 't', 'full').cells.every(({ key }) => key !== null);
    expect(keyed()).toBe(true);
    const before = workspace.read(LOCK);
    const asked = JSON.parse(before) as { asked: object };
    expect(asked.asked).toEqual({ path: 'me/questions', revision: null });
    for (const other of [
      { path: 'me/answers', revision: null },
      { path: 'me/questions', revision: 'v1' },
    ]) {
      workspace.write(LOCK, JSON.stringify({ ...asked, asked: other }));
      expect(keyed()).toBe(false);
      await lock(workspace.root);
      expect(workspace.read(LOCK)).toBe(before);
    }
    // An earlier release wrote this lock: it does not say what was asked, and the repository has the very name.
    const { asked: _, ...unsaid } = asked;
    workspace.write(LOCK, JSON.stringify(unsaid));
    expect(keyed()).toBe(true);
  });

  it('a file in the cache that was changed is fetched again', async () => {
    await lock(workspace.root);
    await evaluate(workspace.root);
    const blobs = join(home, 'hub/datasets--me--questions/blobs');
    for (const name of readdirSync(blobs)) rmSync(join(blobs, name));
    rmSync(join(workspace.root, '.evalgraph/store'), { recursive: true });
    expect([...(await evaluate(workspace.root)).values()]).toEqual(['computed', 'computed']);
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    rmSync(join(workspace.root, '.evalgraph/store'), { recursive: true });
    for (const name of readdirSync(blobs)) rmSync(join(blobs, name));
    expect(
      [...(await evaluate(workspace.root)).values()].every((text) => text.includes('HF_HUB_OFFLINE')),
    ).toBe(true);
  });

  it('prompts are shown of locked rows; without a lock it is said what to do', async () => {
    const lines: string[] = [];
    const render = (): Promise<void> =>
      tasksCommand(workspace.root, ['render', 'hub_small', '1', '--pipeline', 't'], (line) =>
        lines.push(line),
      );
    expect(await problemsOf(render())).toEqual([
      runnerMessages.datasetNotLocked('me/questions', 'small', 't'),
    ]);
    await lock(workspace.root);
    rmSync(home, { recursive: true });
    await render();
    expect(lines).toContain('Small 0. is it so?');
  });
});

/** What a corpus is made of beside local files: a data set of the hub, locked and fetched; and documents of tasks to avoid. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { UserError } from '@evalgraph/formats';
import type { CorpusCard, CorpusIndex } from '@evalgraph/pretrain';
import { leafTasks } from '@evalgraph/tasks';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { verifiedFile } from '../../spec/src/layout.ts';
import { openDigestMemo } from '../src/locks/digest-memo.ts';
import { makeStage, type StageOutcome } from '../src/stages/make-stage.ts';
import { loadLocked, planPipeline, taskLibrary } from '../src/workspace.ts';
import { type FakeHub, startFakeHub } from './support/fake-hub.ts';
import { libraryDataSets } from './support/ready-hub.ts';
import { lock } from './support/run.ts';
import { makeWorkspace, type Workspace } from './support/workspace.ts';

const rows = (texts: readonly string[]): string =>
  texts.map((body) => `${JSON.stringify({ body })}\n`).join('');
const CARD =
  '---\nconfigs:\n- config_name: part\n  data_files:\n  - { split: train, path: part/train.jsonl }\n  - { split: test, path: part/test.jsonl }\n---\n';

let server: FakeHub;
let workspace: Workspace;
let home = '';
beforeEach(async () => {
  server = await startFakeHub({
    repositories: [
      ...libraryDataSets(),
      {
        kind: 'dataset',
        name: 'me/pages',
        branches: {
          main: {
            'README.md': CARD,
            'part/train.jsonl': rows(['A page of the hub.', 'Another page of it.']),
            'part/test.jsonl': rows(['Nobody reads this one.']),
          },
        },
      },
      {
        kind: 'dataset',
        name: 'me/web',
        branches: {
          main: {
            'README.md':
              '---\nconfigs:\n- config_name: en\n  data_files:\n  - { split: train, path: en/web-*.json.gz }\n---\n',
            ...Object.fromEntries(
              [0, 1, 2].map((at) => [
                `en/web-0000${at}-of-00003.json.gz`,
                gzipSync(rows([`Page ${at} of the web.`])),
              ]),
            ),
          },
        },
      },
    ],
  });
  home = mkdtempSync(join(tmpdir(), 'evalgraph-hf-'));
  for (const name of ['HF_HUB_CACHE', 'HF_TOKEN', 'HF_HUB_OFFLINE']) vi.stubEnv(name, '');
  vi.stubEnv('HF_HOME', home);
  vi.stubEnv('HF_ENDPOINT', server.endpoint);
  workspace = makeWorkspace();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  rmSync(home, { recursive: true, force: true });
  rmSync(workspace.root, { recursive: true });
});

function declare(corpus: string): void {
  workspace.write(
    'pipelines/t/pipeline.yaml',
    `corpora: { c: ${corpus} }\nmodels: { tiny: { source: ./models/pruned } }\ntasks: [t_choice]\n`,
  );
}

function make(): Promise<StageOutcome> {
  const { root } = workspace;
  const pipeline = loadLocked(root, 't');
  const [stage] = pipeline.stages;
  if (stage === undefined) throw new Error('the pipeline has no stage');
  const memo = openDigestMemo(verifiedFile(root));
  const { signal } = new AbortController();
  return makeStage(stage, { root, pipeline, memo, env: {}, signal, note: () => {} });
}

/** Tasks whose documents the corpus was held against. */
function taskNames(): ReadonlySet<string> {
  const lines = workspace.read('made/t/corpora/c.tasks-0.jsonl').trim().split('\n');
  return new Set(lines.map((line) => (JSON.parse(line) as { task: string }).task));
}

function card(): CorpusCard {
  return JSON.parse(workspace.read('made/t/corpora/c/card.json')) as CorpusCard;
}

it('rows of the hub are locked, fetched and read; only of the split that is named', async () => {
  declare(
    '{ sources: [{ name: h, kind: jsonl, path: "hf:me/pages/part", column: body, licence: MIT }], format: jsonl }',
  );
  await expect(make()).rejects.toThrow(/not locked/);
  await lock(workspace.root);
  const locked = JSON.parse(workspace.read('pipelines/t/locks/data/me--pages.json')) as { files: object };
  expect(Object.keys(locked.files)).toEqual(['part/train.jsonl']);
  expect(await make()).toBe('made');
  expect(card().documents).toBe(2);
  const { shards } = JSON.parse(workspace.read('made/t/corpora/c/index.json')) as CorpusIndex;
  const text = shards.map(({ file }) => workspace.read(`made/t/corpora/c/${file}`)).join('');
  expect(text).toContain('Another page of it.');
  expect(text).not.toContain('Nobody');
  expect(await make()).toBe('there');
  // Where the cache lies is no part of the key.
  expect(workspace.read('made/t/corpora/c/stage.json')).not.toContain(home);
});

it('of a large data set only the files that are named are locked and fetched; compressed rows are unpacked', async () => {
  const corpus = (files: string): string =>
    `{ sources: [{ name: h, kind: jsonl, path: "hf:me/web/en", files: ${files}, column: body, licence: MIT }], format: jsonl, shuffle: false }`;
  const texts = (): readonly string[] => {
    const { shards } = JSON.parse(workspace.read('made/t/corpora/c/index.json')) as CorpusIndex;
    return shards
      .flatMap(({ file }) => workspace.read(`made/t/corpora/c/${file}`).trim().split('\n'))
      .map((line) => (JSON.parse(line) as { text: string }).text);
  };
  declare(corpus('"**/*-0000[02]-of-*"'));
  await lock(workspace.root);
  const lockFile = 'pipelines/t/locks/data/me--web.json';
  const locked = (): readonly string[] =>
    Object.keys((JSON.parse(workspace.read(lockFile)) as { files: object }).files);
  expect(locked()).toEqual(['en/web-00000-of-00003.json.gz', 'en/web-00002-of-00003.json.gz']);
  expect(await make()).toBe('made');
  expect(texts()).toEqual(['Page 0 of the web.', 'Page 2 of the web.']);
  expect(server.contentRequests().filter(({ path }) => path.includes('00001-of'))).toEqual([]);
  // More of it, with the lock of less: not a smaller corpus without a word.
  declare(corpus('["**/*-0000[02]-of-*", "en/web-00001-of-00003.json.gz"]'));
  await expect(make()).rejects.toThrow(/not locked/);
  await lock(workspace.root);
  expect(await make()).toBe('made');
  expect(texts()).toHaveLength(3);
  declare(corpus('"*.json.gz"'));
  await lock(workspace.root);
  await expect(make()).rejects.toThrow(
    /of the 3 files of me\/web in its split 'train' none matches \*\.json\.gz\.\n.*en\/web-00000/,
  );
});

it("documents that a task asks about are taken out, whether the task is named or is one of the pipeline's", async () => {
  const texts = [
    'Some text. Question: What barks? Answer: a dog',
    'Nothing of the kind stands in this text.',
  ];
  workspace.write('texts/a.jsonl', texts.map((text) => `${JSON.stringify({ text })}\n`).join(''));
  const [question = ''] = workspace.read('datasets/t/questions.jsonl').split('\n');
  expect(question).toContain('What barks?');
  workspace.edit(
    'pipelines/t/tasks/t_choice.yaml',
    'Q: {{question}}\\nA:',
    'Question: {{question}}\\nAnswer:',
  );
  for (const against of ['tasks', 't_choice']) {
    rmSync(join(workspace.root, 'made'), { recursive: true, force: true });
    declare(
      `{ sources: [{ name: own, kind: jsonl, path: ./texts, licence: MIT }], steps: [{ step: decontaminate, against: ${against}, n: 4, min_words: 2 }] }`,
    );
    expect(await make()).toBe('made');
    expect(card().steps.find(({ name }) => name === 'decontaminate')).toMatchObject({
      documentsIn: 2,
      documentsRemoved: 1,
      overlaps: [expect.objectContaining({ task: 't_choice', taskDocumentsMet: 1 })],
    });
  }
});

it('tasks that only a corpus is held against are locked and read; `tasks` beside them stays', async () => {
  const asked = 'Somebody said: Two thirds of the members voted for the plan.';
  workspace.write(
    'texts/a.jsonl',
    `${JSON.stringify({ text: asked })}\n{"text":"Nobody asks about this."}\n`,
  );
  const corpus = (against: string): string =>
    `{ sources: [{ name: own, kind: jsonl, path: ./texts, licence: MIT }], steps: [{ step: decontaminate, against: ${against}, n: 5, min_words: 2 }] }`;
  declare(corpus('[rte, tasks]'));
  expect(planPipeline(workspace.root, 't', 'full').unlocked).toContain(
    'pipelines/t/locks/data/nyu-mll--glue.json',
  );
  await expect(make()).rejects.toThrow(/not locked/);
  await lock(workspace.root);
  const plan = planPipeline(workspace.root, 't', 'full');
  expect(plan.unlocked).toEqual([]);
  // What `nx affected` looks at: the tasks' files, the lock of the hub's rows, the workspace's own rows.
  expect(plan.avoided[0]?.inputs).toEqual(
    expect.arrayContaining([
      'pipelines/t/tasks/t_choice.yaml',
      'pipelines/t/locks/data/nyu-mll--glue.json',
      'datasets/t/questions.jsonl',
    ]),
  );
  expect(await make()).toBe('made');
  expect(card().steps.find(({ name }) => name === 'decontaminate')).toMatchObject({
    documentsRemoved: 1,
    overlaps: [
      expect.objectContaining({ task: 'rte', taskDocumentsMet: 1 }),
      expect.objectContaining({ task: 't_choice', taskDocumentsMet: 0 }),
    ],
  });
  // A damaged file of the cache is not what was locked: what a corpus is held against is read in full.
  const [rows = ''] = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('rte/validation.jsonl'),
  );
  const file = join(home, rows);
  const whole = readFileSync(file, 'utf8');
  writeFileSync(file, whole.replace('Two thirds', 'Six thirds'));
  rmSync(verifiedFile(workspace.root), { force: true });
  rmSync(join(workspace.root, 'made'), { recursive: true });
  expect(await make()).toBe('made');
  expect(readFileSync(file, 'utf8')).toBe(whole);
});

it('`library` is every task that the pipeline could name, its own ones too', async () => {
  workspace.write('texts/a.jsonl', '{"text":"Nobody asks about this."}\n');
  declare(
    '{ sources: [{ name: own, kind: jsonl, path: ./texts, licence: MIT }], steps: [{ step: decontaminate, against: library }] }',
  );
  await lock(workspace.root);
  expect(readdirSync(join(workspace.root, 'pipelines/t/locks/data'))).toHaveLength(17);
  expect(await make()).toBe('made');
  const library = taskLibrary(workspace.root, 't');
  const all = library.names().flatMap((name) => leafTasks(library.resolve(name)).map((task) => task.name));
  expect(all).toContain('t_choice');
  expect(taskNames()).toEqual(new Set(all));
});

it('a task that there is not is an error, with the nearest one', async () => {
  workspace.write('texts/a.jsonl', '{"text": "a"}\n');
  declare(
    '{ sources: [{ name: own, kind: jsonl, path: ./texts, licence: MIT }], steps: [{ step: decontaminate, against: t_choic }] }',
  );
  const error = await make().then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toContain(
    "pipelines/t/pipeline.yaml: corpora.c: against: There is no task, group or tag 't_choic'; did you mean 't_choice'?",
  );
  expect(() => planPipeline(workspace.root, 't', 'full')).toThrow("did you mean 't_choice'");
});

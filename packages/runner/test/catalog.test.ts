/** Data sets of the workspace: dataset.yaml files, the catalog, the locks and keys of tasks that use it. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { describe, expect, it } from 'vitest';
import { openCatalog } from '../../sources/src/data/catalog.ts';
import { matcherOf } from '../../sources/src/data/glob.ts';
import { messages } from '../../sources/src/data/messages.ts';
import { planPipeline } from '../src/workspace.ts';
import { tasksCommand } from './support/commands.ts';
import { evaluate, lock } from './support/run.ts';
import { makeWorkspace, repository } from './support/workspace.ts';

function rootWith(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'evalgraph-catalog-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}

function problemsOf(work: () => unknown): UserError['problems'] {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  return [];
}

const MMLU = `name: mmlu
path: cais/mmlu
revision: null
licence: MIT
configs:
  all: { test: [all/a.parquet, all/b.parquet], dev: "all/dev-*.parquet" }
  "{name}": { test: "{name}/test-*.parquet", dev: "{name}/dev*.parquet" }
`;

describe('the catalog', () => {
  const root = rootWith({
    'datasets/hub/mmlu/dataset.yaml': MMLU,
    'datasets/hub/mmlu/all/dev-1.parquet': '',
    'datasets/hub/mmlu/all/dev-0.parquet': '',
    'datasets/hub/mmlu/anatomy/test-00001-of-00002.parquet': '',
    'datasets/hub/mmlu/anatomy/test-00000-of-00002.parquet': '',
    'datasets/hub/mmlu/anatomy/dev.parquet': '',
    'datasets/hub/mmlu/anatomy/.test-x.parquet': '',
    'datasets/own/dataset.yaml': 'name: own\nsplits: { test: { file: t.jsonl, rows: 3 } }\n',
  });
  const catalog = openCatalog(root);

  it('finds configurations that are written out, patterns and single ones', () => {
    const folder = join(root, 'datasets/hub/mmlu');
    expect(catalog.find('cais/mmlu', 'all', null)).toEqual({
      folder,
      files: { test: ['all/a.parquet', 'all/b.parquet'], dev: ['all/dev-0.parquet', 'all/dev-1.parquet'] },
    });
    expect(catalog.find('cais/mmlu', 'anatomy', null)).toEqual({
      folder,
      files: {
        test: ['anatomy/test-00000-of-00002.parquet', 'anatomy/test-00001-of-00002.parquet'],
        dev: ['anatomy/dev.parquet'],
      },
    });
    const own = { folder: join(root, 'datasets/own'), files: { test: ['t.jsonl'] } };
    expect([catalog.find('own', null, null), catalog.find('own', 'default', null)]).toEqual([own, own]);
    expect(catalog.find('allenai/ai2_arc', null, null)).toBeNull();
  });

  it('says which configurations there are', () => {
    const file = 'datasets/hub/mmlu/dataset.yaml';
    const known = ['all', '{name}'];
    for (const [name, hint] of [
      ['anatomi', null],
      ['al', 'all'],
      ['../own', null],
      [null, null],
    ] as const) {
      expect(
        problemsOf(() => catalog.find('cais/mmlu', name, null)),
        String(name),
      ).toEqual([messages.unknownDatasetConfig('cais/mmlu', name, file, known, hint)]);
    }
  });

  it('refuses two data sets of one name, and reports broken files where nothing else fits', () => {
    const two = openCatalog(
      rootWith({
        'datasets/a/dataset.yaml': 'name: a\npath: x/y\n',
        'datasets/b/dataset.yaml': 'name: b\npath: x/y\n',
        'datasets/c/dataset.yaml': 'name: c\npaht: x/z\nsplits: { test: t.jsonl }\n',
        'datasets/d/dataset.yaml': 'name: d\nsplits: { test: t.jsonl }\n',
      }),
    );
    expect(problemsOf(() => two.find('x/y', null, null))).toEqual([
      messages.duplicateDataset('x/y', ['datasets/a/dataset.yaml', 'datasets/b/dataset.yaml']),
    ]);
    expect(two.find('d', null, null)?.files).toEqual({ test: ['t.jsonl'] });
    const [broken] = problemsOf(() => two.find('x/z', null, null));
    expect(broken).toMatchObject({
      code: 'unknown-key',
      at: { file: 'datasets/c/dataset.yaml', line: 2, column: 1 },
    });
    expect(broken?.remedy).toContain("Did you mean 'path'?");
    expect(broken?.at?.excerpt).toContain('^^^^');
  });

  it('names every mistake of a file with its place', () => {
    const broken = openCatalog(
      rootWith({
        'datasets/x/dataset.yaml': `name: 7
splits: { test: ../secret.jsonl }
configs:
  "a{b}": { test: t.jsonl }
  c: [t.jsonl]
  d: { test: 3, dev: /etc/passwd }
`,
      }),
    );
    const found = problemsOf(() => broken.find('x', null, null)).map(({ code, at }) => [code, at?.line]);
    expect(found).toEqual([
      ['wrong-type', 1],
      ['splits-and-configs', 2],
      ['bad-config-pattern', 4],
      ['wrong-type', 5],
      ['wrong-type', 6],
      ['bad-data-path', 6],
    ]);
    const empty = openCatalog(
      rootWith({ 'datasets/x/dataset.yaml': 'name: x\nsplits:\n  test: "t-*.jsonl"\n' }),
    );
    expect(problemsOf(() => empty.find('x', null, null))).toMatchObject([
      { ...messages.noDataFiles.pattern('t-*.jsonl'), at: { line: 3, column: 9 } },
    ]);
  });
});

describe("folders in the hub's layout", () => {
  const cases = JSON.parse(
    readFileSync(new URL('fixtures/hub-folders.json', import.meta.url), 'utf8'),
  ) as readonly {
    readonly case: string;
    readonly name: string | null;
    readonly files: Readonly<Record<string, string>>;
    readonly splits: Readonly<Record<string, readonly string[]>> | null;
  }[];
  const copy = (files: Readonly<Record<string, string>>): string =>
    rootWith(
      Object.fromEntries(Object.entries(files).map(([path, text]) => [`datasets/me/set/${path}`, text])),
    );

  it.each(
    cases.map((one) => [`${one.case}, ${one.name}`, one] as const),
  )('%s: the files that `datasets` reads', (_, { files, name, splits }) => {
    const root = copy(files);
    // `datasets` finds no configuration where a card describes one in dataset_info; here that is no mistake.
    const expected = splits ?? (name === null ? { train: ['train.jsonl'] } : null);
    if (expected === null) {
      const [problem] = problemsOf(() => openCatalog(root).find('me/set', name, null));
      expect(problem?.code).toMatch(/^(unknown-dataset-config|no-data-files)$/);
      return;
    }
    for (const path of ['me/set', 'datasets/me/set', './datasets/me/set/', join(root, 'datasets/me/set')]) {
      const entry = openCatalog(root).find(path, name, null);
      expect(Object.entries(entry?.files ?? {}).sort()).toEqual(Object.entries(expected).sort());
    }
  });

  it('takes a folder of the name where there is no card', () => {
    const shard = (split: string): string => `main/${split}-00000-of-00001.parquet`;
    const root = rootWith({
      [`x/${shard('test')}`]: '',
      [`x/${shard('dev')}`]: '',
      'x/other/test/0000.parquet': '',
      'x/other/dev/0000.parquet': '',
      'x/other/dev/0001.parquet': '',
    });
    const catalog = openCatalog(root);
    expect(catalog.find('x', 'main', null)?.files).toEqual({
      test: [shard('test')],
      validation: [shard('dev')],
      dev: [shard('dev')],
    });
    expect(catalog.find('x', 'other', null)?.files).toMatchObject({
      test: ['other/test/0000.parquet'],
      dev: ['other/dev/0000.parquet', 'other/dev/0001.parquet'],
    });
    const converted = openCatalog(rootWith({ 'x/default/dev/0000.parquet': '' }));
    expect(converted.find('x', null, null)?.files).toMatchObject({ dev: ['default/dev/0000.parquet'] });
    for (const [name, hint] of [
      ['mian', 'main'],
      ['../x', null],
    ] as const) {
      expect(problemsOf(() => catalog.find('x', name, null))).toEqual([
        messages.unknownDatasetConfig('x', name, 'x', ['main', 'other'], hint),
      ]);
    }
  });

  it('refuses a part of the shards, scripts, and formats that are not read', () => {
    const found = (files: Readonly<Record<string, string>>) =>
      problemsOf(() => openCatalog(copy(files)).find('me/set', null, null));
    const shards = { 'data/test-00000-of-00003.parquet': '', 'data/test-00002-of-00003.parquet': '' };
    expect(found(shards)).toEqual([
      messages.missingShards('datasets/me/set', ['data/test-00001-of-00003.parquet']),
    ]);
    expect(found({ 'set.py': '', 'README.md': '' })).toEqual([
      messages.noDataFiles.folder('datasets/me/set', null, ['set.py'], true),
    ]);
    expect(found({ 'test/data.arrow': '', 'test/state.json.lock': '' })[0]?.message).toContain('data.arrow');
  });

  it('names the mistakes of a card with their places', () => {
    const card = `---
license: mit
configs:
- config_name: a
  data_files: [{ split: test, path: ../../secret }]
  sep: ";"
- data_files: 3
---
`;
    const problems = problemsOf(() => openCatalog(copy({ 'README.md': card })).find('me/set', 'a', null));
    expect(problems.map(({ code, at }) => [code, at?.line])).toEqual([
      ['bad-data-path', 5],
      ['unknown-key', 6],
      ['missing-key', 7],
      ['wrong-type', 7],
    ]);
    expect(problems[0]?.at?.file).toBe('datasets/me/set/README.md');
  });

  it('asks the hub last, with the revision', () => {
    const entry = { folder: '/cache/x', files: { test: ['data/test-00000-of-00001.parquet'] } };
    const root = rootWith({
      'datasets/a/dataset.yaml': 'name: a\npath: x/a\nrevision: one\nsplits: { test: t.jsonl }\n',
      'datasets/x/b/test.jsonl': '',
    });
    const asked: unknown[] = [];
    const catalog = openCatalog(root, {
      resolveHubDataset: (...question) => {
        asked.push(question);
        return question[0] === 'x/c' ? entry : null;
      },
    });
    expect(catalog.find('x/a', null, 'one')?.files).toEqual({ test: ['t.jsonl'] });
    expect(catalog.find('x/b', null, 'two')?.files).toEqual({ test: ['test.jsonl'] });
    expect(asked).toEqual([]);
    expect(catalog.find('x/c', null, 'two')).toEqual(entry);
    expect(catalog.find('x/d', 'n', null)).toBeNull();
    expect(asked).toEqual([
      ['x/c', null, 'two'],
      ['x/d', 'n', null],
    ]);
    expect(problemsOf(() => catalog.find('x/a', null, 'two'))).toEqual([
      messages.otherRevision('x/a', 'datasets/a/dataset.yaml', 'one', 'two'),
    ]);
  });

  it('matches names as Python does, and always ends', () => {
    // Judged by Python's fnmatch.fnmatchcase.
    const cases: readonly (readonly [string, string, boolean])[] = [
      ['*', '', true],
      ['a*b*c', 'aXbXbc', true],
      ['a*b*c', 'aXbXcd', false],
      ['t[0-9]?.x', 't12.x', true],
      ['t[!0-9]', 't1', false],
      ['t[!0-9]', 't-', true],
      ['[-._ 0-9]*', '-x', true],
      ['[-._ 0-9]*', 'x', false],
      ['[z-a]', 'b', false],
      ['[]a]', ']', true],
      ['[', '[', true],
      ['a.b', 'axb', false],
      ['?', '😀', true],
      ['a**', 'abc', true],
      ['(a|b)', 'a', false],
    ];
    expect(cases.map(([pattern, name]) => [pattern, name, matcherOf(pattern)(name)])).toEqual(cases);
    expect(matcherOf(`${'*a'.repeat(30)}b`)('a'.repeat(250))).toBe(false);
  });

  it('expands patterns of data_files below the workspace and elsewhere', () => {
    const root = rootWith({ 'd/b-2.jsonl': '', 'd/b-1.jsonl': '', 'd/c.jsonl': '', 'd/.b-3.jsonl': '' });
    const catalog = openCatalog(root);
    expect(catalog.expand('./d/b-*')).toEqual(['d/b-1.jsonl', 'd/b-2.jsonl']);
    expect(catalog.expand(`${root}/**/c.jsonl`)).toEqual([join(root, 'd/c.jsonl')]);
    expect(catalog.expand('e/*')).toEqual([]);
  });
});

describe('a pipeline with a data set of the catalog', () => {
  const prepared = (): ReturnType<typeof makeWorkspace> => {
    const workspace = makeWorkspace();
    workspace.edit(
      'pipelines/t/tasks/t_choice.yaml',
      'dataset_path: json\ndataset_kwargs: { data_files: { test: datasets/t/questions.jsonl } }',
      'dataset_path: me/questions',
    );
    workspace.write(
      'datasets/t/dataset.yaml',
      'name: t\npath: me/questions\nconfigs:\n  default: { test: "questions*.jsonl" }\n',
    );
    return workspace;
  };
  const isChoice = (cell: string): boolean => cell === 'pruned/t_choice';

  it('is locked and keyed as with data_files, and computes again when the data changes', async () => {
    const workspace = prepared();
    await lock(workspace.root);
    expect(JSON.parse(workspace.read('datasets/t/lock.json')).files).toHaveProperty([
      'questions.jsonl',
      'sha256',
    ]);
    const cellOf = () => planPipeline(workspace.root, 't', 'full').cells.find(({ id }) => isChoice(id));
    const before = cellOf();
    expect(before?.key).toMatch(/^[0-9a-f]{64}$/);
    expect(before?.inputs).toContain('datasets/t/dataset.yaml');
    expect(await evaluate(workspace.root, 'full', isChoice)).toEqual(
      new Map([['pruned/t_choice', 'computed']]),
    );
    expect(await evaluate(workspace.root, 'full', isChoice)).toEqual(new Map([['pruned/t_choice', 'store']]));
    // One more shard: it is not locked, then it is part of the key.
    workspace.write(
      'datasets/t/questions-2.jsonl',
      '{"question": "Who?", "choices": ["a", "b"], "answer": 0, "score": 1.0}\n',
    );
    expect([cellOf()?.key, planPipeline(workspace.root, 't', 'full').unlocked]).toEqual([
      null,
      ['datasets/t/lock.json'],
    ]);
    await lock(workspace.root);
    expect(cellOf()?.key).not.toBe(before?.key);
    expect(await evaluate(workspace.root, 'full', isChoice)).toEqual(
      new Map([['pruned/t_choice', 'computed']]),
    );
  });

  it('is not locked where the data set is unknown: the hub may have it', () => {
    const workspace = prepared();
    workspace.edit('datasets/t/dataset.yaml', 'me/questions', 'me/other');
    const plan = planPipeline(workspace.root, 't', 'full');
    expect(plan.unlocked).toContain('pipelines/t/locks/data/me--questions.json');
    expect(plan.cells.find(({ name }) => name === 't_choice')?.key).toBeNull();
  });
});

const benchmarks = join(repository, '../shared/benchmarks');

describe('evalgraph tasks on the first rows of real benchmarks', () => {
  it.skipIf(!existsSync(benchmarks))(
    'checks mmlu, arc and gsm8k of the library through a catalog',
    async () => {
      const workspace = makeWorkspace();
      const folders = { mmlu: 'cais/mmlu', arc_easy: 'allenai/ai2_arc', gsm8k: 'openai/gsm8k' };
      for (const [folder, path] of Object.entries(folders)) {
        cpSync(join(benchmarks, folder), join(workspace.root, 'datasets', folder), { recursive: true });
        const splits =
          folder === 'mmlu'
            ? '{ test: "{name}/test.jsonl", dev: "{name}/dev.jsonl" }'
            : '{ test: test.jsonl, train: train.jsonl }';
        const config = { mmlu: '"{name}"', arc_easy: 'ARC-Easy', gsm8k: 'main' }[folder];
        workspace.write(
          `datasets/${folder}/dataset.yaml`,
          `name: ${folder}\npath: ${path}\nconfigs:\n  ${config}: ${splits}\n`,
        );
      }
      const lines: string[] = [];
      for (const task of ['mmlu_anatomy', 'mmlu_moral_scenarios', 'arc_easy', 'gsm8k']) {
        await tasksCommand(workspace.root, ['check', task], (line) => lines.push(line));
      }
      expect(lines.map((line) => line.replace(/ +/g, ' '))).toEqual([
        'OK mmlu_anatomy all 100 0 shots columns: question, subject, choices, answer',
        'OK mmlu_moral_scenarios all 100 0 shots columns: question, subject, choices, answer',
        'OK arc_easy all 100 0 shots columns: id, question, choices, answerKey',
        'OK gsm8k all 60 5 shots columns: question, answer',
      ]);
    },
  );
});

/** Where rows come from: every format, several files, catalogs, and how much is read. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dumpsPython, UserError } from '@evalgraph/formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countJsonRows, readJsonRows } from '../src/data/read-json.ts';
import { openSplits } from '../src/data/rows.ts';
import {
  type CatalogEntry,
  checkTask,
  type DataCatalog,
  dataFiles,
  openTaskLibrary,
  prepareTask,
  type ResolvedTask,
} from '../src/index.ts';
import { columnRemedy, messages, missingFileRemedy } from '../src/messages.ts';

const tables = fileURLToPath(new URL('../../formats/test/fixtures/tables', import.meta.url));
const BASE = `task: base
test_split: test
output_type: multiple_choice
doc_to_text: "{{question}}"
doc_to_target: answer
doc_to_choice: ["a", "b"]
`;

function folderOf(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'evalgraph-data-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}

function taskOf(extra: string, base = BASE): ResolvedTask {
  const node = openTaskLibrary({ folders: [folderOf({ 't.yaml': `${base}${extra}\n` })] }).resolve('base');
  if (node.kind !== 'task') throw new Error(node.kind);
  return node;
}

function rowsText(rows: readonly ReadonlyMap<string, unknown>[]): readonly string[] {
  return rows.map((row) => dumpsPython(row as never, { indent: null, ensureAscii: false }));
}

async function codesOf(work: () => unknown): Promise<readonly string[]> {
  try {
    await work();
  } catch (error) {
    if (error instanceof UserError) return error.problems.map((problem) => problem.code);
    throw error;
  }
  return [];
}

const catalogOf = (path: string, name: string | null, entry: CatalogEntry): DataCatalog => ({
  find: (asked, config) => (asked === path && config === name ? entry : null),
  expand: () => [],
});

describe('local files', () => {
  it.each([
    ['parquet', 'snappy.parquet'],
    ['csv', 'plain.csv'],
  ])('reads %s as `datasets` does', async (reader, file) => {
    const task = taskOf(`dataset_path: ${reader}\ndataset_kwargs: {data_files: {test: ${file}}}`);
    const splits = openSplits(task, tables);
    const expected = readFileSync(join(tables, `${file}.expected.jsonl`), 'utf8')
      .trimEnd()
      .split('\n');
    expect(await splits.count('test')).toBe(expected.length);
    expect(rowsText(await splits.rows('test', 2))).toEqual(expected.slice(0, 2));
    expect(rowsText(await splits.rows('test'))).toEqual(expected);
    expect(rowsText(await splits.rows('test', 3))).toEqual(expected.slice(0, 3));
  });

  it('takes a column of dates for moments, as `datasets` does', async () => {
    const cases = JSON.parse(readFileSync(new URL('cases/dates.json', import.meta.url), 'utf8')) as readonly {
      readonly in: readonly unknown[];
      readonly out: readonly unknown[];
    }[];
    for (const { in: values, out } of cases) {
      const lines = values.map((value) => `${JSON.stringify({ d: value })}\n`);
      const root = folderOf({ 't.jsonl': lines.join('') });
      const task = taskOf('dataset_path: json\ndataset_kwargs: {data_files: {test: t.jsonl}}');
      const read = (await openSplits(task, root).rows('test')).map((row) =>
        JSON.parse(dumpsPython(row, { indent: null, ensureAscii: false })),
      );
      expect(read, JSON.stringify(values)).toEqual(out.map((value) => ({ d: value })));
    }
  });

  it('takes patterns of data_files through the catalog', async () => {
    const task = taskOf('dataset_path: json\ndataset_kwargs: {data_files: {test: [x.jsonl, "d/*.jsonl"]}}');
    const there = {
      find: () => null,
      expand: (pattern: string) => (pattern === 'd/*.jsonl' ? ['d/a.jsonl', 'd/b.jsonl'] : []),
    };
    expect(dataFiles(task, there).map(({ path }) => path)).toEqual(['x.jsonl', 'd/a.jsonl', 'd/b.jsonl']);
    expect(await codesOf(() => dataFiles(task))).toEqual(['no-data-files']);
  });

  it('puts several files of a split one after the other', async () => {
    const root = folderOf({ 'a.csv': 'n,t\n1,x\n', 'b.csv': 't,n\ny,2\nz,3\n' });
    const task = taskOf('dataset_path: csv\ndataset_kwargs: {data_files: {test: [a.csv, b.csv]}}');
    const splits = openSplits(task, root);
    expect(await splits.count('test')).toBe(3);
    const all = ['{"n": 1, "t": "x"}', '{"n": 2, "t": "y"}', '{"n": 3, "t": "z"}'];
    for (const limit of [1, 2, 3, 9]) {
      expect(rowsText(await splits.rows('test', limit))).toEqual(all.slice(0, limit));
    }
    const twice = taskOf(
      'dataset_path: parquet\ndataset_kwargs: {data_files: {test: [features.parquet, features.parquet]}}',
    );
    expect(await openSplits(twice, tables).count('test')).toBe(24);
    expect((await openSplits(twice, tables).rows('test', 13)).length).toBe(13);
  });

  it('refuses a second parquet file with other columns', async () => {
    const task = taskOf(
      'dataset_path: parquet\ndataset_kwargs: {data_files: {test: [features.parquet, delta.parquet]}}',
    );
    expect(await codesOf(() => openSplits(task, tables).rows('test'))).toEqual(['columns-differ']);
  });

  it('counts the rows of JSON Lines as it reads them', async () => {
    const path = join(folderOf({ x: '' }), 'x.jsonl');
    const line = fc.constantFrom('{"a": 1}', '{"a": "naïve"}', '', ' \t', '{"a": 1}\r', '  {"a": 2}');
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.boolean(), async (lines, end) => {
        writeFileSync(path, lines.join('\n') + (end ? '\n' : ''));
        let rows = 0;
        for await (const _ of readJsonRows(path)) rows += 1;
        expect(await countJsonRows(path)).toBe(rows);
      }),
      { seed: 7, numRuns: 100 },
    );
  });
});

describe('a limit', () => {
  const rows = (broken: number): string =>
    Array.from({ length: 10 }, (_, row) =>
      row === broken ? '{"question": broken' : JSON.stringify({ question: `q${row}`, answer: row % 2 }),
    ).join('\n');
  const EXTRA = 'dataset_path: json\ndataset_kwargs: {data_files: {test: t.jsonl, train: s.jsonl}}';
  const options = { numFewshot: null, limit: 3, seed: 1234 };

  it('gives the first documents, with the count of all', async () => {
    const root = folderOf({ 't.jsonl': rows(-1), 's.jsonl': rows(-1) });
    const whole = await prepareTask(taskOf(EXTRA), { ...options, root, limit: null });
    const first = await prepareTask(taskOf(EXTRA), { ...options, root });
    expect([first.originalCount, first.docs]).toEqual([10, whole.docs.slice(0, 3)]);
    const shots = `${EXTRA}\ntraining_split: train\nnum_fewshot: 2`;
    const all = await prepareTask(taskOf(shots), { ...options, root, limit: null });
    expect((await prepareTask(taskOf(shots), { ...options, root })).docs).toEqual(all.docs.slice(0, 3));
    const same = `${EXTRA}\nnum_fewshot: 2`;
    const drawn = await prepareTask(taskOf(same), { ...options, root, limit: null });
    expect((await prepareTask(taskOf(same), { ...options, root })).docs).toEqual(drawn.docs.slice(0, 3));
    expect((await prepareTask(taskOf(EXTRA), { ...options, root, limit: 0.25 })).docs).toHaveLength(3);
  });

  it('reads no row behind it', async () => {
    // Columns are inferred from the first file of the first split, so the broken row stands in the second file.
    const files = 'dataset_path: json\ndataset_kwargs: {data_files: {test: [a.jsonl, t.jsonl]}}';
    const root = folderOf({ 'a.jsonl': rows(-1), 't.jsonl': rows(5) });
    expect((await prepareTask(taskOf(files), { ...options, root, limit: 14 })).docs).toHaveLength(14);
    expect(await codesOf(() => prepareTask(taskOf(files), { ...options, root, limit: 17 }))).toEqual([
      'json-syntax',
    ]);
  });
});

describe('a catalog', () => {
  const files = { test: ['t.jsonl'], validation: ['v.jsonl'], auxiliary_train: ['none.jsonl'] };
  const root = folderOf({
    't.jsonl': '{"question": "q", "answer": 1}\n',
    'v.jsonl': '{"question": "s", "answer": 0}\n',
  });
  const catalog = catalogOf('cais/mmlu', 'anatomy', { folder: root, files });
  const EXTRA = 'dataset_path: cais/mmlu\ndataset_name: anatomy\nfewshot_split: validation\nnum_fewshot: 1';

  it('gives the files of the splits that the task names', async () => {
    expect(dataFiles(taskOf(EXTRA), catalog)).toEqual([
      { split: 'test', path: join(root, 't.jsonl') },
      { split: 'validation', path: join(root, 'v.jsonl') },
    ]);
    const options = { root: '/', catalog, numFewshot: null, limit: null, seed: 1234 };
    const { docs } = await prepareTask(taskOf(EXTRA), options);
    expect(docs.map(({ requests }) => requests[0])).toMatchObject([
      { context: 's a\n\nq', continuation: ' a' },
    ]);
  });

  it('says what is not there, and what to write', async () => {
    const other = taskOf('dataset_path: cais/mmlu\ndataset_name: astronomy');
    const problem = messages.datasetNotLocal('base', 'cais/mmlu', 'astronomy');
    expect(problem.remedy).toContain('path: cais/mmlu, configs: { astronomy: { test:');
    const check = await checkTask(other, { root, catalog, numFewshot: null, limit: 1, seed: 1 });
    expect(check.problems).toEqual([problem]);
    const missing = taskOf(EXTRA.replace('validation', 'dev'));
    const options = { root, catalog, numFewshot: null, limit: null, seed: 1234 };
    expect(await codesOf(() => prepareTask(missing, options))).toEqual(['unknown-split']);
    expect(
      await codesOf(() =>
        dataFiles(
          taskOf('dataset_path: cais/mmlu\ndataset_name: anatomy\ndataset_kwargs: {field: x}'),
          catalog,
        ),
      ),
    ).toEqual(['dataset-unsupported']);
    const mixed = catalogOf('m', null, { folder: root, files: { test: ['t.jsonl'], validation: ['v.csv'] } });
    const both = taskOf('dataset_path: m\nvalidation_split: validation');
    expect(await codesOf(() => openSplits(both, root, mixed))).toEqual(['dataset-formats']);
  });
});

describe('checkTask', () => {
  const FILES = 'dataset_path: json\ndataset_kwargs: {data_files: {test: t.jsonl}}';
  const options = { numFewshot: null, limit: 100, seed: 1234 };
  const check = async (rows: readonly object[], extra = '', base = BASE): ReturnType<typeof checkTask> => {
    const root = folderOf({ 't.jsonl': rows.map((row) => `${JSON.stringify(row)}\n`).join('') });
    return checkTask(taskOf(`${FILES}\n${extra}`, base), { ...options, root });
  };
  const row = { question: 'q', answer: 1, options: ['x', 'y'] };

  it('finds a task that fits', async () => {
    expect(await check([row, row])).toEqual({
      docs: 2,
      originalCount: 2,
      numFewshot: 0,
      columns: ['question', 'answer', 'options'],
      problems: [],
    });
  });

  it('names what does not fit, each kind once', async () => {
    expect((await check([row, { ...row, answer: 2 }, { ...row, answer: 3 }])).problems).toEqual([
      messages.targetOutOfRange('base', 1, '2', 2),
    ]);
    const columns = BASE.replace('doc_to_choice: ["a", "b"]', 'doc_to_choice: options');
    const bad = [
      { ...row, options: ['x', 'x'] },
      { ...row, options: ['', 'y'] },
    ];
    expect((await check(bad, '', columns)).problems).toEqual([
      messages.repeatedChoice('base', 0, 'x'),
      messages.emptyChoice('base', 1),
    ]);
    const [undefinedName] = (await check([row], '', BASE.replace('{{question}}', '{{questoin}}'))).problems;
    expect(undefinedName?.remedy).toBe(columnRemedy('questoin', ['question', 'answer', 'options']));
    expect(undefinedName?.remedy).toContain("Did you mean 'question'?");
    const word = (await check([row], '', BASE.replace('"{{question}}"', 'questoin'))).problems;
    expect(word).toEqual([
      messages.unknownColumn('base', 'doc_to_text', 'questoin', ['question', 'answer', 'options']),
    ]);
    const choices = BASE.replace('doc_to_choice: ["a", "b"]', 'doc_to_choice: choices');
    const [noChoice] = (await check([row], '', choices)).problems;
    expect(noChoice?.remedy).toBe(columnRemedy('choices', ['question', 'answer', 'options']));
    const gone = taskOf('dataset_path: json\ndataset_kwargs: {data_files: {test: gone.jsonl}}');
    expect((await checkTask(gone, { ...options, root: folderOf({}) })).problems).toMatchObject([
      { code: 'unreadable-file', remedy: missingFileRemedy },
    ]);
    expect((await check([row], 'num_fewshot: 3')).problems.map(({ code }) => code)).toEqual([
      'too-few-shots',
    ]);
    expect((await check([])).problems).toEqual([messages.noDocs('base')]);
  });
});

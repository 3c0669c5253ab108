/**
 * Line ends, byte order marks and bytes that are no text, in every file that texts and rows are read from. `datasets` is the
 * judge: what it read is committed (formats/test/fixtures/text-files); where EVALGRAPH_PYTHON names a Python that has it,
 * it reads those files again, and random ones.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dumpsPython, UserError } from '@evalgraph/formats';
import { listInputs } from '@evalgraph/pretrain';
import { describe, expect, it } from 'vitest';
import { FUZZ_TIMEOUT_MS, fuzz } from '../../formats/test/fuzz-support.ts';
import { NEEDS_PYTHON, judgePython as python } from '../../formats/test/judges.ts';
import { parseCorpusConfig } from '../../pretrain/src/corpus/config.ts';
import { readUnit } from '../../pretrain/src/corpus/read-unit.ts';
import { readUnits } from '../../pretrain/src/corpus/sources.ts';
import { openReader } from '../../tasks/src/data/reader.ts';
import { readCorpus } from '../src/run/corpus-file.ts';

interface Case {
  readonly kind: 'text' | 'json' | 'csv';
  readonly name: string;
  /** base64 */
  readonly bytes: string;
  /** As Python's json writes them; left out where `datasets` raises. */
  readonly rows?: readonly string[];
  readonly document?: string;
  readonly wikitext?: readonly string[];
  readonly error?: string;
}

const fixtures = fileURLToPath(new URL('../../formats/test/fixtures/text-files', import.meta.url));
const committed = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as readonly Case[];
/** Cases that one random file of each kind stands for. */
const RUNS_PER_FILE = 50;
const root = mkdtempSync(join(tmpdir(), 'evalgraph-text-files-'));
let files = 0;

function written({ bytes }: Case, name: string): string {
  files += 1;
  const folder = join(root, String(files));
  mkdirSync(folder);
  writeFileSync(join(folder, name), Buffer.from(bytes, 'base64'));
  return folder;
}

/** The error's messages in the place of what cannot be read. */
async function orRefused<T>(work: () => Promise<T>): Promise<T | UserError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

async function corpusOf(one: Case, pages: 'rows' | 'wikitext'): Promise<readonly string[] | UserError> {
  const path = join(written(one, 'x.txt'), 'x.txt');
  const use = { data: 'x', split: 'test', column: 'text', pages } as const;
  return orRefused(async () => (await readCorpus(path, use, null)).lines);
}

/** A corpus's documents as they are read, before any step. */
async function documentsOf(one: Case, documents: 'file' | 'line'): Promise<readonly string[] | UserError> {
  const folder = written(one, 'x.txt');
  const source = { name: 'x', kind: 'text', files: 'x.txt', documents, licence: 'CC0-1.0' };
  const config = parseCorpusConfig({ sources: [source] });
  return orRefused(async () => {
    const texts: string[] = [];
    for (const unit of readUnits(config, await listInputs(config, folder))) {
      for await (const batch of readUnit(config, unit))
        texts.push(...batch.documents.map(({ text }) => text));
    }
    return texts;
  });
}

async function rowsOf(one: Case): Promise<readonly string[] | UserError> {
  const name = one.kind === 'csv' ? 'x.csv' : 'x.jsonl';
  const path = join(written(one, name), name);
  const reader = openReader(one.kind === 'csv' ? 'csv' : 'json', path);
  return orRefused(async () => {
    const rows: string[] = [];
    for await (const row of reader.rows(path, Number.POSITIVE_INFINITY)) {
      rows.push(dumpsPython(row, { indent: null, ensureAscii: true }));
    }
    expect(await reader.count(path), `rows counted in ${one.name}`).toBe(rows.length);
    return rows;
  });
}

/** A document of nothing but white space is none; a file with a NUL is no text. */
const isDocument = (text: string): boolean => text.trim() !== '';

async function checkText(one: Case): Promise<void> {
  const texts = (one.rows ?? []).map((row) => (JSON.parse(row) as { text: string }).text);
  const [whole, lines] = [await corpusOf(one, 'rows'), await corpusOf(one, 'wikitext')];
  const [asFile, asLines] = [await documentsOf(one, 'file'), await documentsOf(one, 'line')];
  if (one.document === undefined) {
    // An empty file has no row; what is no text is refused, or counted as no document.
    const isEmpty = one.bytes === '';
    for (const found of [whole, lines, asLines]) {
      if (isEmpty) expect(found, one.name).toEqual([]);
      else expect(found, one.name).toBeInstanceOf(UserError);
    }
    expect(asFile, one.name).toEqual([]);
    return;
  }
  expect(whole, one.name).toEqual([one.document]);
  expect(lines, one.name).toEqual(one.wikitext);
  expect(asFile, one.name).toEqual(
    isDocument(one.document) && !one.document.includes('\0') ? [one.document] : [],
  );
  expect(asLines, one.name).toEqual(texts.filter(isDocument));
}

/** JSON that `datasets` reads and we refuse: rows that are not one a line, a list behind a line, a second mark. */
const REFUSED = ['cr', 'two-marks', 'array-late', 'two', 'object-lines'];

async function checkRows(one: Case): Promise<void> {
  const found = await rowsOf(one);
  if (one.rows === undefined) {
    // Where there is no row at all, pandas and Arrow raise; here the task has no document.
    if (!(found instanceof UserError)) expect(found, one.name).toEqual([]);
  } else if (one.kind === 'json' && REFUSED.includes(one.name)) {
    expect(found, one.name).toBeInstanceOf(UserError);
  } else if (one.kind === 'csv' && one.name === 'blank-cr-comma') {
    // pandas loses a comma that stands first behind a blank line that ends in \r, and moves the row's values.
    expect(one.rows[1]).toBe('{"a": "y", "b": null}');
    expect(found).toEqual(['{"a": 1.0, "b": "x"}', '{"a": null, "b": "y"}', '{"a": 2.0, "b": "z"}']);
  } else expect(found, one.name).toEqual(one.rows);
}

async function check(cases: readonly Case[]): Promise<void> {
  for (const one of cases) await (one.kind === 'text' ? checkText(one) : checkRows(one));
}

function judged(...options: readonly string[]): readonly Case[] {
  const { status, stdout, stderr } = spawnSync(python ?? '', [join(fixtures, 'read.py'), ...options], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as readonly Case[];
}

describe('files of texts and rows', () => {
  it.each(['text', 'json', 'csv'] as const)('%s: are read as `datasets` read them', async (kind) => {
    const cases = committed.filter((one) => one.kind === kind);
    expect(cases.length).toBeGreaterThan(20);
    await check(cases);
  });

  it('say which byte of which line is no text', async () => {
    const places: readonly (readonly [string, number, number])[] = [
      ['bad', 4, 7],
      ['surrogate', 2, 2],
      ['overlong', 1, 0],
      ['cut', 2, 2],
      ['latin', 1, 3],
    ];
    for (const [name, line, byte] of places) {
      const one = committed.find((other) => other.kind === 'text' && other.name === name);
      if (one === undefined) throw new Error(`no case ${name}`);
      const refused = await corpusOf(one, 'rows');
      if (!(refused instanceof UserError)) throw new Error(`${name} is read`);
      expect(refused.problems[0]?.message).toContain(`x.txt:${line}: the text is not UTF-8: byte ${byte} `);
    }
  });

  it.skipIf(python === undefined)(
    `are read as \`datasets\` reads them, random ones too (${NEEDS_PYTHON})`,
    async () => {
      expect(judged()).toEqual(committed);
      const { seed, numRuns } = fuzz(1000);
      await check(judged(String(seed), String(Math.ceil(numRuns / RUNS_PER_FILE))));
    },
    FUZZ_TIMEOUT_MS,
  );
});

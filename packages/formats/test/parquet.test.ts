/** Parquet files against the rows that Python's `datasets` reads from them (fixtures/tables/make.py). */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { dumpsPython, type ParquetOptions, parquetInfo, readParquet, UserError } from '../src/index.ts';
import { messages } from '../src/messages.ts';
import { unpackLz4 } from '../src/parquet-lz4.ts';

const tables = fileURLToPath(new URL('fixtures/tables', import.meta.url));
const fixture = (name: string): string => join(tables, name);
const expectedOf = (name: string): readonly string[] =>
  readFileSync(fixture(`${name}.expected.jsonl`), 'utf8')
    .trimEnd()
    .split('\n');

async function linesOf(path: string, options: ParquetOptions = {}): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { row, value } of readParquet(path, options)) {
    expect(row).toBe(lines.length);
    lines.push(dumpsPython(value, { indent: null, ensureAscii: false }));
  }
  return lines;
}

async function problemOf(work: () => Promise<unknown>): Promise<UserError['problems'][number]> {
  const error = await work().then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError) || error.problems[0] === undefined)
    throw new Error(`no problem: ${error}`);
  return error.problems[0];
}

const good = readdirSync(tables)
  .filter((name) => name.endsWith('.parquet.expected.jsonl'))
  .map((name) => name.replace('.expected.jsonl', ''));

describe('parquet', () => {
  it.each(good)('%s has the rows that `datasets` reads', async (name) => {
    expect(await linesOf(fixture(name))).toEqual(expectedOf(name));
  });

  it.each(good)('%s: the first rows are the same rows', async (name) => {
    const all = expectedOf(name);
    for (const limit of [0, 1, 3, all.length - 1, all.length + 5]) {
      expect(await linesOf(fixture(name), { limit }), String(limit)).toEqual(all.slice(0, limit));
    }
  });

  it('reads chosen columns, in the order of the file', async () => {
    const [first] = await linesOf(fixture('delta.parquet'), { columns: ['t', 'n'], limit: 1 });
    expect(first).toBe('{"n": null, "t": "prefix 0 suffix 0"}');
    expect(await problemOf(() => linesOf(fixture('delta.parquet'), { columns: ['u'] }))).toEqual(
      messages.unknownColumn(fixture('delta.parquet'), 'u', ['n', 's', 't', 'x']),
    );
  });

  it('says how many rows and what columns there are', async () => {
    const { rows, columns } = await parquetInfo(fixture('features.parquet'));
    expect(rows).toBe(12);
    expect([...columns]).toEqual([
      ['label', 'int'],
      ['answers', 'struct<text: list<text>, answer_start: list<int>>'],
      ['choices', 'list<text>'],
    ]);
    expect(await linesOf(fixture('empty.parquet'))).toEqual([]);
  });

  it.each([
    ['bad-zone', 'time stamps with a time zone'],
    ['bad-time', 'a time of day'],
    ['bad-decimal', 'a decimal number'],
    ['bad-binary', 'bytes'],
    ['bad-map', 'a value of type MAP'],
    ['bad-nested-binary', 'bytes'],
  ])('%s: names the column, and reads the others', async (name, what) => {
    const path = fixture(`${name}.parquet`);
    const problem = messages.unsupportedColumn(path, 'bad', what);
    expect(await problemOf(() => linesOf(path))).toEqual(problem);
    expect(await problemOf(() => parquetInfo(path))).toEqual(problem);
    expect(await linesOf(path, { columns: ['good'] })).toEqual(['{"good": 1}']);
  });

  it('refuses what is no parquet file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evalgraph-parquet-'));
    const file = (content: string | Uint8Array): string => {
      const path = join(folder, 'x.parquet');
      writeFileSync(path, content);
      return path;
    };
    const whole = readFileSync(fixture('snappy.parquet'));
    const codeOf = async (content: string | Uint8Array): Promise<string> => {
      const path = file(content);
      const { code, message } = await problemOf(() => linesOf(path));
      expect(message).toContain(path);
      return code;
    };
    expect(await codeOf('<!doctype html><html><body>Sign in</body></html>')).toBe('not-parquet');
    expect(await codeOf('version https://git-lfs.github.com/spec/v1\noid sha256:00\n')).toBe('not-parquet');
    expect(await codeOf('')).toBe('not-parquet');
    expect(await codeOf('PAR1')).toBe('truncated-parquet');
    expect(await codeOf(whole.subarray(0, whole.length - 1))).toBe('truncated-parquet');
    expect(await codeOf(whole.subarray(0, 5000))).toBe('truncated-parquet');
    // The end is there and the beginning is not, as after a download that was put together wrongly.
    expect(await codeOf(Buffer.concat([whole.subarray(0, 100), whole.subarray(-6000)]))).toMatch(/parquet/);
    const footer = Buffer.from(whole);
    footer.writeUInt32LE(0x7fffffff, footer.length - 8);
    expect(await codeOf(footer)).toBe('parquet-too-large');
    expect((await problemOf(() => linesOf(join(folder, 'none.parquet')))).code).toBe('unreadable-file');
    expect((await problemOf(() => linesOf(folder))).code).toBe('not-a-file');
  });

  it('says so when a page unpacks to another size, or a text is no UTF-8', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evalgraph-parquet-'));
    const path = join(folder, 'x.parquet');
    const bytes = readFileSync(fixture('none.parquet'));
    const at = bytes.indexOf('naïve');
    bytes[at + 2] = 0xff;
    writeFileSync(path, bytes);
    const problem = await problemOf(() => linesOf(path, { columns: ['text'] }));
    expect([problem.code, problem.message.includes(path)]).toEqual(['bad-parquet', true]);
    const block = Uint8Array.from([0x10, 0x61, 0x01, 0x00]);
    expect(() => unpackLz4(block, 4)).toThrow('points outside');
    expect(() => unpackLz4(block.subarray(0, 3), 5)).toThrow('ends early');
    expect(new TextDecoder().decode(unpackLz4(Uint8Array.from([0x10, 0x61, 0x01, 0x00, 0x00]), 5))).toBe(
      'aaaaa',
    );
  });
});

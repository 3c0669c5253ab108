/** CSV files against the rows that Python's `datasets` (pandas) reads from them (fixtures/tables/make.py). */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type CsvOptions, csvColumns, dumpsPython, readCsv } from '../src/index.ts';
import { messages } from '../src/messages.ts';
import { problemsOf } from './problems.ts';

const tables = fileURLToPath(new URL('fixtures/tables', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'evalgraph-csv-'));

async function linesOf(path: string, options: CsvOptions = {}): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { row, value } of readCsv(path, options)) {
    expect(row).toBe(lines.length);
    lines.push(dumpsPython(value, { indent: null, ensureAscii: false }));
  }
  return lines;
}

function file(content: string | Uint8Array): string {
  const path = join(folder, 'x.csv');
  writeFileSync(path, content);
  return path;
}

const good = readdirSync(tables)
  .filter((name) => name.endsWith('.csv.expected.jsonl'))
  .map((name) => name.replace('.expected.jsonl', ''));

describe('CSV', () => {
  it.each(good)('%s has the rows that `datasets` reads', async (name) => {
    const expected = readFileSync(join(tables, `${name}.expected.jsonl`), 'utf8')
      .trimEnd()
      .split('\n');
    expect(await linesOf(join(tables, name))).toEqual(expected);
  });

  it('casts a second file to the columns of the first', async () => {
    const columns = await csvColumns(file('a,b,c\n1,x,0.5\n'));
    expect([...columns]).toEqual([
      ['a', 'int'],
      ['b', 'text'],
      ['c', 'float'],
    ]);
    expect(await linesOf(file('c,b\n1,7\n'), { columns })).toEqual(['{"a": null, "b": "7", "c": 1.0}']);
    expect(await problemsOf(() => linesOf(file('a,b\n1,x\n2.5,y\n'), { columns }))).toEqual([
      messages.csvColumnType(join(folder, 'x.csv'), 3, 'a', '2.5', 'int'),
    ]);
    expect((await problemsOf(() => linesOf(file('a,d\n1,x\n'), { columns })))[0]?.code).toBe(
      'unknown-column',
    );
  });

  it('names the line of what is no CSV', async () => {
    const path = join(folder, 'x.csv');
    expect(await problemsOf(() => linesOf(file('a,b\n1,2\n1,2,3\n')))).toEqual([
      messages.badCsv(path, 3, 'the row has 3 values, the header 2 names'),
    ]);
    const [open] = await problemsOf(() => linesOf(file('a,b\n1,"never closed\n2,3\n')));
    expect([open?.code, open?.message.includes(path)]).toEqual(['bad-csv', true]);
    const bytes = Buffer.concat([Buffer.from('a\nx\n'), Buffer.from([0xff, 0xfe, 0x0a])]);
    expect(await problemsOf(() => linesOf(file(bytes)))).toEqual([
      messages.badCsv(path, 3, 'the text is not UTF-8'),
    ]);
    // Across the reader's chunks too: 262,144 bytes, a character on the border.
    const long = Buffer.from(`a\n${'é\n'.repeat(100_000)}`);
    expect(await linesOf(file(long))).toHaveLength(100_000);
    for (const line of [2, 50_000, 87_383, 100_001]) {
      const cut = Buffer.from(long);
      cut[2 + (line - 2) * 3] = 0xc0;
      expect(await problemsOf(() => linesOf(file(cut)))).toEqual([
        messages.badCsv(path, line, 'the text is not UTF-8'),
      ]);
    }
    expect(await problemsOf(() => linesOf(file(Buffer.from([0x61, 0x0a, 0xc3]))))).toEqual([
      messages.badCsv(path, 2, 'the text is not UTF-8'),
    ]);
    expect((await problemsOf(() => linesOf(join(folder, 'none.csv'))))[0]?.code).toBe('unreadable-file');
    expect(await linesOf(file(''))).toEqual([]);
    expect(await linesOf(file('a,b\n'))).toEqual([]);
  });
});

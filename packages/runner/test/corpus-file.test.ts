/** What a corpus's file holds: lines and pages, the same from JSON lines and from a text file. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { describe, expect, it } from 'vitest';
import { readCorpus } from '../src/run/corpus-file.ts';
import { messages } from '../src/run/messages.ts';

const use = { data: 'wikitext', split: 'test', column: 'text', pages: 'wikitext' } as const;
/** As the hub's rows of wikitext-2-raw-v1 begin. */
const ROWS = [
  '',
  ' = Robert Boulter = \n',
  '',
  ' Robert Boulter is an English film , television and theatre actor . \n',
  ' = = Career = = \n',
  '',
  ' = Du Fu = \n',
  '',
  ' Du Fu ( Wade – Giles : Tu Fu ) wrote 1 @,@ 500 poems ; x = y = \n',
];

function written(name: string, text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'evalgraph-corpus-')), name);
  writeFileSync(path, text);
  return path;
}

const jsonl = (): string =>
  written('test.jsonl', ROWS.map((text) => `${JSON.stringify({ text })}\n`).join(''));

describe('a corpus', () => {
  it('of WikiText has a page at each heading of the first level, detokenised, and every row', async () => {
    const { lines, pages } = await readCorpus(jsonl(), use, null);
    expect(lines).toEqual(ROWS);
    expect(pages.map(({ original }) => original.split('\n')[0])).toEqual([
      ' = Robert Boulter = ',
      ' = Du Fu = ',
    ]);
    expect(pages[0]?.original).toContain(' = = Career = = \n');
    expect(pages[1]?.scored).toContain('1,500 poems; x = y =');
  });

  it('is the same from the raw text file', async () => {
    const raw = ROWS.map((row) => (row === '' ? ' \n' : row)).join('');
    const path = written('wiki.test.txt', raw);
    expect(await readCorpus(path, use, null)).toEqual(await readCorpus(jsonl(), use, null));
  });

  it('of other texts is a page a row, scored as it is', async () => {
    const { lines, pages } = await readCorpus(jsonl(), { ...use, pages: 'rows' }, 3);
    expect(lines).toEqual(ROWS.slice(0, 3));
    expect(pages[1]).toEqual({ original: ROWS[1], scored: ROWS[1] });
    const path = written('a.txt', 'one\n\ntwo');
    expect((await readCorpus(path, { ...use, pages: 'rows' }, null)).lines).toEqual(['one\n\ntwo']);
  });

  it('refuses rows without the column, and files of other kinds', async () => {
    await expect(readCorpus(jsonl(), { ...use, column: 'page' }, null)).rejects.toThrow(UserError);
    await expect(readCorpus(written('a.csv', 'text\n'), use, null)).rejects.toThrow('Parquet');
    const none = written('none.jsonl', '{"text": "a"}\n{"text": null}\n');
    const problem = messages.noTextColumn(none, 2, 'text', ['text']);
    expect(problem.remedy).toContain('null');
    await expect(readCorpus(none, use, null)).rejects.toThrow(new UserError(problem));
    const wide = written('wide.txt', '');
    writeFileSync(wide, Buffer.from('\ufeffcaf\u00e9', 'utf16le'));
    await expect(readCorpus(wide, use, null)).rejects.toThrow('iconv -f UTF-16 -t UTF-8');
    const latin = written('latin.txt', '');
    writeFileSync(latin, Buffer.from('caf\u00e9', 'latin1'));
    await expect(readCorpus(latin, use, null)).rejects.toThrow(
      new UserError(messages.notUtf8(latin, { line: 1, byte: 3, encoding: null })),
    );
  });
});

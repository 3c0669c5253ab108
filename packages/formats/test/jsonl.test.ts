/** Rows of JSON Lines files: marks, line ends, limits and errors with their place. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJsonLines, readJsonl, UserError } from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'jsonl-'));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('jsonl', () => {
  it('skips a mark and blank lines, takes CR LF and a last line without end', async () => {
    const path = file('a.jsonl', '\ufeff{"a": 1}\r\n\n  \n[2]\r\n"x\u2028y"');
    expect(await readJsonLines(path)).toEqual([new Map([['a', 1]]), [2], 'x\u2028y']);
    const lines: number[] = [];
    for await (const row of readJsonl(path)) lines.push(row.line);
    expect(lines).toEqual([1, 4, 5]);
  });

  it('reads lines that cross the pieces in which a file is read', async () => {
    const text = 'é'.repeat(700_000);
    const path = file('long.jsonl', `${JSON.stringify(text)}\n${JSON.stringify(text)}\n`);
    expect((await readJsonLines(path)).map((value) => String(value).length)).toEqual([700_000, 700_000]);
  });

  it('names file and line of what is wrong', async () => {
    await expect(readJsonLines(file('bad.jsonl', '1\n{"a":}\n'))).rejects.toThrow(
      /bad\.jsonl:2: JSON: expected a value/,
    );
    await expect(
      readJsonLines(file('latin.jsonl', new Uint8Array([0x31, 10, 0x22, 0xe9, 0x22]))),
    ).rejects.toThrow(/latin\.jsonl:2: the line is not UTF-8/);
    await expect(readJsonLines(join(folder, 'none.jsonl'))).rejects.toThrow(UserError);
  });

  it('refuses a line beyond the limit', async () => {
    const rows = readJsonl(file('wide.jsonl', `1\n"${'x'.repeat(100)}"\n`), { maxLineBytes: 50 });
    const readAll = async (): Promise<void> => {
      for await (const row of rows) expect(row.line).toBe(1);
    };
    await expect(readAll()).rejects.toThrow(/wide\.jsonl:2: the line is longer than 50 bytes/);
  });
});

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { writeFileAtomic, writeFilesAtomic, writeFolderAtomic } from '../src/index.ts';

const temporary = (): string => mkdtempSync(join(tmpdir(), 'evalgraph-'));

describe('writeFileAtomic', () => {
  it('makes the folder, replaces the file, leaves nothing else', async () => {
    const path = join(temporary(), 'a/b/file.txt');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, 'two');
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(readdirSync(join(path, '..'))).toEqual(['file.txt']);
  });

  it('leaves the target untouched where it cannot write', async () => {
    const folder = temporary();
    const path = join(folder, 'file.txt');
    mkdirSync(path);
    await expect(writeFileAtomic(path, 'x')).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['file.txt']);
  });
});

describe('writeFilesAtomic', () => {
  it('touches no target where one of the files cannot be written', async () => {
    const folder = temporary();
    writeFileSync(join(folder, 'a'), 'old');
    writeFileSync(join(folder, 'no-folder'), '');
    const files = (last: string): ReadonlyMap<string, string> =>
      new Map([
        [join(folder, 'a'), 'new'],
        [join(folder, last), 'new'],
      ]);
    await expect(writeFilesAtomic(files('no-folder/b'))).rejects.toThrow();
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('old');
    expect(readdirSync(folder).sort()).toEqual(['a', 'no-folder']);
    await writeFilesAtomic(files('b'));
    expect(readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual([
      'new',
      'new',
      '',
    ]);
  });
});

describe('writeFolderAtomic', () => {
  it('replaces the whole folder: files of the old one are gone', async () => {
    const path = join(temporary(), 'results');
    await writeFolderAtomic(
      path,
      new Map([
        ['old.txt', '1'],
        ['sub/deep.txt', '2'],
      ]),
      { durable: true },
    );
    await writeFolderAtomic(path, new Map([['new.txt', '3']]), { durable: false });
    expect(readdirSync(path)).toEqual(['new.txt']);
    expect(readdirSync(join(path, '..'))).toEqual(['results']);
  });

  it('takes several processes that write the same folder at once: each ends well, one whole folder stays', async () => {
    const path = join(temporary(), 'shared');
    const program = `
      import { writeFolderAtomic } from ${JSON.stringify(new URL('../src/atomic.ts', import.meta.url).href)};
      const files = new Map(['a', 'b', 'c'].map((name) => [name, name + process.argv[1]]));
      for (let round = 0; round < 200; round += 1) await writeFolderAtomic(process.argv[2], files, { durable: false });
    `;
    const writers = ['1', '2', '3', '4'].map((name) =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, name, path]),
    );
    await Promise.all(writers);
    const contents = ['a', 'b', 'c'].map((name) => readFileSync(join(path, name), 'utf8'));
    expect(contents).toEqual(['a', 'b', 'c'].map((name) => `${name}${contents[0]?.slice(1)}`));
    expect(readdirSync(dirname(path))).toEqual(['shared']);
  });

  it('is never missing to a reader while others publish it again with one other file', async () => {
    const path = join(temporary(), 'shared');
    const same = 'x'.repeat(100_000);
    const publish = (run: string): Promise<void> =>
      writeFolderAtomic(
        path,
        new Map([
          ['samples.jsonl', same],
          ['sub/run.json', run],
        ]),
        { durable: false },
      );
    await publish('0');
    const program = `
      import { writeFolderAtomic } from ${JSON.stringify(new URL('../src/atomic.ts', import.meta.url).href)};
      for (let round = 0; round < 150; round += 1) {
        const files = new Map([['samples.jsonl', 'x'.repeat(100000)], ['sub/run.json', process.argv[1] + round]]);
        await writeFolderAtomic(process.argv[2], files, { durable: false });
      }
    `;
    let isOver = false;
    const writers = Promise.all(
      ['1', '2'].map((name) =>
        promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, name, path]),
      ),
    ).finally(() => {
      isOver = true;
    });
    const seen = new Set<string>();
    for (let reads = 0; !isOver || reads < 100; reads += 1) {
      expect((await readFile(join(path, 'samples.jsonl'))).length).toBe(same.length);
      seen.add(await readFile(join(path, 'sub/run.json'), 'utf8'));
    }
    await writers;
    expect(seen.size).toBeGreaterThan(1);
    await publish('last');
    expect(readFileSync(join(path, 'sub/run.json'), 'utf8')).toBe('last');
    expect(readdirSync(dirname(path))).toEqual(['shared']);
  });

  it('puts a folder in the place of a file', async () => {
    const path = join(temporary(), 'results');
    writeFileSync(path, 'a file');
    await writeFolderAtomic(path, new Map([['a', 'b']]), { durable: false });
    expect(readdirSync(path)).toEqual(['a']);
    expect(readdirSync(dirname(path))).toEqual(['results']);
  });

  it('removes what killed runs of this machine left, and leaves other machines alone', async () => {
    const parent = temporary();
    const gone = 2 ** 22 + 1;
    const mine = `results.staging-${hostname()}-${gone}-ab`;
    const theirs = `results.staging-other-host-${gone}-ab`;
    for (const name of [mine, theirs]) {
      mkdirSync(join(parent, name));
      writeFileSync(join(parent, name, 'half.txt'), 'half');
    }
    await writeFolderAtomic(join(parent, 'results'), new Map([['a', 'b']]), { durable: false });
    expect(readdirSync(parent).sort()).toEqual(['results', theirs].sort());
  });
});

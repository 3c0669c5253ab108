/** What `npm ci` builds and every start keeps fresh, tried on a workspace of one small package and the real programs. */
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import * as executors from '../../plugin/src/executors/index.ts';
import { repository } from './support/workspace.ts';

const MAIN = `import { once } from 'node:events';
import { word } from './word.ts';
export async function main(argv: readonly string[]): Promise<number> {
  console.log(word);
  if (argv[0] !== 'wait') return 0;
  await once(process.stdin, 'data');
  console.log((await import('./late.ts')).late);
  return 0;
}
`;

let root = '';
const file = (name: string): string => join(root, 'packages/cli', name);
const setWord = (word: string): void =>
  writeFileSync(file('src/word.ts'), `export const word: string = '${word}';\n`);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'evalgraph-build-'));
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  cpSync(join(repository, 'build'), join(root, 'build'), { recursive: true });
  cpSync(join(repository, 'packages/cli/bin'), file('bin'), { recursive: true });
  mkdirSync(file('src'));
  const main = { 'evalgraph-source': './src/main.ts', default: './dist/main.js' };
  writeFileSync(file('package.json'), JSON.stringify({ type: 'module', exports: { './main': main } }));
  writeFileSync(file('src/main.ts'), MAIN);
  writeFileSync(file('src/late.ts'), "export const late: string = 'late';\n");
  setWord('one');
});

function run(): { readonly said: string; readonly error: string; readonly code: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [file('bin/evalgraph.js')], {
    encoding: 'utf8',
  });
  return { said: stdout.trim(), error: stderr, code: status };
}

/** Everything in `dist` with the moment at which it was written. */
function built(): ReadonlyMap<string, number> {
  const names = readdirSync(file('dist')).filter((name) => name !== 'build.json');
  return new Map(names.sort().map((name) => [name, statSync(file(`dist/${name}`)).mtimeMs]));
}

describe('a start', () => {
  it('builds what is not built, and an edited source before it is used', () => {
    expect(run()).toEqual({ said: 'one', error: '', code: 0 });
    setWord('two');
    expect(run().said).toBe('two');
  });

  it('sees an edit that changes neither size nor time', () => {
    expect(run().said).toBe('one');
    const { atime, mtime } = statSync(file('src/word.ts'));
    setWord('two');
    utimesSync(file('src/word.ts'), atime, mtime);
    expect(run().said).toBe('two');
  });

  it('builds nothing where only times have changed, as after a checkout', () => {
    run();
    const before = built();
    for (const name of readdirSync(file('src'))) utimesSync(file(`src/${name}`), new Date(), new Date());
    expect(run().said).toBe('one');
    expect(built()).toEqual(before);
  });

  it('takes in a file that is new, and one that is gone', () => {
    run();
    writeFileSync(file('src/other.ts'), "export { late as word } from './late.ts';\n");
    writeFileSync(file('src/main.ts'), MAIN.replace('./word.ts', './other.ts'));
    rmSync(file('src/word.ts'));
    expect(run().said).toBe('late');
  });

  it('says where the source has an error, and prints nothing else', () => {
    run();
    writeFileSync(file('src/word.ts'), "export const word: string = 'two;\n");
    const { said, error, code } = run();
    expect(said).toBe('');
    expect(error).toContain('word.ts:1:');
    expect(error).not.toMatch(/^ +at /m);
    expect(code).toBe(1);
    setWord('two');
    expect(run().said).toBe('two');
  });

  it('runs what was installed where there are no sources, and looks at nothing', () => {
    run();
    rmSync(file('src'), { recursive: true });
    rmSync(join(root, 'build'), { recursive: true });
    expect(run().said).toBe('one');
  });
});

it('a run that is on finds its own late part after another build', async () => {
  run();
  const child = spawn(process.execPath, [file('bin/evalgraph.js'), 'wait'], { stdio: 'pipe' });
  let said = '';
  child.stdout.on('data', (data) => {
    said += String(data);
  });
  while (!said.includes('one')) await sleep(10);
  writeFileSync(file('src/late.ts'), "export const late: string = 'later';\n");
  setWord('two');
  expect(run().said).toBe('two');
  child.stdin.end('go\n');
  await new Promise((resolve) => child.on('close', resolve));
  expect(said).toBe('one\nlate\n');
});

it('processes that start at once after an edit all run it', async () => {
  run();
  setWord('two');
  const said = await Promise.all(
    [1, 2, 3].map(async () => {
      const child = spawn(process.execPath, [file('bin/evalgraph.js')], { stdio: 'pipe' });
      let text = '';
      child.stdout.on('data', (data) => {
        text += String(data);
      });
      await new Promise((resolve) => child.on('close', resolve));
      return text;
    }),
  );
  expect(said).toEqual(['two\n', 'two\n', 'two\n']);
});

describe('a build that was ended', () => {
  it('at any moment leaves nothing half', async () => {
    for (const [round, delayMs] of [20, 60, 90, 120, 150, 200, 300].entries()) {
      setWord(`round ${round}`);
      const builder = spawn(process.execPath, [join(root, 'build/build.js')]);
      const ended = new Promise((resolve) => builder.on('close', resolve));
      await sleep(delayMs);
      builder.kill('SIGKILL');
      await ended;
      expect(run()).toEqual({ said: `round ${round}`, error: '', code: 0 });
    }
  });

  it('between two files is done again', () => {
    run();
    const stamp = readFileSync(file('dist/build.json'));
    setWord('two');
    run();
    // Everything is new but the stamp, and a part is missing.
    writeFileSync(file('dist/build.json'), stamp);
    const parts = (JSON.parse(stamp.toString()) as { files: string[] }).files;
    rmSync(file(`dist/${parts.find((name) => name.startsWith('late-'))}`));
    expect(run().said).toBe('two');
    rmSync(file('dist/main.js'));
    expect(run().said).toBe('two');
  });
});

describe('this workspace', () => {
  const packages = readdirSync(join(repository, 'packages')).map((name) =>
    join(repository, 'packages', name),
  );

  it('names each program of a thread or a process by a source that there is', () => {
    const named = packages.flatMap((folder) =>
      readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .flatMap((name) =>
          [
            ...readFileSync(join(folder, 'src', name), 'utf8').matchAll(
              /builtProgram\(import\.meta\.url, '(.+?)'/g,
            ),
          ].map(([, source = '']) => join(folder, 'src', source)),
        ),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !existsSync(path) || !/^(?:.+-)?worker\.ts$/.test(basename(path)))).toEqual(
      [],
    );
  });

  it('takes the sources of every package for a part of what targets compute', () => {
    const text = readFileSync(join(repository, 'packages/plugin/src/projects.ts'), 'utf8');
    expect(packages.map((folder) => basename(folder)).filter((name) => !text.includes(`'${name}'`))).toEqual(
      [],
    );
  });

  it('has every executor that executors.json names', () => {
    const manifest = join(repository, 'packages/plugin/executors.json');
    const { executors: table } = JSON.parse(readFileSync(manifest, 'utf8')) as {
      executors: Record<string, Record<string, string>>;
    };
    const entries = Object.values(table);
    const names = entries.flatMap(({ implementation, batchImplementation }) =>
      [implementation, batchImplementation].flatMap((text) => text?.split('#')[1] ?? []),
    );
    expect(names.filter((name) => !(name in executors))).toEqual([]);
    expect(entries.filter(({ schema = '' }) => !existsSync(join(dirname(manifest), schema)))).toEqual([]);
  });
});

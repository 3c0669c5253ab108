/** What the help of each command says, held against texts that were written out; completion; the docs' page. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { visibleNames } from '../src/command-tree.ts';
import { completionsOf } from '../src/completion.ts';
import { main } from '../src/main.ts';
import { buildProgram } from '../src/program.ts';
import { commandsPage } from './support/commands-page.ts';

const cases = join(import.meta.dirname, 'cases/help');
const program = buildProgram(
  [],
  () => Promise.reject(new Error('no command runs here')),
  () => {},
);

async function printed(...argv: readonly string[]): Promise<{ code: number; text: string }> {
  const parts: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      parts.push(String(text));
      return true;
    });
  }
  const code = await main(argv);
  vi.restoreAllMocks();
  return { code, text: parts.join('') };
}

afterEach(() => vi.restoreAllMocks());

/** `tasks-list.txt` is the help of `tasks list`. */
const written = readdirSync(cases).map((file) => {
  const name = file.replace(/\.txt$/, '');
  const words = name === 'evalgraph' ? [] : name.split('-');
  return { name, words, text: readFileSync(join(cases, file), 'utf8') };
});

describe('help', () => {
  it('of every command is written out', () => {
    const tasks = program.commands.find((command) => command.name() === 'tasks');
    if (tasks === undefined) throw new Error('there is no command tasks');
    const nested = visibleNames(tasks).map((name) => `tasks-${name}`);
    const names = ['evalgraph', ...visibleNames(program), ...nested].filter((name) => !name.endsWith('help'));
    expect(written.map(({ name }) => name).sort()).toEqual(names.sort());
  });

  it.each(written)('$name', async ({ words, text }) => {
    expect(await printed(...words, '--help')).toEqual({ code: 0, text });
    expect(await printed(...words, '-h')).toEqual({ code: 0, text });
    if (words.length < 2) expect(await printed('help', ...words)).toEqual({ code: 0, text });
  });

  it('is shown whatever else was typed', async () => {
    const { text } = await printed('why', '--help');
    expect(await printed('why', 'x', 'y', 'z', '--help')).toEqual({ code: 0, text });
    const { code, text: unknown } = await printed('shwo', '-h');
    expect([code, unknown.split('\n')[0]]).toEqual([
      1,
      "'shwo' is no command of evalgraph; did you mean 'show'?",
    ]);
  });

  it('stands in docs/commands.md', async () => {
    await expect(commandsPage(program)).toMatchFileSnapshot('../../../docs/commands.md');
  });
});

describe('words that are not understood', () => {
  it.each([
    [
      'plan --quik',
      "plan: unknown option '--quik'; did you mean '--quick'?",
      'Usage: npx evalgraph plan [options] [pipelines...] (--help says more)',
    ],
    [
      'show a b',
      'show: at most 1 name is expected, but there are 2: a, b',
      'Usage: npx evalgraph show [options] [pipeline] (--help says more)',
    ],
    [
      'report --format mdd',
      "report: option '--format <format>' argument 'mdd' is invalid. Did you mean 'md'? Legal values: md, csv, latex, json.",
      'Usage: npx evalgraph report [options] [pipeline] (--help says more)',
    ],
    [
      'report --out --quick',
      "report: option '--out <file>' argument '--quick' is invalid. It is an option: the value before it is missing.",
      'Usage: npx evalgraph report [options] [pipeline] (--help says more)',
    ],
    [
      'questions t --wrong --right',
      "questions: option '--wrong' cannot be used with option '--right'",
      'Usage: npx evalgraph questions [options] <task> [n] (--help says more)',
    ],
    [
      'verify --cells 0',
      "verify: option '--cells <n|all>' argument '0' is invalid. Write a whole number from 1, or all.",
      'Usage: npx evalgraph verify [options] [pipelines...] (--help says more)',
    ],
    [
      'serve m --port 65536',
      "serve: option '--port <n>' argument '65536' is invalid. Write a whole number from 0 to 65535.",
      'Usage: npx evalgraph serve [options] <folder> (--help says more)',
    ],
    [
      'tasks render',
      "render: missing required argument 'name'",
      'Usage: npx evalgraph tasks render [options] <name> [n] (--help says more)',
    ],
    [
      'tasks shwo',
      "tasks: there is no 'shwo'; did you mean 'show'? Legal are list, show, render, check.",
      'Usage: npx evalgraph tasks [options] [command] (--help says more)',
    ],
    [
      'import x',
      'import: --pipeline says which pipeline the results go to',
      'Usage: npx evalgraph import [options] <folder> (--help says more)',
    ],
  ])('%s', async (typed, message, remedy) => {
    expect(await printed(...typed.split(' '))).toEqual({ code: 1, text: `${message}\n${remedy}\n` });
  });
});

describe('completion', () => {
  const completed = (typed: string) => completionsOf(program, typed.split(' '));

  it.each([
    ['sh', ['show'], null],
    ['show ', [], 'pipelines'],
    ['show demo --m', ['--metric'], null],
    ['plan demo s', [], 'pipelines'],
    ['report --format ', ['md', 'csv', 'latex', 'json'], null],
    ['report --out ', [], 'files'],
    ['questions t --pipeline s', [], 'pipelines'],
    ['diff main d', [], 'pipelines'],
    ['tasks r', ['render'], null],
    ['tasks show x --p', ['--pipeline'], null],
    ['ppl ./m', [], 'files'],
    ['completion ', ['bash', 'zsh', 'fish'], null],
    ['help pl', ['plan'], null],
  ])('%s', (typed, words, more) => {
    expect(completed(typed)).toEqual({ words, more });
  });

  it('works in bash', () => {
    const bin = join(import.meta.dirname, '../bin/evalgraph.js');
    const script = `
      evalgraph() { ${JSON.stringify(process.execPath)} ${JSON.stringify(bin)} "$@"; }
      source <(evalgraph completion bash)
      COMP_WORDS=(evalgraph report --format ''); COMP_CWORD=3
      _evalgraph; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, status } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, 'md\ncsv\nlatex\njson\n']);
  });
});

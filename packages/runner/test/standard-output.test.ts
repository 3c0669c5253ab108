/** Nothing foreign reaches the terminal as a control sequence: through every command that prints foreign text. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError, visibleText } from '@evalgraph/formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzz } from '../../formats/test/fuzz-support.ts';
import { printable } from '../../system/src/standard-output.ts';
import { repository } from './support/workspace.ts';

const HOSTILE = [
  '\x1b[2J\x1b[H',
  '\x1b]0;owned\x07',
  '\x1b[32mright\x1b[0m',
  '\u009b31mred',
  '\u009d0;title\u009c',
  '\rover',
  '\x08\x08\x7f',
  '\u202egnp.exe',
  '\u2066a\u2069',
  '\u200b\ufeff',
  '\u2028next',
];
/** What a terminal obeys or hides. */
const OBEYED = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

describe('text for a terminal', () => {
  const text = fc
    .array(
      fc.oneof(fc.constantFrom(...HOSTILE, '\n', '\t', '👩‍👩‍👧', 'نص', 'é'), fc.string({ unit: 'binary' })),
    )
    .map((parts) => parts.join(''));

  it('holds nothing that a terminal obeys, and keeps what is seen', () => {
    fc.assert(
      fc.property(text, (foreign) => {
        for (const shown of [visibleText(foreign), printable(foreign, false)]) {
          expect(shown).not.toMatch(OBEYED);
          expect(shown.split('\n').length).toBe(foreign.split('\n').length);
        }
        expect(printable(foreign, true).replace(/\x1b\[(?:1|2|22|31|32|33|36|39)m/g, '')).not.toMatch(OBEYED);
        expect(new UserError({ code: 'x', message: foreign, remedy: foreign }).message).not.toMatch(OBEYED);
        // JSON stays the same JSON.
        const json = JSON.stringify({ foreign });
        expect(JSON.parse(visibleText(json))).toEqual({ foreign });
      }),
      fuzz(500),
    );
    expect(visibleText('👩‍👩‍👧 é\ta\nb نص')).toBe('👩‍👩‍👧 é\ta\nb نص');
  });

  it('keeps our own colours where there are colours, and only those', () => {
    expect(printable('\x1b[32mok\x1b[39m', true)).toBe('\x1b[32mok\x1b[39m');
    expect(printable('\x1b[32mok\x1b[39m', false)).toBe('\\x1b[32mok\\x1b[39m');
    expect(printable('\x1b[2J\x1b[1mok\x1b[22m', true)).toBe('\\x1b[2J\x1b[1mok\x1b[22m');
  });
});

/** Every direct write but those of the border and of what is drawn again in place. */
it('every other file prints through the border', () => {
  const source = join(repository, 'packages');
  const writers = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (name) =>
      /^[^/]+\/src\/.*\.ts$/.test(name) &&
      /std(?:out|err)\.write\(|console\./.test(readFileSync(join(source, name), 'utf8')),
  );
  expect(writers.sort()).toEqual([
    'cli/src/commands/watch/watch.ts',
    'cli/src/terminal/picker.ts',
    'system/src/interrupt.ts',
    'system/src/standard-output.ts',
  ]);
});

describe('commands', () => {
  const evil = HOSTILE.join('');
  const folder = mkdtempSync(join(tmpdir(), 'hostile-terminal-'));
  mkdirSync(join(folder, 'pipelines/evil/tasks'), { recursive: true });
  cpSync(join(repository, 'nx.json'), join(folder, 'nx.json'));
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  const quoted = JSON.stringify(evil).replaceAll('\x7f', '\\u007f');
  writeFileSync(
    join(folder, 'pipelines/evil/pipeline.yaml'),
    `title: ${quoted}\nmodels:\n  a: { source: ${JSON.stringify(`./models/${evil}`)} }\ntasks: [evil, ${quoted}]\n`,
  );
  writeFileSync(
    join(folder, 'pipelines/evil/tasks/evil.yaml'),
    `task: evil\ndataset_path: json\ndataset_kwargs: { data_files: { test: ${quoted} } }\ntest_split: test\n` +
      `doc_to_text: ${JSON.stringify(`{{ raise(${quoted}) }}`)}\ndoc_to_target: ${quoted}\nmetric_list: [{ metric: ${quoted} }]\n`,
  );
  writeFileSync(join(folder, 'evil.json'), `{"results": {${quoted}: 3}}`);

  it.each([
    ['plan', 'evil'],
    ['lock', 'evil'],
    ['tasks'],
    ['tasks', 'check', 'evil'],
    ['tasks', 'show', 'evil'],
    ['tasks', 'check', evil.replaceAll('\0', '')],
    ['show', 'evil'],
    ['why', `evil/${evil}`],
    ['doctor'],
    ['import', 'evil.json'],
    [evil],
  ])('%j', (...args) => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [join(repository, 'packages/cli/bin/evalgraph.js'), ...args],
      { cwd: folder, encoding: 'utf8', env: { ...process.env, NX_DAEMON: 'false' } },
    );
    expect(stdout + stderr).not.toBe('');
    expect(stdout + stderr).not.toMatch(OBEYED);
  }, 60_000);
});

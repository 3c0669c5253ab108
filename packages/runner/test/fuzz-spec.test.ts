/** Damaged and hostile pipelines: loaded, or refused with messages that point into the file, within a second. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { damagedText, FUZZ_TIMEOUT_MS, fuzz, survives } from '../../formats/test/fuzz-support.ts';
import { parsePipeline } from '../../spec/src/load.ts';
import { repository } from './support/workspace.ts';

const identity = { name: 'fuzz', file: 'pipelines/fuzz/pipeline.yaml', root: '/workspace' };
const pipelines = join(repository, 'pipelines');
const valid = readdirSync(pipelines).map((name) =>
  readFileSync(join(pipelines, name, 'pipeline.yaml'), 'utf8'),
);
const WORDS = [
  ...[
    '&a ',
    '*a',
    '<<: *a',
    '? ',
    ': ',
    '- ',
    '\n',
    '\n  ',
    '\t',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '|\n',
    '>-\n',
    '!!binary ',
    '!!js/function ',
  ],
  ...[
    '%YAML 9.9\n',
    '---\n',
    '...\n',
    '#',
    '\0',
    '\ufeff',
    '\u2028',
    '../../../etc',
    '{step}',
    '{step:99}',
    '{step',
    'hf:',
    'hf:../x',
  ],
  ...[
    '__proto__: 1\n',
    'constructor',
    'steps: [1e9]',
    'from: 0',
    'to: 999999999',
    'every: 1',
    '-1',
    '1e999',
    '.nan',
    'null',
    '~',
    'CON',
    '\\',
  ],
];

describe('a pipeline', () => {
  it(
    'that is damaged is loaded or refused, with every position inside the file',
    async () => {
      await fc.assert(
        fc.asyncProperty(damagedText(valid, WORDS), async (text) => {
          const found = await survives(() => parsePipeline(text, identity));
          if (!(found instanceof UserError)) return;
          const lines = text.split(/\r\n|\r|\n/).length;
          for (const { at } of found.problems) {
            if (at === undefined) continue;
            expect(at.line).toBeGreaterThanOrEqual(1);
            expect(at.line).toBeLessThanOrEqual(lines + 1);
          }
        }),
        fuzz(500),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  const aliases = (each: string): string =>
    [
      'a: &a [x,x,x,x,x,x,x,x,x,x]',
      ...Array.from(
        { length: 9 },
        (_, i) => `${'bcdefghij'[i]}: &${'bcdefghij'[i]} ${each.replaceAll('@', `*${'abcdefghi'[i]}`)}`,
      ),
    ].join('\n');
  const anchors = (count: number): string =>
    Array.from({ length: count }, (_, i) => `k${i}: &a${i} 1`).join('\n');
  const unknownKeys = (count: number): string =>
    Array.from({ length: count }, (_, i) => `modls${i}: 1`).join('\n');
  it.each([
    ['of aliases of aliases', aliases('[@,@,@,@,@,@,@,@,@,@]')],
    ['of maps of aliases', aliases('{p: @, q: @, r: @, s: @, t: @, u: @, v: @, w: @}')],
    ['that holds itself', 'models: &m { a: *m }\n'],
    ['of nested lists', `models: ${'['.repeat(50_000)}`],
    ['of nested maps', `models: ${'{a: '.repeat(50_000)}`],
    ['of nested blocks', Array.from({ length: 900 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['of nested dashes', `${'- '.repeat(50_000)}x`],
    ['of open quotes', '"'.repeat(100_001)],
    ['of anchors', anchors(20_000)],
    ['of as many anchors as are read', anchors(6500)],
    ['of unknown keys', unknownKeys(20_000)],
    ['of as many unknown keys as are read', unknownKeys(8500)],
    [
      'of a huge series',
      'models: { a: { source: ./a, checkpoints: { subfolder: "s{step}", from: 0, to: 9007199254740991, every: 1 } } }\ntasks: [t]\n',
    ],
    ['of comments', '#\n'.repeat(300_000)],
    ['of blank lines', `title: x\n${'\n'.repeat(900_000)}`],
    ['of commas', `models: [${','.repeat(900_000)}]`],
    ['of anchors on one node', '&a '.repeat(80_000)],
    [
      'of one long line of keys',
      `{${Array.from({ length: 8500 }, (_, i) => `${'k'.repeat(20)}${i}: 1`).join(',')}}`,
    ],
    ['of one long line', `title: "${'x'.repeat(900_000)}"`],
    ['of directives', '%TAG ! tag:x,2000:\n'.repeat(20_000)],
  ])('%s ends soon', async (_, text) => {
    expect(await survives(() => parsePipeline(text, identity))).toBeInstanceOf(UserError);
  });

  it.each([
    '../x',
    '/etc/passwd',
    'a/../../b',
    'a\\..\\b',
    'CON',
    'a\0b',
    '.',
    '..',
    'x'.repeat(300),
    'a b',
    '-a',
    'nul.txt',
    '.git',
  ])('does not take %j for the name of a model', async (name) => {
    const text = `models: { ${JSON.stringify(name)}: { source: ./a } }\ntasks: [t]\n`;
    const found = await survives(() => parsePipeline(text, identity));
    if (!(found instanceof UserError)) {
      // Legal names are those that are one folder below results/, on every system.
      expect(name).toMatch(/^(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[A-Za-z0-9][\w.-]{0,199}$/i);
    }
  });

  it.each([
    '../x',
    'a/../../b',
    '/abs',
    'a//b',
    '.',
    'a\\b',
    'a\0b',
  ])('does not take %j for a subfolder', async (subfolder) => {
    const text = `models: { m: { source: ./a, checkpoints: [{ subfolder: ${JSON.stringify(subfolder)} }] } }\ntasks: [t]\n`;
    expect(await survives(() => parsePipeline(text, identity))).toBeInstanceOf(UserError);
  });
});

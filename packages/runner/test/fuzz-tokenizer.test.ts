/**
 * Damaged and hostile tokenizer files, opened as the worker opens them, in a process of their own: native code that
 * crashes must be seen as a crash, not end the tests.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { damagedText, FUZZ_TIMEOUT_MS, fuzz } from '../../formats/test/fuzz-support.ts';
import { start } from './support/child.ts';
import { writeTinyModel } from './support/tiny-model.ts';
import { repository } from './support/workspace.ts';

const folder = mkdtempSync(join(tmpdir(), 'fuzz-tokenizer-'));
const WORDS = [
  ...[
    'null',
    '[]',
    '{}',
    '""',
    '-1',
    '4294967296',
    '1e999',
    '"type":"BPE"',
    '"type":"Unigram"',
    '"(a+)+$"',
    '"\\ud800"',
    '{',
    '}',
    '[',
    ']',
  ],
  ...[
    '"__proto__"',
    '"Regex":"("',
    '"Split"',
    '"ByteLevel"',
    '"Sequence"',
    '"Precompiled"',
    '"merges":[["a","b"]]',
    '"vocab":{}',
    '"id":99999999999',
  ],
];

describe('tokenizer files', () => {
  it(
    'that are damaged are opened or refused with the folder in the message, and crash nothing',
    async () => {
      const tiny = join(folder, 'tiny');
      writeTinyModel(tiny, 1);
      const read = (name: string): string => readFileSync(join(tiny, name), 'utf8');
      const demo = join(repository, 'models/demo/iter_0000100');
      const names = ['tokenizer.json', 'tokenizer.json', 'tokenizer_config.json', 'config.json'] as const;
      const texts = [readFileSync(join(demo, 'tokenizer.json'), 'utf8'), ...names.slice(1).map(read)];
      const damage = fc
        .nat({ max: names.length - 1 })
        .chain((which) =>
          damagedText([texts[which] ?? ''], WORDS).map((text) => ({ name: names[which] ?? '', text })),
        );
      const { seed, numRuns } = fuzz(300);
      const inputs = fc.sample(damage, { seed, numRuns });
      // Some thousand at a time: each file of inputs stays small.
      for (let at = 0; at < inputs.length; at += 2000) {
        const file = join(folder, 'inputs.json');
        writeFileSync(file, JSON.stringify({ base: demo, inputs: inputs.slice(at, at + 2000) }));
        const { code, stdout, stderr } = await start(
          'packages/runner/test/support/tokenizer-child.ts',
          [file],
          { cwd: folder },
        ).ended;
        expect(stderr, stdout.slice(-2000)).toBe('');
        expect(code, stdout.slice(-2000)).toBe(0);
        expect(stdout).toContain(`${Math.min(2000, inputs.length - at)} inputs`);
      }
    },
    FUZZ_TIMEOUT_MS,
  );
});

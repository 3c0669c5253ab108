/** Damaged and hostile config.json: read, or refused with a message; and what is read can be planned with. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { damagedText, FUZZ_TIMEOUT_MS, fuzz, survives } from '../../formats/test/fuzz-support.ts';
import { planPasses, readModelConfig } from '../src/index.ts';

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));
const valid = readdirSync(fixtures, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => readFileSync(join(fixtures, name, 'config.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'fuzz-config-'));
const WORDS = [
  ...[
    'null',
    '-1',
    '0',
    '1e308',
    '1e999',
    '2147483647',
    '4294967296',
    '0.5',
    '""',
    '[]',
    '{}',
    'true',
    '"__proto__"',
  ],
  ...[
    '"rope_scaling": {"rope_type": "yarn"},',
    '"architectures": ["constructor"],',
    '"head_dim": 7,',
    '{',
    '}',
    '[',
    '"',
  ],
];

describe('config.json', () => {
  it(
    'that is damaged is read or refused',
    async () => {
      expect(valid.length).toBeGreaterThan(3);
      await fc.assert(
        fc.asyncProperty(fc.oneof(damagedText(valid, WORDS), fc.json()), async (text) => {
          writeFileSync(join(folder, 'config.json'), text);
          await survives(async () => {
            const config = await readModelConfig(folder);
            for (const size of [
              config.layers.length,
              config.heads,
              config.headDim,
              config.hiddenSize,
              config.vocabSize,
            ]) {
              expect(Number.isSafeInteger(size) && size >= 1).toBe(true);
            }
            planPasses([{ kind: 'score', tokens: [0, 0], context: 1 } as never].slice(1), config);
          });
        }),
        fuzz(1500),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it.each([
    ['nested deep', '{"a":'.repeat(1e6)],
    ['of many keys', `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":0`).join(',')}}`],
    ['nothing', ''],
  ])('%s ends soon', async (_, text) => {
    writeFileSync(join(folder, 'config.json'), text);
    await survives(() => readModelConfig(folder));
  });
});

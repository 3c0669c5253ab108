/** Damaged JSON Lines, CSV and parquet files, and whole texts in Python's JSON: read, or refused with a message. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  csvColumns,
  parquetInfo,
  parsePythonJson,
  readCsv,
  readJsonl,
  readParquet,
  UserError,
} from '../src/index.ts';
import { damagedBytes, damagedText, FUZZ_TIMEOUT_MS, fuzz, survives } from './fuzz-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'fuzz-tables-'));
const tables = fileURLToPath(new URL('fixtures/tables', import.meta.url));

async function count(rows: AsyncIterable<unknown>): Promise<number> {
  let total = 0;
  for await (const _ of rows) total += 1;
  return total;
}

describe('JSON Lines', () => {
  const file = join(folder, 'rows.jsonl');
  const valid =
    '{"q": "Who?", "choices": ["a", "\\u00e9"], "answer": 1, "score": 1.5e-3, "n": null}\n{"q": "", "answer": 12345678901234567890}\n';
  const words = [
    '\n',
    '\r',
    '\ufeff',
    '{',
    '[',
    ']',
    '"',
    '\\u',
    '\\ud800',
    '1e999',
    '-',
    'NaN',
    '-Infinity',
    '[[',
    '{"__proto__":1}',
    '\0',
    '\u2028',
  ];

  it(
    'with damaged bytes are read or refused with file and line',
    async () => {
      await fc.assert(
        fc.asyncProperty(damagedBytes([Buffer.from(valid)], words), async (bytes) => {
          writeFileSync(file, bytes);
          const found = await survives(() => count(readJsonl(file)));
          if (found instanceof UserError) expect(found.message).toMatch(/rows\.jsonl:\d+/);
        }),
        fuzz(800),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it.each([
    ['nested a million deep', '['.repeat(1e6)],
    ['of one long number', '9'.repeat(5e6)],
    ['of one long string', `"${'x'.repeat(5e6)}"`],
    ['of many escapes', `"${'\\n'.repeat(2e6)}"`],
    ['of many blank lines', '\n'.repeat(2e5)],
    ['of an unclosed string of escapes', `"${'\\"'.repeat(2e6)}`],
    ['of an exponent', '1e99999999999'],
  ])('%s end soon', async (_, text) => {
    writeFileSync(file, text);
    await survives(() => count(readJsonl(file)));
  });

  it(
    'and any text as Python reads JSON end in a value or a message',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(damagedText([valid], words), fc.json(), fc.string({ unit: 'binary' })),
          async (text) => {
            await survives(() => parsePythonJson(text));
          },
        ),
        fuzz(2000),
      );
    },
    FUZZ_TIMEOUT_MS,
  );
});

describe('CSV', () => {
  const file = join(folder, 'rows.csv');
  const valid = 'question,answer,score\n"Who, me?",1,0.5\n"a ""quote""",2,NA\nplain,3,1e5\n';
  it(
    'with damaged bytes is read or refused',
    async () => {
      const words = [
        '"',
        '""',
        ',',
        '\n',
        '\r',
        '\r\n',
        '\0',
        '\ufeff',
        'NA',
        '1_0',
        '0x1F',
        '"\n"',
        ',,,,,,',
        'é',
      ];
      await fc.assert(
        fc.asyncProperty(damagedBytes([Buffer.from(valid)], words), async (bytes) => {
          writeFileSync(file, bytes);
          await survives(async () => {
            await csvColumns(file);
            return count(readCsv(file));
          });
        }),
        fuzz(500),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it.each([
    ['of 20,000 columns with one name', `${'a,'.repeat(20_000)}a\n1\n`],
    ['of an unclosed quote', `a\n"${'x\n'.repeat(1e6)}`],
    ['of a number of a million digits', `a\n${'9'.repeat(1e6)}\n`],
    ['of a row of a million values', `a,b\n${'1,'.repeat(1e6)}\n`],
  ])('%s ends soon', async (_, text) => {
    writeFileSync(file, text);
    await survives(() => count(readCsv(file)));
  });
});

describe('parquet', () => {
  const file = join(folder, 'rows.parquet');
  const small = readdirSync(tables)
    .filter((name) => name.endsWith('.parquet'))
    .map((name) => readFileSync(join(tables, name)))
    .filter((bytes) => bytes.length < 20_000);

  it(
    'with damaged bytes anywhere is read or refused',
    async () => {
      expect(small.length).toBeGreaterThan(3);
      await fc.assert(
        fc.asyncProperty(damagedBytes(small), async (bytes) => {
          writeFileSync(file, bytes);
          await survives(async () => {
            await parquetInfo(file);
            return count(readParquet(file));
          });
        }),
        fuzz(300),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'with a damaged footer is read or refused',
    async () => {
      const flips = fc.array(
        fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 255 })),
        { minLength: 1, maxLength: 4 },
      );
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...small), flips, async (valid, list) => {
          const bytes = Buffer.from(valid);
          const footer = bytes.readUInt32LE(bytes.length - 8);
          for (const [at, value] of list) bytes[bytes.length - 8 - Math.ceil(at * footer)] = value;
          writeFileSync(file, bytes);
          await survives(async () => {
            await parquetInfo(file);
            return count(readParquet(file));
          });
        }),
        fuzz(600),
      );
    },
    FUZZ_TIMEOUT_MS,
  );
});

/** Damaged journals, responses, results, locks and memories of digests: used where whole, never wrong, never fatal. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestValue } from '@evalgraph/formats';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { SessionResponse } from '../../engines/src/session.ts';
import {
  damagedBytes,
  damagedText,
  FUZZ_TIMEOUT_MS,
  fuzz,
  survives,
} from '../../formats/test/fuzz-support.ts';
import { readDataLock } from '../src/locks/data-lock.ts';
import { openDigestMemo } from '../src/locks/digest-memo.ts';
import { readCheckpointLock } from '../src/locks/read-checkpoint-lock.ts';
import { openJournal, readResponses } from '../src/store/responses.ts';
import { publishStored, readStored } from '../src/store/results.ts';

afterAll(() => vi.unstubAllEnvs());

const WORDS = [
  '\n',
  '[]',
  '{}',
  'null',
  '0',
  '"',
  '{"asked":1}',
  '[[',
  '\0',
  '{"format":1}',
  'x'.repeat(300),
];
const response = (index: number): SessionResponse =>
  ({ kind: 'score', sumNats: -(index + 1) / 3, isGreedy: false }) as unknown as SessionResponse;
const KEY = 'ab'.repeat(32);
const COUNT = 5;

function writeJournal(store: string, finish: boolean): void {
  const journal = openJournal(store, KEY, COUNT);
  for (let index = 0; index < COUNT; index += 1)
    journal.append([{ request: index, response: response(index) }]);
  if (finish) journal.finish({ asked: 3, distinct: 2, computed: 1 });
  else journal.close();
}

describe('the store', () => {
  it(
    'takes from a damaged journal only what was written, and goes on after it',
    async () => {
      const store = mkdtempSync(join(tmpdir(), 'fuzz-journal-'));
      writeJournal(store, false);
      const path = join(store, 'journals', `${KEY}.jsonl`);
      const valid = readFileSync(path);
      await fc.assert(
        fc.asyncProperty(damagedBytes([valid], WORDS), async (bytes) => {
          writeFileSync(path, bytes);
          await survives(() => {
            const journal = openJournal(store, KEY, COUNT);
            for (const [index, known] of journal.known) expect(known).toEqual(response(index));
            const missing = Array.from({ length: COUNT }, (_, index) => index).filter(
              (index) => !journal.known.has(index),
            );
            journal.append(missing.map((request) => ({ request, response: response(request) })));
            journal.close();
            const again = openJournal(store, KEY, COUNT);
            again.close();
            expect([...again.known.keys()].sort()).toEqual([0, 1, 2, 3, 4]);
          });
        }),
        fuzz(400),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'serves damaged responses whole or not at all',
    async () => {
      const store = mkdtempSync(join(tmpdir(), 'fuzz-responses-'));
      writeJournal(store, true);
      const path = join(store, 'responses', KEY.slice(0, 2), `${KEY}.jsonl`);
      const valid = readFileSync(path);
      await fc.assert(
        fc.asyncProperty(damagedBytes([valid], WORDS), async (bytes) => {
          writeFileSync(path, bytes);
          const found = await survives(() => readResponses(store, KEY, COUNT));
          if (found !== null && 'responses' in found) {
            expect(found.responses).toEqual(Array.from({ length: COUNT }, (_, index) => response(index)));
          }
        }),
        fuzz(600),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'serves a damaged result whole or not at all, and from no other folder',
    async () => {
      const store = mkdtempSync(join(tmpdir(), 'fuzz-results-'));
      writeFileSync(join(store, 'outside'), 'secret');
      const files = new Map([
        ['results.json', '{"a": 1}\n'],
        ['run.json', '{}\n'],
      ]);
      const names = ['manifest.json', 'results.json'];
      const words = [...WORDS, '../../../outside', '/etc/passwd', '..', '"__proto__"'];
      await publishStored(store, KEY, files);
      const folder = join(store, 'results', KEY.slice(0, 2), KEY);
      const valid = names.map((name) => readFileSync(join(folder, name), 'utf8'));
      const damage = fc
        .constantFrom(0, 1)
        .chain((which) => fc.tuple(fc.constant(which), damagedText([valid[which] ?? ''], words)));
      await fc.assert(
        fc.asyncProperty(damage, async ([which, text]) => {
          await publishStored(store, KEY, files);
          writeFileSync(join(folder, names[which] ?? ''), text);
          const found = await survives(() => readStored(store, KEY));
          if (found instanceof Map)
            for (const [name, content] of found) expect(String(content)).toBe(files.get(name));
        }),
        fuzz(150),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it('names no file outside in a manifest', async () => {
    const store = mkdtempSync(join(tmpdir(), 'fuzz-manifest-'));
    await publishStored(store, KEY, new Map([['results.json', '{}']]));
    const folder = join(store, 'results', KEY.slice(0, 2), KEY);
    // The digest of the text 'secret'.
    const digest = '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b';
    writeFileSync(join(store, 'outside'), 'secret');
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ '../../../outside': digest }));
    expect(await readStored(store, KEY)).toBeNull();
  });
});

describe('a lock', () => {
  const root = mkdtempSync(join(tmpdir(), 'fuzz-locks-'));
  const files = {
    'config.json': { sha256: 'a'.repeat(64), size: 3 },
    'model.safetensors': { sha256: 'b'.repeat(64), size: 9 },
  };
  const digests = { files, digest: digestValue(files), tokenizerDigest: 'd'.repeat(64) };
  const blobs = { 'config.json': 'a'.repeat(40), 'model.safetensors': 'b'.repeat(64) };
  const hub = { repository: 'a/b', revision: 'main', commit: 'e'.repeat(40), folder: '', blobs };
  const declared = { source: 'models/a', revision: null, subfolder: 'step_1' };
  const sound = [
    JSON.stringify({ format: 2, declared, ...digests }),
    JSON.stringify({ format: 2, ...digests, hub }),
  ];
  const words = [...WORDS, '../../etc/passwd', '"format":2', '-1', '1e99', '"__proto__"', '"a\\u0000"'];
  it(
    'that is damaged is read or refused',
    async () => {
      await fc.assert(
        fc.asyncProperty(damagedText(sound, words), async (text) => {
          writeFileSync(join(root, 'lock.json'), text);
          await survives(() => readCheckpointLock(root, 'lock.json'));
          const data = await survives(() => readDataLock(root, 'lock.json'));
          if (data !== null && 'files' in data) {
            for (const name of Object.keys(data.files)) expect(name).not.toMatch(/(^|[/\\])\.\.([/\\]|$)|\0/);
          }
        }),
        fuzz(1000),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'keeps no damaged memory of digests',
    async () => {
      let runs = 0;
      const file = join(root, 'data');
      writeFileSync(file, 'x');
      const valid = JSON.stringify({ [file]: { stamp: '1/2/3/4', sha256: 'f'.repeat(64) } });
      await fc.assert(
        fc.asyncProperty(damagedText([valid], words), async (text) => {
          // A process reads its memory once: each is another one.
          const memory = join(root, `verified-${++runs}.json`);
          writeFileSync(memory, text);
          await survives(async () => {
            const memo = openDigestMemo(memory);
            expect((await memo.digest(file)).sha256).toBe(
              '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881',
            );
            await memo.save();
          });
        }),
        fuzz(200),
      );
    },
    FUZZ_TIMEOUT_MS,
  );
});

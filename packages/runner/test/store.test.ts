import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sha256Hex } from '@evalgraph/formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkedLine, parseCheckedLines } from '../src/store/checked-lines.ts';
import { openJournal, readResponses } from '../src/store/responses.ts';
import { publishStored, readStored } from '../src/store/results.ts';

const KEY = 'ab'.repeat(32);
const TOKENS = { asked: 30, distinct: 20, computed: 20 };
const temporary = (): string => mkdtempSync(join(tmpdir(), 'evalgraph-'));
const answer = (request: number) => ({
  request,
  response: { kind: 'generate' as const, text: `answer ${request} é\n` },
});

describe('responses that another program wrote', () => {
  it.each([
    ['no JSON', `${sha256Hex('x').slice(0, 16)} x\n`],
    ['a number', checkedLine(7)],
    ['null', checkedLine(null)],
    ['answers of nothing', checkedLine([null])],
    ['an answer without a response', checkedLine([{ request: 0 }])],
  ])('%s under a right checksum: as if they were not there', (_, line) => {
    const store = temporary();
    const path = join(store, 'responses/ab', `${KEY}.jsonl`);
    mkdirSync(dirname(path), { recursive: true });
    const header = checkedLine({ format: 1, key: KEY, requests: 1 });
    writeFileSync(path, `${header}${checkedLine([answer(0)])}${line}${checkedLine(TOKENS)}`);
    expect(readResponses(store, KEY, 1)).toBeNull();
  });
});

describe('checked lines', () => {
  it('read back what was written, cut anywhere: whole lines before the cut, nothing else', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, at) => {
          const bytes = Buffer.from(values.map(checkedLine).join(''));
          const cut = Math.floor(at * bytes.length);
          const { values: read, goodBytes, whole } = parseCheckedLines(bytes.subarray(0, cut));
          const expected = JSON.parse(JSON.stringify(values)) as unknown[];
          expect(read).toEqual(expected.slice(0, read.length));
          expect(goodBytes).toBeLessThanOrEqual(cut);
          expect(whole).toBe(goodBytes === cut);
          expect(bytes.subarray(goodBytes, cut).includes(0x0a)).toBe(false);
        },
      ),
      { seed: 2 },
    );
  });

  it('stop at a line whose bytes were damaged', () => {
    const bytes = Buffer.from([1, 2, 3].map(checkedLine).join(''));
    bytes[bytes.length - 2] = '9'.charCodeAt(0);
    expect(parseCheckedLines(bytes).values).toEqual([1, 2]);
  });
});

describe('journal', () => {
  it('goes on after a torn last line, and becomes the stored responses', () => {
    const store = temporary();
    const first = openJournal(store, KEY, 3);
    first.append([answer(0)]);
    first.append([answer(1)]);
    first.close();
    const path = join(store, 'journals', `${KEY}.jsonl`);
    truncateSync(path, readFileSync(path).length - 5);

    const second = openJournal(store, KEY, 3);
    expect([...second.known.keys()]).toEqual([0]);
    second.append([answer(1), answer(2)]);
    expect(readResponses(store, KEY, 3)).toBeNull();
    second.finish(TOKENS);
    expect(readResponses(store, KEY, 3)).toEqual({
      responses: [0, 1, 2].map((request) => answer(request).response),
      tokens: TOKENS,
    });
  });

  it('starts afresh where the file belongs to another call', () => {
    const store = temporary();
    const other = openJournal(store, KEY, 2);
    other.append([answer(0)]);
    other.close();
    const journal = openJournal(store, KEY, 3);
    expect(journal.known.size).toBe(0);
    journal.close();
  });

  it('is not complete while a request is unanswered', () => {
    const store = temporary();
    const journal = openJournal(store, KEY, 2);
    journal.append([answer(1)]);
    journal.finish(TOKENS);
    expect(readResponses(store, KEY, 2)).toBeNull();
  });
});

describe('stored results', () => {
  const files = new Map([
    ['results.json', '{"a": 1}\n'],
    ['run.json', '{}'],
  ]);

  it('come back as written; an absent key is null', async () => {
    const store = temporary();
    expect(await readStored(store, KEY)).toBeNull();
    await publishStored(store, KEY, files);
    const stored = await readStored(store, KEY);
    expect([...(stored ?? [])].map(([name, bytes]) => [name, bytes.toString()])).toEqual([...files]);
  });

  it.each([
    ['changed', (path: string) => appendFileSync(path, ' ')],
    ['removed', (path: string) => rmSync(path)],
  ])('are not served where a file was %s', async (_, damage) => {
    const store = temporary();
    await publishStored(store, KEY, files);
    damage(join(store, 'results', 'ab', KEY, 'results.json'));
    expect(await readStored(store, KEY)).toBeNull();
    await publishStored(store, KEY, files);
    expect(await readStored(store, KEY)).not.toBeNull();
  });

  it('are not served under a torn manifest', async () => {
    const store = temporary();
    await publishStored(store, KEY, files);
    writeFileSync(join(store, 'results', 'ab', KEY, 'manifest.json'), '{"results.json": "4');
    expect(await readStored(store, KEY)).toBeNull();
  });
});

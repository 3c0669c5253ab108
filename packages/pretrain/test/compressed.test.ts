/** Corpora from compressed files: the documents of the plain ones, progress within a file, and what is damaged. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { sha256Hex } from '@evalgraph/formats';
import { describe, expect, it } from 'vitest';
import { parseCorpusConfig } from '../src/corpus/config.ts';
import { type CorpusProgress, runCorpus } from '../src/corpus/run.ts';
import { fresh, make, prose, source, stepOf } from './corpus-fixture.ts';

describe('compressed lines', () => {
  const rows = Array.from({ length: 3000 }, (_, at) =>
    at % 500 === 7 ? null : `${at} ${prose(700)} \u{1f600}`,
  );
  const plain = Buffer.from(rows.map((text) => `${JSON.stringify({ text })}\n`).join(''));
  /** In parts of their own, as parallel compressors write them; neither ends with a line. */
  const parts = [plain.subarray(0, 5_000_001), plain.subarray(5_000_001)];
  const packed: Readonly<Record<string, Buffer>> = {
    'web.jsonl': plain,
    'web.json.gz': Buffer.concat(parts.map((part) => gzipSync(part))),
    'web.jsonl.zst': Buffer.concat(parts.map((part) => zstdCompressSync(part))),
  };
  const declare = { sources: [{ name: 'web', kind: 'jsonl', licence: 'CC0-1.0' }], shuffle: false };

  it('are the documents of the plain file, found without a pattern', async () => {
    expect(plain.length).toBeGreaterThan(7_000_000);
    const made = await Promise.all(
      Object.entries(packed).map(async ([name, bytes]) => {
        const folder = fresh();
        writeFileSync(join(folder, name), bytes);
        return make(folder, declare);
      }),
    );
    for (const { texts, card } of made) {
      expect(texts.length).toBe(2994);
      expect(sha256Hex(texts.join('\n'))).toBe(sha256Hex(rows.filter((text) => text !== null).join('\n')));
      expect(stepOf(card, 'read')).toMatchObject({ documentsIn: 3000, reasons: { 'no text': 6 } });
    }
  });

  it('tell how far they are, within one file', async () => {
    const folder = fresh();
    writeFileSync(join(folder, 'web.json.gz'), packed['web.json.gz'] ?? plain);
    const shares: number[] = [];
    const config = parseCorpusConfig(declare);
    const onProgress = ({ phase, share }: CorpusProgress): void => {
      if (phase === 1) shares.push(share);
    };
    await runCorpus(config, { folder, output: join(folder, 'out'), workers: 2, onProgress });
    expect(shares.length).toBeGreaterThan(2);
    expect(shares[0]).toBeGreaterThan(0.2);
    expect(shares[0]).toBeLessThan(0.9);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it('of a text are documents as well', async () => {
    const folder = fresh();
    writeFileSync(join(folder, 'a.txt.gz'), gzipSync('one\n\ntwo'));
    const text = { name: 'web', kind: 'text', files: '*.gz', documents: 'line', licence: 'CC0-1.0' };
    expect((await make(folder, { sources: [text], shuffle: false })).texts).toEqual(['one', 'two']);
  });

  it('that are damaged, cut short or packed otherwise are one message', async () => {
    const damaged = (bytes: Buffer): Buffer => Buffer.from(bytes).fill(0xee, 12, 100);
    for (const [name, bytes] of [
      ['web.json.gz', packed['web.json.gz']?.subarray(0, -9)],
      ['web.jsonl.zst', packed['web.jsonl.zst']?.subarray(0, -9)],
      ['web.json.gz', damaged(packed['web.json.gz'] ?? plain)],
      ['web.jsonl.zst', damaged(packed['web.jsonl.zst'] ?? plain)],
      ['web.jsonl.zst', plain],
      ['web.jsonl.xz', plain],
    ] as const) {
      const folder = fresh();
      writeFileSync(join(folder, name), bytes ?? plain);
      const run = make(folder, { ...declare, sources: [source({ files: name })] });
      const error = await run.then(() => 'nothing', String);
      expect(error).toContain(`${join(folder, name)} cannot be unpacked`);
    }
  });

  it('that unpack to a thousand times their size are one message', async () => {
    const blank = Buffer.alloc(100_000_000, '\n');
    const endless = Buffer.alloc(100_000_000, 'a');
    const bombs: readonly (readonly [string, Buffer, RegExp])[] = [
      ['blank.jsonl.gz', gzipSync(blank), /blank\.jsonl\.gz cannot be unpacked: .*unpack to/],
      ['blank.jsonl.zst', zstdCompressSync(blank), /blank\.jsonl\.zst cannot be unpacked: .*unpack to/],
      ['endless.jsonl.gz', gzipSync(endless), /endless\.jsonl\.gz.*(the line at byte 0 is longer|unpack to)/],
      [
        'endless.jsonl.zst',
        zstdCompressSync(endless),
        /endless\.jsonl\.zst.*(the line at byte 0 is longer|unpack to)/,
      ],
    ];
    for (const [name, bytes, message] of bombs) {
      const folder = fresh();
      writeFileSync(join(folder, name), bytes);
      await expect(make(folder, declare)).rejects.toThrow(message);
    }
  }, 60_000);
});

/** Packing against a plain Python packing of the same texts (fixtures/corpus/make.py). */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { messages } from '../src/pack/messages.ts';
import { type Encode, packCorpus } from '../src/pack/pack.ts';
import type { PackIndex } from '../src/pack/records.ts';
import type { LossWeight } from '../src/pack/settings.ts';
import { TokenStream } from '../src/pack/stream.ts';
import { openPackTokenizer } from '../src/pack/tokenizer.ts';

interface Case {
  readonly sequenceLength: number;
  readonly bos: number | null;
  readonly eos: number | null;
  readonly text: number;
  readonly dropped: number;
  readonly sequences: readonly (readonly number[])[];
}
const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/corpus/${name}`, import.meta.url));
const { vocabularySize, texts, cases, asked, weighted } = JSON.parse(
  readFileSync(fixture('pack.json'), 'utf8'),
) as {
  vocabularySize: number;
  texts: readonly string[];
  cases: readonly Case[];
  asked: readonly string[];
  weighted: readonly {
    rules: readonly LossWeight[];
    sequences: readonly (readonly number[])[];
    weights: readonly (readonly number[])[];
    unweighted: number;
  }[];
};
const { encode } = await openPackTokenizer(fixture(''));

const root = mkdtempSync(join(tmpdir(), 'evalgraph-pack-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const fresh = (): string => {
  folders += 1;
  return join(root, String(folders));
};

async function corpusOf(documents: readonly string[]): Promise<string> {
  const folder = fresh();
  await mkdir(folder);
  writeFileSync(join(folder, 'a.jsonl'), documents.map((text) => `${JSON.stringify({ text })}\n`).join(''));
  const counts = { documents: documents.length, characters: 0, textBytes: 0, fileBytes: 0 };
  const shard = { file: 'a.jsonl', ...counts, sha256: '0'.repeat(64) };
  writeFileSync(
    join(folder, 'index.json'),
    JSON.stringify({ version: 1, key: 'k', format: 'jsonl', columns: ['text'], shards: [shard] }),
  );
  return folder;
}

function readPacked(folder: string, index: PackIndex): readonly (readonly number[])[] {
  return index.shards.flatMap(({ file, sequences }) => {
    const bytes = readFileSync(join(folder, file));
    const width = index.dtype === 'uint16' ? 2 : 4;
    expect(bytes.length).toBe(sequences * index.sequenceLength * width);
    return Array.from({ length: sequences }, (_, row) =>
      Array.from({ length: index.sequenceLength }, (_, column) =>
        bytes.readUIntLE((row * index.sequenceLength + column) * width, width),
      ),
    );
  });
}

describe('packing', () => {
  it.each(
    cases.flatMap((one) => [3, 1000].map((shardSequences) => ({ ...one, shardSequences }))),
  )("$sequenceLength tokens, bos $bos, eos $eos, $shardSequences a shard: Python's sequences", async ({
    sequenceLength,
    bos,
    eos,
    shardSequences,
    ...expected
  }) => {
    const config = { sequenceLength, bos, eos, shardSequences, vocabularySize, lossWeights: [] };
    const output = fresh();
    const index = await packCorpus(config, { corpus: await corpusOf(texts), output, encode, tokenizer: 't' });
    expect(readPacked(output, index)).toEqual(expected.sequences);
    expect(index.counts).toEqual({
      documents: texts.length,
      text: expected.text,
      bos: bos === null ? 0 : texts.length,
      eos: eos === null ? 0 : texts.length,
      packed: expected.sequences.length * sequenceLength,
      dropped: expected.dropped,
    });
  });

  it('goes on after a break and gives the same bytes', async () => {
    const config = {
      sequenceLength: 16,
      bos: 0,
      eos: 1,
      shardSequences: 5000,
      vocabularySize,
      lossWeights: [],
    };
    // More than one batch for the tokenizer.
    const long = texts.map((text) => text.repeat(1000));
    const corpus = await corpusOf(long);
    const whole = await packCorpus(config, { corpus, output: fresh(), encode, tokenizer: 't' });
    const output = fresh();
    let calls = 0;
    const broken: Encode = async (batch) => {
      calls += 1;
      if (calls === 2) throw new Error('killed');
      return await encode(batch, false);
    };
    await expect(packCorpus(config, { corpus, output, encode: broken, tokenizer: 't' })).rejects.toThrow(
      'killed',
    );
    let characters = 0;
    const counted: Encode = async (batch) => {
      characters += batch.reduce((sum, text) => sum + text.length, 0);
      return await encode(batch, false);
    };
    expect(await packCorpus(config, { corpus, output, encode: counted, tokenizer: 't' })).toEqual(whole);
    expect(characters).toBeGreaterThan(0);
    expect(characters).toBeLessThan(long.reduce((sum, text) => sum + text.length, 0));
    const none: Encode = () => Promise.reject(new Error('asked again'));
    expect(await packCorpus(config, { corpus, output, encode: none, tokenizer: 't' })).toEqual(whole);
  });

  it.each(
    weighted.flatMap((one, at) => [1, 3, 1000].map((shardSequences) => ({ ...one, at, shardSequences }))),
  )("weighs tokens by patterns as Python's re does: rules $at, $shardSequences a shard", async ({
    rules,
    sequences,
    weights,
    unweighted,
    shardSequences,
  }) => {
    const config = { sequenceLength: 8, bos: 0, eos: 1, shardSequences, vocabularySize, lossWeights: rules };
    const output = fresh();
    const corpus = await corpusOf(asked);
    const index = await packCorpus(config, { corpus, output, encode, tokenizer: 't' });
    expect(readPacked(output, index)).toEqual(sequences);
    const listed = index.lossWeights ?? [];
    const found = index.shards.flatMap(({ weights: file }) =>
      Array.from(readFileSync(join(output, file?.file ?? '')), (level) => listed[level]),
    );
    expect(found).toEqual(weights.flat());
    const { text, bos, eos, packed, dropped, unweighted: left } = index.counts;
    expect(left).toBe(unweighted);
    expect(text + bos + eos).toBe(packed + unweighted + dropped);
  });

  it('goes on after a break with the same weights', async () => {
    const lossWeights = [{ pattern: 'Answer: (?<answer>\\w+)', flags: '', weight: 3 }];
    const config = { sequenceLength: 16, bos: 0, eos: 1, shardSequences: 3000, vocabularySize, lossWeights };
    const corpus = await corpusOf(asked.map((text) => `${text}\n`.repeat(9000)));
    const whole = await packCorpus(config, { corpus, output: fresh(), encode, tokenizer: 't' });
    const output = fresh();
    let calls = 0;
    const broken: Encode = async (batch, wantsEnds) => {
      calls += 1;
      if (calls === 2) throw new Error('killed');
      return await encode(batch, wantsEnds);
    };
    await expect(packCorpus(config, { corpus, output, encode: broken, tokenizer: 't' })).rejects.toThrow(
      'killed',
    );
    expect(await packCorpus(config, { corpus, output, encode, tokenizer: 't' })).toEqual(whole);
  });

  it('refuses weights by which nothing counts, and a pattern that takes too long', async () => {
    const config = { sequenceLength: 8, bos: null, eos: null, shardSequences: 9, vocabularySize };
    const nothing = [{ pattern: '.', flags: 's', weight: 0 }];
    await expect(
      packCorpus(
        { ...config, lossWeights: nothing },
        { corpus: await corpusOf(asked), output: fresh(), encode, tokenizer: 't' },
      ),
    ).rejects.toThrow(/none of the \d+ tokens counts/);
    const slow = { pattern: '(a+)+b', flags: '', weight: 2 };
    await expect(
      packCorpus(
        { ...config, lossWeights: [slow] },
        { corpus: await corpusOf(['a b', 'a'.repeat(40)]), output: fresh(), encode, tokenizer: 't' },
      ),
    ).rejects.toThrow(messages.packRegexSlow(slow.pattern, 1, 1000).message);
  });

  it('writes four bytes a token for a large vocabulary', async () => {
    const config = {
      sequenceLength: 2,
      bos: null,
      eos: null,
      shardSequences: 9,
      vocabularySize: 65_537,
      lossWeights: [],
    };
    const output = fresh();
    const large: Encode = (batch) => Promise.resolve(batch.map(() => ({ ids: [65_536, 1], ends: [] })));
    const index = await packCorpus(config, {
      corpus: await corpusOf(['a']),
      output,
      encode: large,
      tokenizer: 't',
    });
    expect(index.dtype).toBe('uint32');
    expect(readPacked(output, index)).toEqual([[65_536, 1]]);
  });

  it('refuses a token outside the vocabulary and a corpus shorter than a sequence', async () => {
    const config = {
      sequenceLength: 8,
      bos: null,
      eos: null,
      shardSequences: 9,
      vocabularySize: 5,
      lossWeights: [],
    };
    const corpus = await corpusOf(['a']);
    const one: Encode = () => Promise.resolve([{ ids: [7], ends: [] }]);
    await expect(
      packCorpus(config, { corpus, output: fresh(), encode: one, tokenizer: 't' }),
    ).rejects.toThrow(messages.packBadToken(0, 7, 5).message);
    const few: Encode = () => Promise.resolve([{ ids: [1, 2], ends: [] }]);
    await expect(
      packCorpus(config, { corpus, output: fresh(), encode: few, tokenizer: 't' }),
    ).rejects.toThrow(messages.packTooShort(2, 8).message);
  });

  it('keeps every token in order, whatever the documents', () => {
    const documents = fc.array(fc.array(fc.integer({ min: 2, max: 99 }), { maxLength: 30 }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(
        documents,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 4 }),
        (list, length, rows) => {
          const stream = new TokenStream({ sequenceLength: length, bos: 0, eos: 1 }, length * rows);
          const found: number[] = [];
          for (const tokens of list) stream.add(tokens, (piece) => found.push(...piece.tokens));
          expect([...found, ...stream.rest().tokens]).toEqual(list.flatMap((tokens) => [0, ...tokens, 1]));
        },
      ),
      { seed: 14, numRuns: 300 },
    );
  });
});

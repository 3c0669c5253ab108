/** Corpora from small files: every step's counts, planted duplicates, resumption, and the same bytes from any number of workers. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { parquetInfo, readParquet, sha256Hex, UserError } from '@evalgraph/formats';
import { afterAll, describe, expect, it } from 'vitest';
import type { CorpusCard } from '../src/corpus/card.ts';
import { parseCorpusConfig } from '../src/corpus/config.ts';
import { corpusKeyParts } from '../src/corpus/key.ts';
import { corpusMessages } from '../src/corpus/messages.ts';
import { planPhases } from '../src/corpus/plan.ts';
import { type CorpusProgress, runCorpus } from '../src/corpus/run.ts';

const root = mkdtempSync(join(tmpdir(), 'evalgraph-corpus-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
function fresh(): string {
  folders += 1;
  const folder = join(root, String(folders));
  mkdirSync(folder);
  return folder;
}

let state = 7;
function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}
const WORDS = Array.from({ length: 3000 }, (_, at) => `w${at.toString(36)}`);
const word = (): string => WORDS[Math.floor(random() * WORDS.length)] ?? '';
const prose = (words: number): string => Array.from({ length: words }, word).join(' ');

function writeRows(folder: string, name: string, texts: readonly (string | null)[]): void {
  writeFileSync(join(folder, name), texts.map((text) => `${JSON.stringify({ text })}\n`).join(''));
}

const source = (more: object = {}): object => ({
  name: 'web',
  kind: 'jsonl',
  files: 'web.jsonl',
  licence: 'CC0-1.0',
  ...more,
});

async function make(
  folder: string,
  declaration: object,
  options: { readonly workers?: number; readonly output?: string } = {},
): Promise<{ readonly card: CorpusCard; readonly texts: readonly string[]; readonly digest: string }> {
  const output = join(folder, options.output ?? 'out');
  const config = parseCorpusConfig({ output: { format: 'jsonl' }, ...declaration });
  const card = await runCorpus(config, { folder, output, workers: options.workers ?? 1 });
  const files = readdirSync(output)
    .filter((name) => name !== 'run.json')
    .sort();
  const lines = files
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(output, name), 'utf8').trim().split('\n'));
  const texts = lines.map((line) => (JSON.parse(line) as { text: string }).text);
  const digest = sha256Hex(
    files.map((name) => `${name} ${sha256Hex(readFileSync(join(output, name)))}`).join('\n'),
  );
  return { card, texts, digest };
}

const stepOf = (card: CorpusCard, name: string) => {
  const found = card.steps.find((step) => step.name === name);
  if (found === undefined) throw new Error(`no step ${name}`);
  return found;
};

describe('steps', () => {
  it('count what they remove, keep examples and run in the declared order', async () => {
    const folder = fresh();
    writeRows(folder, 'web.jsonl', [
      'a good line of text',
      'short',
      null,
      ' ',
      'secret: a good line',
      'call 555-1234 now, please',
      'short',
    ]);
    const { card, texts } = await make(folder, {
      sources: [source()],
      shuffle: false,
      examples: 1,
      steps: [
        { step: 'length', minWords: 2 },
        { step: 'regex', pattern: '^secret' },
        { step: 'regex', pattern: '\\d{3}-\\d{4}', action: 'replace', replacement: '$1' },
      ],
    });
    expect(texts).toEqual(['a good line of text', 'call $1 now, please']);
    expect(stepOf(card, 'read')).toMatchObject({
      documentsIn: 7,
      documentsRemoved: 2,
      reasons: { 'no text': 1, empty: 1 },
    });
    expect(stepOf(card, 'length')).toMatchObject({
      documentsIn: 5,
      documentsRemoved: 2,
      charactersRemoved: 10,
      reasons: { minWords: 2 },
      examples: [{ source: 'web', reason: 'minWords', text: 'short', duplicateOf: null }],
    });
    expect(card.steps[3]).toMatchObject({ documentsRemoved: 0, documentsChanged: 1, charactersRemoved: 6 });
    expect(card).toMatchObject({ documents: 2, shards: 1, licences: ['CC0-1.0'] });
    expect(card.sources[0]).toMatchObject({ documents: 2, files: 1 });
  });

  it('remove short paragraphs, documents with too few lines, and other languages', async () => {
    const folder = fresh();
    const english = 'The river was low that summer, and nobody could remember a year like it.';
    const german = 'Der Fluss war in jenem Sommer niedrig, und niemand erinnerte sich an so ein Jahr.';
    writeRows(folder, 'web.jsonl', [`${english}\n\nMenu\n\n${english}`, `${german}\n\n${german}`, english]);
    const { card, texts } = await make(folder, {
      sources: [source()],
      steps: [
        { step: 'length', minLines: 2, minLineCharacters: 3 },
        { step: 'paragraphs', minCharacters: 10 },
        { step: 'language', keep: ['en'] },
      ],
    });
    expect(texts).toEqual([`${english}\n\n${english}`]);
    expect(card.steps.slice(1).map(({ reasons }) => reasons)).toEqual([
      { minLines: 1 },
      {},
      { 'language de': 1 },
    ]);
  });

  it('report the overlap with tasks and remove what overlaps', async () => {
    const folder = fresh();
    const question = prose(30);
    const short = prose(9);
    writeRows(folder, 'web.jsonl', [
      `${prose(40)} ${question.toUpperCase()}, ${prose(9)}`,
      `${question.split(' ').slice(0, 12).join(' ')} ${prose(30)}`,
      `${prose(5)} ${short}`,
      prose(50),
    ]);
    const rows = [
      { task: 'quiz', text: question },
      { task: 'quiz', text: 'too short' },
      { task: 'trivia', text: short },
      { task: 'other', text: prose(40) },
    ];
    writeFileSync(join(folder, 'tasks.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const { card } = await make(folder, {
      sources: [source()],
      steps: [{ step: 'decontaminate', against: 'tasks.jsonl' }],
    });
    expect(stepOf(card, 'decontaminate').reasons).toEqual({
      'overlap with quiz': 1,
      'overlap with trivia': 1,
    });
    expect(stepOf(card, 'decontaminate').overlaps).toEqual([
      { task: 'quiz', documents: 1, taskDocumentsMet: 1, taskDocuments: 1, taskDocumentsTooShort: 1 },
      { task: 'trivia', documents: 1, taskDocumentsMet: 1, taskDocuments: 1, taskDocumentsTooShort: 0 },
      { task: 'other', documents: 0, taskDocumentsMet: 0, taskDocuments: 1, taskDocumentsTooShort: 0 },
    ]);
  });

  it('stop at a regular expression without end, and name the document', async () => {
    const folder = fresh();
    writeRows(folder, 'web.jsonl', ['b', `${'a'.repeat(40)}!`]);
    const run = make(folder, {
      sources: [source()],
      steps: [{ step: 'regex', pattern: '^(a+)+$', timeoutMs: 50 }],
    });
    await expect(run).rejects.toThrow(
      corpusMessages.slowRegex('regex', '^(a+)+$', 'web.jsonl:13', 50).message,
    );
  });
});

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
});

describe('duplicates', () => {
  it('exact ones go, as they are or normalised; the first stays', async () => {
    const folder = fresh();
    writeRows(folder, 'web.jsonl', ['One text', 'another', 'One text', 'one  TEXT', 'another']);
    const declare = (by: string) => ({
      sources: [source()],
      shuffle: false,
      steps: [{ step: 'exact-duplicates', by }],
    });
    const { card, texts } = await make(folder, declare('text'));
    expect(texts).toEqual(['One text', 'another', 'one  TEXT']);
    expect(stepOf(card, 'exact-duplicates').examples[0]).toMatchObject({
      text: 'One text',
      duplicateOf: 'web/web.jsonl:0',
    });
    expect((await make(folder, declare('normalised'))).texts).toEqual(['One text', 'another']);
  });

  it('near ones: recall and precision on a planted set', async () => {
    const folder = fresh();
    // 300 originals; of each a copy with 1 % of its words changed, and one that shares 40 % of the text.
    const texts: string[] = [];
    const role: ('original' | 'copy' | 'other')[] = [];
    for (let at = 0; at < 300; at += 1) {
      const words = prose(200).split(' ');
      const changed = words.map((one, no) => (no === 60 || no === 140 ? word() : one));
      texts.push(words.join(' '), `${changed.join(', ')}.`, `${words.slice(0, 80).join(' ')} ${prose(120)}`);
      role.push('original', 'copy', 'other');
    }
    writeRows(folder, 'web.jsonl', texts);
    const { texts: kept } = await make(folder, {
      sources: [source()],
      shuffle: false,
      steps: [{ step: 'near-duplicates' }],
    });
    const left = new Set(kept);
    const removed = texts.map((text) => !left.has(text));
    const caught = removed.filter((is, at) => is && role[at] === 'copy').length;
    expect(caught / 300).toBeGreaterThanOrEqual(0.99);
    expect(removed.filter((is, at) => is && role[at] !== 'copy').length).toBe(0);
  });
});

describe('samples and mixes', () => {
  const write = (folder: string): void => {
    writeRows(
      folder,
      'a.jsonl',
      Array.from({ length: 300 }, (_, at) => `a${String(at).padStart(9, '0')}`),
    );
    writeRows(
      folder,
      'b.jsonl',
      Array.from({ length: 100 }, (_, at) => `b${String(at).padStart(9, '0')}`),
    );
  };
  const two = (a: object, b: object) => [
    source({ name: 'a', files: 'a.jsonl', ...a }),
    source({ name: 'b', files: 'b.jsonl', ...b }),
  ];
  const count = (texts: readonly string[], letter: string): number =>
    texts.filter((text) => text.startsWith(letter)).length;

  it('a sample is drawn by the seed, by documents or bytes', async () => {
    const folder = fresh();
    write(folder);
    const draw = async (seed: number) =>
      (
        await make(folder, {
          seed,
          sources: two(
            { sample: { unit: 'documents', amount: 50 } },
            { sample: { unit: 'bytes', amount: 95 } },
          ),
        })
      ).texts;
    const first = await draw(1);
    expect([count(first, 'a'), count(first, 'b')]).toEqual([50, 10]);
    expect(await draw(1)).toEqual(first);
    expect(new Set(await draw(2))).not.toEqual(new Set(first));
  });

  it('a mix takes by weight as much as the scarcest source allows', async () => {
    const folder = fresh();
    write(folder);
    const { card, texts } = await make(folder, {
      sources: two({ weight: 1 }, { weight: 4 }),
      mix: { unit: 'documents' },
    });
    expect([count(texts, 'a'), count(texts, 'b')]).toEqual([25, 100]);
    expect(stepOf(card, 'mix').reasons).toEqual({ 'not in the mix': 275 });
    const run = make(folder, {
      sources: two({ weight: 1 }, { weight: 4 }),
      mix: { unit: 'documents', total: 200 },
    });
    await expect(run).rejects.toThrow(corpusMessages.tooFew('b', 'documents', 160, 100).message);
  });

  it('shuffles by the seed, and keeps every document', async () => {
    const folder = fresh();
    write(folder);
    const { texts } = await make(folder, { sources: two({}, {}) });
    expect([...texts].sort()).toEqual(
      [...(await make(folder, { sources: two({}, {}), shuffle: false })).texts].sort(),
    );
    expect(count(texts.slice(0, 200), 'b')).toBeGreaterThan(25);
  });
});

describe('a run', () => {
  const steps = [
    { step: 'length', minWords: 20 },
    { step: 'exact-duplicates' },
    { step: 'regex', pattern: 'w1', action: 'replace', replacement: 'x' },
    { step: 'near-duplicates' },
    { step: 'repetition' },
  ];
  /** Larger than a unit, so that lines straddle its ends. */
  const large = (folder: string): void => {
    const texts = Array.from({ length: 3000 }, (_, at) => prose(at % 7 === 0 ? 10 : 600));
    writeRows(folder, 'web.jsonl', [...texts, ...texts.slice(0, 300)]);
    mkdirSync(join(folder, 'code/.git'), { recursive: true });
    writeFileSync(join(folder, 'code/a.py'), prose(40));
    writeFileSync(join(folder, 'code/.git/b.py'), prose(40));
    writeFileSync(join(folder, 'code/c.py'), Buffer.from([0xff, 0xfe]));
  };
  const sources = [
    source(),
    source({ name: 'code', kind: 'code', path: 'code', files: '**/*.py', licence: 'MIT' }),
  ];

  it('gives the same bytes from one, two and three workers', async () => {
    const folder = fresh();
    large(folder);
    const declaration = { sources, steps, output: { format: 'jsonl', shardBytes: 2_000_000 } };
    const one = await make(folder, declaration, { workers: 1, output: 'one' });
    expect(one.card.shards).toBeGreaterThan(3);
    expect(stepOf(one.card, 'read')).toMatchObject({ documentsIn: 3302, reasons: { 'not UTF-8 text': 1 } });
    for (const workers of [2, 3]) {
      const more = await make(folder, declaration, { workers, output: `workers-${workers}` });
      expect(more.digest).toBe(one.digest);
    }
  });

  it('goes on where it was ended, and does nothing twice', async () => {
    const folder = fresh();
    large(folder);
    const config = parseCorpusConfig({ sources, steps, output: { format: 'jsonl' } });
    const whole = await make(folder, { sources, steps }, { output: 'whole' });
    for (const last of [1, 3]) {
      const output = join(folder, `resumed-${last}`);
      const stop = new AbortController();
      const onProgress = ({ phase }: { phase: number }): void => {
        if (phase === last) stop.abort();
      };
      const options = { folder, output, workers: 1 };
      await expect(runCorpus(config, { ...options, onProgress, signal: stop.signal })).rejects.toThrow(
        'abort',
      );
      const resumed = await make(folder, { sources, steps }, { output: `resumed-${last}` });
      expect(resumed.digest).toBe(whole.digest);
      expect(readdirSync(folder)).not.toContain(`resumed-${last}.partial`);
      const before = readFileSync(join(output, 'run.json'), 'utf8');
      await runCorpus(config, options);
      expect(readFileSync(join(output, 'run.json'), 'utf8')).toBe(before);
    }
  });

  it('writes parquet that reads back, and reads it as a source', async () => {
    const folder = fresh();
    const texts = ['Größe, 日本語 😀', 'second\n\nparagraph', 'x'.repeat(50_000)];
    writeRows(folder, 'web.jsonl', texts);
    const config = parseCorpusConfig({ sources: [source()], shuffle: false });
    await runCorpus(config, { folder, output: join(folder, 'out'), workers: 1 });
    const file = join(folder, 'out/corpus-00000-of-00001.parquet');
    expect([...(await parquetInfo(file)).columns]).toEqual([
      ['id', 'text'],
      ['source', 'text'],
      ['text', 'text'],
    ]);
    const rows: unknown[] = [];
    for await (const { value } of readParquet(file)) rows.push(value.get('text'));
    expect(rows).toEqual(texts);
    const again = await make(
      folder,
      {
        sources: [source({ kind: 'parquet', path: 'out', files: '*.parquet' })],
        shuffle: false,
      },
      { output: 'again' },
    );
    expect(again.texts).toEqual(texts);
  });

  it('refuses inputs that are missing, malformed or emptied', async () => {
    const folder = fresh();
    writeFileSync(join(folder, 'web.jsonl'), '{"text": "a b"}\n{"body": "c"}\n');
    await expect(make(folder, { sources: [source({ files: '*.txt' })] })).rejects.toThrow(
      corpusMessages.noFiles('web', folder, ['*.txt']).message,
    );
    await expect(make(folder, { sources: [source()] })).rejects.toMatchObject({
      problems: [{ code: 'corpus-no-column' }],
    });
    writeFileSync(join(folder, 'web.jsonl'), '{"text": "a b"}\n{"text"\n');
    await expect(make(folder, { sources: [source()] })).rejects.toMatchObject({
      problems: [{ code: 'corpus-not-jsonl' }],
    });
    writeRows(folder, 'web.jsonl', ['a']);
    const run = make(folder, { sources: [source()], steps: [{ step: 'length', minWords: 5 }] });
    await expect(run).rejects.toThrow(corpusMessages.nothingLeft().message);
  });
});

describe('a declaration', () => {
  it('becomes strict, with every default written in', () => {
    const config = parseCorpusConfig({ sources: [source()], steps: [{ step: 'near-duplicates' }] });
    expect(config.steps).toEqual([
      { step: 'near-duplicates', n: 5, unit: 'words', bands: 14, rows: 8, seed: 1, threshold: 0.7 },
    ]);
    expect(config.sources[0]).toMatchObject({
      column: 'text',
      sample: null,
      weight: 1,
      files: ['web.jsonl'],
    });
  });

  it('is refused with every problem at once', () => {
    const declaration = {
      sources: [source(), source({ weight: -1, colour: 1 })],
      steps: [{ step: 'lenght' }, { step: 'regex', pattern: '(' }, { step: 'language', keep: ['english'] }],
      sede: 1,
    };
    try {
      parseCorpusConfig(declaration);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      expect(error.problems.length).toBe(7);
      expect(error.message).toContain("Did you mean 'length'?");
    }
  });

  it('plans phases at the steps that look at all documents', () => {
    const config = parseCorpusConfig({
      sources: [source({ sample: { unit: 'documents', amount: 1 } })],
      steps: [{ step: 'quality' }, { step: 'exact-duplicates' }, { step: 'repetition' }],
    });
    const phases = planPhases(config).map(({ local, ending }) => [
      local.map(({ step }) => step.step),
      ending.kind,
    ]);
    expect(phases).toEqual([
      [[], 'sample'],
      [['quality'], 'duplicates'],
      [['repetition'], 'mix'],
    ]);
  });

  it('is all of the key, with the inputs', () => {
    const config = parseCorpusConfig({ sources: [source()] });
    const inputs = [{ of: 'web', name: 'web.jsonl', sha256: 'x' }];
    expect(corpusKeyParts(config, inputs)).toEqual({ stage: 'corpus', version: 1, config, inputs });
  });
});

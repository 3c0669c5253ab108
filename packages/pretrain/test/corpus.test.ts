/** Corpora from small files: every step's counts, planted duplicates, resumption, and the same bytes from any number of workers. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetInfo, readParquet, UserError } from '@evalgraph/formats';
import { describe, expect, it } from 'vitest';
import { parseCorpusConfig } from '../src/corpus/config.ts';
import { corpusKeyParts } from '../src/corpus/key.ts';
import { messages } from '../src/corpus/messages.ts';
import { planPhases } from '../src/corpus/plan.ts';
import { runCorpus } from '../src/corpus/run.ts';
import { fresh, make, prose, source, stepOf, word, writeRows } from './corpus-fixture.ts';

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
      messages.corpusRegexSlow('regex', '^(a+)+$', 'web.jsonl:13', 50).message,
    );
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
    await expect(run).rejects.toThrow(messages.corpusTooLittle('b', 'documents', 160, 100).message);
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
    symlinkSync('/no/such/file', join(folder, 'code/gone.py'));
    symlinkSync('round.py', join(folder, 'code/round.py'));
    symlinkSync('..', join(folder, 'code/up'));
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
      messages.corpusNoFiles('web', folder, ['*.txt']).message,
    );
    await expect(make(folder, { sources: [source()] })).rejects.toMatchObject({
      problems: [{ code: 'corpus-no-column' }],
    });
    writeFileSync(join(folder, 'web.jsonl'), '{"text": "a b"}\n{"text"\n');
    await expect(make(folder, { sources: [source()] })).rejects.toMatchObject({
      problems: [{ code: 'corpus-not-jsonl' }],
    });
    writeFileSync(join(folder, 'web.jsonl'), '{"text": "a b"}\n{"text": ["c"]}\n');
    const notText = messages.corpusNoColumn.notText(join(folder, 'web.jsonl'), 16, 'text', ['c']).message;
    await expect(make(folder, { sources: [source()] })).rejects.toThrow(notText);
    symlinkSync('/no/such/file', join(folder, 'gone.jsonl'));
    await expect(make(folder, { sources: [source({ files: '*.jsonl' })] })).rejects.toThrow(
      messages.unreadableFile(join(folder, 'gone.jsonl'), 'ENOENT').message,
    );
    writeRows(folder, 'web.jsonl', ['a']);
    const run = make(folder, { sources: [source()], steps: [{ step: 'length', minWords: 5 }] });
    await expect(run).rejects.toThrow(messages.corpusEmpty().message);
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
    const texts = parseCorpusConfig({ sources: [source(), source({ name: 'books', kind: 'text' })] });
    expect(corpusKeyParts(texts, inputs)).toMatchObject({ version: 1, textFiles: 1 });
  });
});

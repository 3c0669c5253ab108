/**
 * Tokenizer folders as transformers reads them: ids, decoded texts, special tokens, lm-eval's prefix token and its encoding
 * of scored texts, and greedy texts under generation settings are equal, or the folder is refused by name.
 * Needs transformers 5 and lm-eval: EVALGRAPH_PYTHON names the Python that has them.
 *   EVALGRAPH_PYTHON=.venv/bin/python npx vitest run packages/runner/test/tokenizer-judge.test.ts
 * Without them, answers that transformers wrote earlier are the judge of some folders (with Python and
 * EVALGRAPH_WRITE_GOLDEN=1 they are written anew).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Problem, UserError } from '@evalgraph/formats';
import { openPackTokenizer } from '@evalgraph/pretrain';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { fuzz } from '../../formats/test/fuzz-support.ts';
import { NEEDS_PYTHON, judgePython as python } from '../../formats/test/judges.ts';
import { type Generation, type Judged, ourAnswer } from './support/tokenizer-answers.ts';
import { folderChange, oddText } from './support/tokenizer-changes.ts';
import { BASE_NAMES, type FolderSpec, folderSpec, WAYS, writeFolder } from './support/tokenizer-folders.ts';
import { SHAPE_NAMES, shapeSpec } from './support/tokenizer-shapes.ts';

const TIMEOUT_MS = 900_000;
const temporary = mkdtempSync(join(tmpdir(), 'tokenizer-judge-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

interface Asked {
  readonly name: string;
  readonly spec: FolderSpec;
  readonly texts: readonly string[];
  readonly generate: Generation | null;
}

const TEXTS: readonly string[] = [
  '',
  ' ',
  'hello world',
  '  the hello, and 12 worlds!  ',
  "it 's he ' s don 't ca n't , ab .",
  '<s>hello</s> the <|x|>and<|end|>',
  '[CLS] the [SEP]<unk>ing',
  '\n\tthe\r\n\u00a0er \u3000',
  'naïve Ω 日本 \u{1f600} e\u0301 \ufeff\u200b',
  '<|a|> the  <|b|>  and<|far|>x <|far|> y',
];

/** generation_config.json (null: none), more of config.json, and what a task sets. */
const GENERATIONS: readonly {
  readonly file: Readonly<Record<string, unknown>> | null;
  readonly model?: Readonly<Record<string, unknown>>;
  readonly keys?: Readonly<Record<string, unknown>>;
}[] = [
  { file: null },
  { file: {} },
  { file: { eos_token_id: [2, 40, 41] } },
  { file: { eos_token_id: 40 }, model: { eos_token_id: 41 } },
  { file: {}, model: { eos_token_id: 41 } },
  ...[1.05, 1.1, 1.3, 2.5, 0.8].map((repetition_penalty) => ({
    file: { eos_token_id: 2, repetition_penalty },
  })),
  { file: null, model: { repetition_penalty: 1.2 } },
  { file: { repetition_penalty: 1.3 }, keys: { repetition_penalty: 1.0 } },
  { file: { repetition_penalty: 1.3 }, keys: { repetition_penalty: 1.7 } },
  { file: { eos_token_id: 2 }, keys: { repetition_penalty: 1.15, no_repeat_ngram_size: 3 } },
  ...[1, 2, 3].map((no_repeat_ngram_size) => ({ file: { eos_token_id: 2, no_repeat_ngram_size } })),
  { file: { eos_token_id: [2, 9, 40], min_new_tokens: 8 } },
  { file: { eos_token_id: [2, 9, 40], min_length: 9 } },
  { file: { suppress_tokens: [4, 9, 40, 41, 100, 200, 300] } },
  { file: { begin_suppress_tokens: [4, 9, 40, 41, 100, 200, 300] } },
  { file: { forced_eos_token_id: 5 } },
  { file: { forced_eos_token_id: [5, 7] } },
  { file: { forced_bos_token_id: 6 } },
  { file: { bad_words_ids: [[9], [40, 41], [2]], eos_token_id: 2 } },
  {
    file: {
      sequence_bias: [
        [[9], 3.5],
        [[40, 41], -10.5],
        [[60], 2.5],
      ],
    },
  },
  { file: { exponential_decay_length_penalty: [2, 1.5], eos_token_id: [2, 9] } },
  { file: { encoder_repetition_penalty: 1.5 } },
  { file: { encoder_no_repeat_ngram_size: 2 } },
  { file: { remove_invalid_values: true, renormalize_logits: true } },
  { file: { max_new_tokens: 4 } },
  { file: { max_length: 5 } },
  { file: { do_sample: true, temperature: 0.7, top_p: 0.8, top_k: 20, typical_p: 0.9, min_p: 0.1 } },
  {
    file: {
      bos_token_id: 1,
      pad_token_id: 3,
      do_sample: true,
      eos_token_id: [2, 40],
      repetition_penalty: 1.1,
      temperature: 0.7,
      top_p: 0.8,
      top_k: 20,
      transformers_version: '4.37.0',
    },
  },
  // Refused by name.
  { file: { num_beams: 3 } },
  { file: { penalty_alpha: 0.6, top_k: 4 } },
  { file: { guidance_scale: 1.5 } },
  { file: { stop_strings: ['the'] } },
  { file: { prompt_lookup_num_tokens: 3 } },
  { file: { token_healing: true } },
  { file: { max_time: 0.1 } },
];

/** What sampled texts are drawn from: the checkpoint's word, the task's, and transformers' own. */
const DRAWN: typeof GENERATIONS = [
  { file: null },
  { file: {} },
  { file: { top_k: 20 } },
  { file: { top_p: 0.8 } },
  { file: { top_k: null, top_p: null } },
  { file: { top_k: 0, top_p: 1.0 } },
  { file: { do_sample: true, top_k: 20, top_p: 0.8 }, keys: { top_k: 5 } },
  { file: { do_sample: true, top_k: 20, top_p: 0.8 }, keys: { top_p: 0.5, top_k: 0 } },
  { file: null, model: { top_k: 30 } },
];

/** transformers' answers, folder by folder, from one process. */
function judge(asked: readonly Asked[]): readonly Judged[] {
  const file = join(temporary, 'asked.json');
  const answers = join(temporary, 'answers.jsonl');
  const folders = asked.map(({ spec, texts, generate }, index) => {
    const folder = join(temporary, String(index));
    rmSync(folder, { recursive: true, force: true });
    writeFolder(folder, spec);
    return { folder, addBosToken: spec.addBosToken, texts, generate };
  });
  writeFileSync(file, JSON.stringify(folders));
  execFileSync(python ?? '', [join(import.meta.dirname, 'support/tokenizer_judge.py'), file, answers], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: TIMEOUT_MS,
    // Its last words stand in the error; progress of a thousand tiny models is nobody's to read.
    maxBuffer: 64 * 1024 * 1024,
  });
  const lines = readFileSync(answers, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Judged);
}

interface Tally {
  equal: number;
  refused: string[];
  faults: string[];
  raised: number;
}

async function compare(asked: readonly Asked[]): Promise<Tally> {
  const judged = judge(asked);
  expect(judged).toHaveLength(asked.length);
  const tally: Tally = { equal: 0, refused: [], faults: [], raised: 0 };
  for (const [index, { name, spec, texts, generate }] of asked.entries()) {
    const theirs = judged[index];
    if (theirs === undefined) throw new Error('an answer is missing');
    if ('error' in theirs) {
      tally.raised += 1;
      continue;
    }
    try {
      const ours = await ourAnswer(join(temporary, String(index)), spec.addBosToken, texts, generate);
      const { class: _, ...known } = theirs;
      const different = Object.keys(known).filter(
        (key) =>
          JSON.stringify(ours[key as keyof typeof ours]) !== JSON.stringify(known[key as keyof typeof known]),
      );
      if (different.length === 0) tally.equal += 1;
      else tally.faults.push(`${name}: ${different.map((key) => difference(key, ours, known)).join('; ')}`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const [problem] = error.problems;
      if (isByName(problem)) tally.refused.push(`${name}: ${problem?.message}`);
      else tally.faults.push(`${name}: refused, but transformers reads it: ${problem?.message}`);
    }
  }
  const { equal, refused, raised, faults } = tally;
  console.info(
    `${asked.length} folders: ${equal} equal, ${refused.length} refused by name, ${raised} that transformers refuses, ${faults.length} faults`,
  );
  return tally;
}

/** A refusal for what we do not do; anything else means that we misread what transformers reads. */
function isByName(problem: Problem | undefined): boolean {
  return problem?.code.startsWith('unsupported-') === true;
}

function difference(key: string, ours: object, theirs: object): string {
  const [a, b] = [ours, theirs].map((answer) => new Map<string, unknown>(Object.entries(answer)).get(key));
  if (!Array.isArray(a) || !Array.isArray(b)) return `${key}: ${JSON.stringify(a)}, not ${JSON.stringify(b)}`;
  const at = a.findIndex((item, index) => JSON.stringify(item) !== JSON.stringify(b[index]));
  return `${key}[${at}]: ${JSON.stringify(a[at])}, not ${JSON.stringify(b[at])}`;
}

function withoutVocabulary({ tokenizer }: FolderSpec): object {
  const { vocab: _, merges: __, ...model } = tokenizer['model'] as Record<string, unknown>;
  return { ...tokenizer, model };
}

const CASES_FILE = join(import.meta.dirname, 'cases/tokenizer-answers.json');
interface Case {
  readonly base: string;
  readonly way: string;
  readonly answer: Judged;
}
const CASE_WAYS = [
  'truncation',
  'padding',
  'special_tokens_map.json',
  'BOS asked for',
  'EOS that is not in the vocabulary',
];
const RULES = { eos_token_id: [2, 40], repetition_penalty: 1.3, no_repeat_ngram_size: 3, min_new_tokens: 4 };
const CASE_PROMPTS = [
  [5, 9, 40, 9, 40],
  [1, 60, 61, 62, 60, 61],
];

function caseOf(base: string, way: string): Asked {
  const spec = folderSpec(base, [way]);
  spec.generation = RULES;
  const generate = { prompts: CASE_PROMPTS, kwargs: { max_gen_toks: 8 } };
  return { name: `${base}, ${way}`, spec, texts: TEXTS.slice(2, 6), generate };
}

describe('tokenizer folders that transformers answered for', () => {
  const cases = JSON.parse(readFileSync(CASES_FILE, 'utf8')) as Case[];

  it.each(cases)('$base, $way', async ({ base, way, answer }) => {
    if ('error' in answer) throw new Error(answer.error);
    const { spec, texts, generate } = caseOf(base, way);
    const folder = join(temporary, `${base} ${way}`);
    writeFolder(folder, spec);
    const { class: _, ...theirs } = answer;
    expect(await ourAnswer(folder, spec.addBosToken, texts, generate)).toEqual(theirs);
    // The packer sees the same tokens, whatever length the file was saved with.
    const { encode } = await openPackTokenizer(folder);
    const packed = (await encode(texts, false)).map(({ ids }) => Array.from(ids));
    if (spec.addBosToken === null) expect(packed).toEqual(theirs.texts.map(({ bare }) => bare));
  });
});

describe.skipIf(python === undefined)(`tokenizer folders (${NEEDS_PYTHON})`, () => {
  it(
    'of the committed cases have the answers that transformers gives now',
    () => {
      const all = BASE_NAMES.flatMap((base) => CASE_WAYS.map((way) => ({ base, way })));
      const answers = judge(all.map(({ base, way }) => caseOf(base, way)));
      const lines = all.map((one, index) => JSON.stringify({ ...one, answer: answers[index] }));
      const text = `[\n${lines.join(',\n')}\n]\n`;
      if (process.env['EVALGRAPH_WRITE_GOLDEN'] === '1') writeFileSync(CASES_FILE, text);
      expect(JSON.parse(readFileSync(CASES_FILE, 'utf8'))).toEqual(JSON.parse(text));
    },
    TIMEOUT_MS,
  );

  it(
    'of every kind, saved in every way, are read as transformers reads them, or refused by name',
    async () => {
      const asked = BASE_NAMES.flatMap((base) =>
        Object.keys(WAYS).map(
          (way): Asked => ({
            name: `${base}, ${way}`,
            spec: folderSpec(base, [way]),
            texts: TEXTS,
            generate: null,
          }),
        ),
      );
      expect(asked.length).toBeGreaterThan(60);
      const tally = await compare(asked);
      expect(tally.faults).toEqual([]);
      // Classes that are not rebuilt, and added tokens behind special ones where special ones are split.
      expect(tally.refused.filter((line) => !/Bert|T5|auto_map|split_special_tokens/.test(line))).toEqual([]);
      expect(tally.equal).toBeGreaterThan(200);
    },
    TIMEOUT_MS,
  );

  it(
    'of published shapes are read as transformers reads them, or refused by name',
    async () => {
      const texts = [
        ...TEXTS,
        'the  hello\n\n     12345 abab',
        "HELLO's <|im_end|>the</s> </s",
        'a'.repeat(3000),
      ];
      const tally = await compare(
        SHAPE_NAMES.map((name) => ({ name, spec: shapeSpec(name), texts, generate: null })),
      );
      expect(tally.faults).toEqual([]);
      expect(tally.refused).toEqual([expect.stringContaining('CodeGenTokenizer')]);
      expect(tally.raised).toBe(0);
    },
    TIMEOUT_MS,
  );

  it(
    'generate greedily as lm-eval’s generate does under every setting, or are refused by name',
    async () => {
      const prompts = [[5], [5, 9, 40, 9, 40], [1, 60, 61, 62, 60, 61, 7, 8, 9, 10, 11]];
      const asked = ['byte-level', 'bpe', 'wordpiece'].flatMap((base) =>
        [...GENERATIONS, ...DRAWN].map(({ file, model = {}, keys = {} }, index): Asked => {
          const spec = folderSpec(base, []);
          spec.generation = file;
          spec.model = { eos_token_id: 2, ...model };
          return {
            name: `${base}, ${JSON.stringify({ file, model, keys })}`,
            spec,
            texts: [],
            generate: {
              prompts,
              kwargs: { max_gen_toks: 10, ...keys },
              isDrawn: index >= GENERATIONS.length,
            },
          };
        }),
      );
      const tally = await compare(asked);
      expect(tally.faults).toEqual([]);
      expect(tally.refused.length).toBeLessThanOrEqual(7 * 3);
      expect(tally.equal).toBeGreaterThanOrEqual((32 + DRAWN.length) * 3);
    },
    TIMEOUT_MS,
  );

  it(
    'saved in several ways at once, are read so with any text',
    async () => {
      const { seed, numRuns } = fuzz(200);
      const perFolder = 20;
      const piece = fc.oneof(
        fc.constantFrom(
          'the',
          'hello',
          ' ',
          '  ',
          '\n',
          '<s>',
          '</s>',
          '[SEP]',
          '<|a|>',
          '<|end|>',
          '<eos>',
          "'s",
          ' .',
        ),
        fc.string({ unit: 'grapheme', maxLength: 8 }),
        fc.string({ unit: 'binary', maxLength: 4 }),
      );
      const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('').toWellFormed());
      const plain = fc.record({
        base: fc.constantFrom(...BASE_NAMES),
        ways: fc.uniqueArray(fc.constantFrom(...Object.keys(WAYS)), { minLength: 1, maxLength: 4 }),
        texts: fc.array(text, { minLength: perFolder, maxLength: perFolder }),
      });
      const shaped = fc.record({
        shape: fc.constantFrom(...SHAPE_NAMES),
        change: fc.option(folderChange, { freq: 30 }),
        texts: fc.array(oddText, { minLength: perFolder, maxLength: perFolder }),
      });
      const folders = fc.oneof(
        plain.map(({ base, ways, texts }): Asked => {
          const name = `${base}, ${ways.join(' + ')}`;
          return { name, spec: folderSpec(base, ways), texts, generate: null };
        }),
        shaped.map(({ shape, change, texts }): Asked => {
          const spec = shapeSpec(shape);
          change?.(spec);
          const name = JSON.stringify({ shape, ...spec, tokenizer: withoutVocabulary(spec) });
          return { name, spec, texts, generate: null };
        }),
      );
      const inputs = fc.sample(folders, { seed, numRuns: Math.ceil(numRuns / perFolder) });
      const tally = await compare(inputs);
      expect(tally.faults).toEqual([]);
      expect(tally.equal).toBeGreaterThan(inputs.length / 3);
    },
    TIMEOUT_MS,
  );
});

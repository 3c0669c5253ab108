/**
 * What the ready pipelines ask the hub for, under its real names and in its real layout: tiny models, invented rows
 * (fixtures/ready). Of one data set only the hub's own conversion has rows, as of those that are scripts.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leafTasks, libraryFolder, openTaskLibrary } from '@evalgraph/tasks';
import { type FakeRepository, type Files, filesIn } from './fake-hub.ts';
import { writeTinyModel } from './tiny-model.ts';

const fixtures = join(import.meta.dirname, '../fixtures/ready');
const taskRows = join(import.meta.dirname, '../../../tasks/test/library-data');
const POSITIONS = 3072;
/** Of the real repository; three of them are enough for a series whose steps are looked up. */
export const SMOLLM2_STEPS = [125_000, 250_000, 375_000] as const;
export const DENSE_STEPS: readonly number[] = Array.from({ length: 27 }, (_, index) => 2000 * (index + 1));

/** A tiny Llama that takes long prompts and windows. */
export function writeLongModel(folder: string, seed: number): void {
  writeTinyModel(folder, seed);
  const path = join(folder, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...config, max_position_embeddings: POSITIONS }));
}

function model(seed: number, prefix = ''): Files {
  const folder = mkdtempSync(join(tmpdir(), 'evalgraph-model-'));
  try {
    writeLongModel(folder, seed);
    return filesIn(folder, prefix);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function readyRepositories(): readonly FakeRepository[] {
  const dense = DENSE_STEPS.map((step) => model(step, `iter_${String(step).padStart(7, '0')}/`));
  const branches = SMOLLM2_STEPS.map((step) => [`step-${step}`, model(step)] as const);
  const sizes = ['135M', '360M', '1.7B'].map(
    (size, index): FakeRepository => ({
      kind: 'model',
      name: `HuggingFaceTB/SmolLM2-${size}`,
      branches: { main: model(index) },
    }),
  );
  return [
    {
      kind: 'model',
      name: 'tiiuae/dense-500m-arch1',
      branches: { main: Object.assign({ 'README.md': '# Checkpoints' }, ...dense) as Files },
    },
    {
      kind: 'model',
      name: 'HuggingFaceTB/SmolLM2-1.7B-intermediate-checkpoints',
      branches: { main: { 'README.md': '# Branches' }, ...Object.fromEntries(branches) },
    },
    ...sizes,
    ...dataSets(),
  ];
}

const own = (name: string, main: Files): FakeRepository => ({ kind: 'dataset', name, branches: { main } });

/** Every data set that a task of the library reads, under its name on the hub. */
export function libraryDataSets(): readonly FakeRepository[] {
  const of = (name: string): Uint8Array => readFileSync(join(taskRows, `${name}.jsonl`));
  const trained = (name: string): Files => ({
    'train.jsonl': of(`${name}_train`),
    'validation.jsonl': of(`${name}_validation`),
  });
  const targets = { choices: ['They break.', 'They sing.'], labels: [1, 0] };
  const cups = JSON.stringify({ question: 'What do cups do?', mc1_targets: targets, mc2_targets: targets });
  const boolq = { 'train.parquet': rows('boolq'), 'validation.parquet': rows('boolq') };
  return [
    ...dataSets().filter(({ name }) => name !== 'aps/super_glue'),
    own('aps/super_glue', configured({ boolq, copa: trained('copa') })),
    own('tau/commonsense_qa', trained('commonsense_qa')),
    own('lighteval/siqa', trained('social_iqa')),
    own('EleutherAI/lambada_openai', configured({ default: { 'test.jsonl': of('lambada_openai') } })),
    own('EleutherAI/race', configured({ high: { 'test.jsonl': of('race_test') } })),
    own('nyu-mll/glue', configured({ rte: trained('rte') })),
    own('allenai/sciq', {
      'train.jsonl': of('sciq_train'),
      'validation.jsonl': of('sciq_test'),
      'test.jsonl': of('sciq_test'),
    }),
    own('truthfulqa/truthful_qa', configured({ multiple_choice: { 'validation.jsonl': `${cups}\n` } })),
  ];
}

/** <config>/<split>.<ending>, and a card that names them. */
function configured(configs: Readonly<Record<string, Files>>): Files {
  const card = Object.entries(configs).flatMap(([config, files]) => [
    `- config_name: ${config}`,
    '  data_files:',
    ...Object.keys(files).map((name) => `  - { split: ${name.split('.')[0]}, path: ${config}/${name} }`),
  ]);
  const placed = Object.entries(configs).flatMap(([config, files]) =>
    Object.entries(files).map(([name, bytes]) => [`${config}/${name}`, bytes] as const),
  );
  return { 'README.md': `---\nconfigs:\n${card.join('\n')}\n---\n`, ...Object.fromEntries(placed) };
}

function dataSets(): readonly FakeRepository[] {
  return [
    own('cais/mmlu', carded(mmluSubjects(), 'mmlu', ['test', 'validation', 'dev'])),
    own('Rowan/hellaswag', inData('hellaswag', ['train', 'validation'])),
    own('allenai/ai2_arc', carded(['ARC-Easy', 'ARC-Challenge'], 'arc', ['train', 'validation', 'test'])),
    own('baber/piqa', inData('piqa', ['train', 'validation'])),
    own('allenai/winogrande', carded(['winogrande_xl'], 'winogrande', ['train', 'validation'])),
    own('allenai/openbookqa', carded(['additional', 'main'], 'openbookqa', ['train', 'validation', 'test'])),
    own('aps/super_glue', carded(['boolq', 'copa'], 'boolq', ['train', 'validation'])),
    own('lighteval/squad_v2', inData('squad', ['train', 'validation'])),
    own('openai/gsm8k', carded(['main', 'socratic'], 'gsm8k', ['train', 'test'])),
    own('Salesforce/wikitext', carded(['wikitext-2-raw-v1'], 'wikitext-lines', ['test'])),
    {
      kind: 'dataset',
      name: 'EleutherAI/wikitext_document_level',
      branches: {
        main: { 'README.md': '# A script', 'wikitext_document_level.py': 'raise SystemExit' },
        'refs/convert/parquet': Object.fromEntries(
          ['train', 'validation', 'test'].map((split) => [
            `wikitext-2-raw-v1/${split}/0000.parquet`,
            rows('wikitext-pages'),
          ]),
        ),
      },
    },
  ];
}

function rows(name: string): Uint8Array {
  return readFileSync(join(fixtures, `${name}.parquet`));
}

function mmluSubjects(): readonly string[] {
  const library = openTaskLibrary({ folders: [libraryFolder] });
  return leafTasks(library.resolve('mmlu')).map(({ config }) => config.dataset.name ?? '');
}

const shard = (split: string): string => `${split}-00000-of-00001.parquet`;

/** data/<split>-..., and no card that says so. */
function inData(name: string, splits: readonly string[]): Files {
  return Object.fromEntries(splits.map((split) => [`data/${shard(split)}`, rows(name)]));
}

/** <config>/<split>-..., and a card that names them. */
function carded(configs: readonly string[], name: string, splits: readonly string[]): Files {
  const card = configs.map((config) =>
    [
      `- config_name: ${config}`,
      '  data_files:',
      ...splits.flatMap((split) => [`  - split: ${split}`, `    path: ${config}/${split}-*`]),
    ].join('\n'),
  );
  return {
    'README.md': `---\nlicense: mit\nconfigs:\n${card.join('\n')}\n---\n# Rows\n`,
    ...Object.fromEntries(
      configs.flatMap((config) => splits.map((split) => [`${config}/${shard(split)}`, rows(name)])),
    ),
  };
}

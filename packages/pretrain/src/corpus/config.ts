/**
 * The settings of a corpus: the one place where each is declared, under the names that a pipeline writes. A `CorpusConfig`
 * is the strict form, with every default written in; it is what is hashed. No file is read here.
 */
import {
  type Problem,
  pathText,
  readSetting,
  type SettingMistake,
  type SettingValue,
  setting,
  UserError,
} from '@evalgraph/formats';
import { messages } from './messages.ts';
import { type CleaningStep, cleaningStep, stepProblems, wholeStep } from './step-config.ts';

const { choice, flag, list, mapping, named, number, text, texts, whole } = setting;

const MOST = Number.MAX_SAFE_INTEGER;
const units = ['documents', 'bytes'] as const;

const amount = named(
  'amount',
  mapping({
    unit: choice(units, {
      says: 'What is counted: whole documents, or bytes of their texts.',
      examples: ['bytes'],
      required: true,
    }),
    amount: whole(
      { min: 1, max: MOST },
      { says: 'How many of them are taken.', examples: [50_000_000], required: true },
    ),
  }),
);
export type Amount = SettingValue<typeof amount>;

const mix = named(
  'mix',
  mapping({
    unit: choice(units, {
      says: 'What the weights count: bytes of text, or documents.',
      examples: ['bytes'],
      default: 'bytes',
    }),
    total: whole(
      { min: 1, max: MOST },
      {
        says: 'What the whole corpus has.',
        examples: [1_000_000_000],
        otherwise: 'as much as the scarcest source allows',
      },
    ),
  }),
);
export type MixConfig = SettingValue<typeof mix>;

/** All but `name` and `path`, which a pipeline restricts. */
export const sourceFields = {
  kind: choice(['parquet', 'jsonl', 'text', 'code'], {
    says: '`parquet` and `jsonl`: a row is a document; `text`: a file or a line; `code`: a file, at any depth.',
    examples: ['jsonl'],
    required: true,
  }),
  files: texts({
    says: 'Which files below it, as globs; for code, names of files at any depth; of a data set of the hub, paths in it: only those are downloaded. Code has no default.',
    examples: ['*.txt', '**/*-0000[0-3]-of-*', ['**/*.py', '**/*.ts']],
    otherwise: 'every file of the kind, or of the split',
  }),
  column: text(
    {},
    {
      says: 'With parquet and jsonl: the column that holds the text.',
      examples: ['content'],
      default: 'text',
    },
  ),
  documents: choice(['file', 'line'], {
    says: 'With text: a document is a `file` or a `line`.',
    examples: ['line'],
    default: 'file',
  }),
  licence: text(
    {},
    {
      says: 'The licence of the texts, for the data card: an SPDX name, or words.',
      examples: ['CC0-1.0'],
      required: true,
    },
  ),
  sample: setting.described(amount, {
    says: 'Only so much of it, drawn by the seed before any step.',
    examples: [{ unit: 'documents', amount: 10_000 }],
    otherwise: 'all',
  }),
  weight: number(
    { min: 0, max: 1e9 },
    { says: 'With `mix`: its part of the corpus.', examples: [3], default: 1 },
  ),
};

export const outputFields = {
  format: choice(['parquet', 'jsonl'], {
    says: 'What the shards are written as.',
    examples: ['jsonl'],
    default: 'parquet',
  }),
  shard_bytes: whole(
    { min: 1, max: 1 << 29 },
    { says: 'Bytes of text in a shard.', examples: [1 << 25], default: 1 << 25 },
  ),
};

/** All but the sources and the output, which a pipeline and a program write in other ways. */
export const corpusFields = {
  steps: list(named('cleaningStep', cleaningStep), {
    says: 'The cleaning steps, in the order in which they run.',
    examples: [[{ step: 'length', min_words: 5 }, { step: 'exact-duplicates' }]],
    default: [],
  }),
  mix: setting.described(mix, {
    says: 'Takes from each source by its weight, after the last step.',
    examples: [{ unit: 'bytes' }],
    otherwise: 'everything that is left',
  }),
  shuffle: flag({
    says: 'In an order drawn by the seed; `false` keeps the order of sources and files.',
    examples: [false],
    default: true,
  }),
  seed: whole(
    { min: 0, max: 0xffffffff },
    { says: 'Draws samples, the mix and the order.', examples: [1], default: 0 },
  ),
  max_document_bytes: whole(
    { min: 1, max: 1 << 28 },
    {
      says: 'Longer documents are an error in JSON Lines and left out, and counted, elsewhere.',
      examples: [1 << 24],
      default: 1 << 24,
    },
  ),
  examples: whole(
    { min: 0, max: 100 },
    { says: 'Removed documents of each step that the data card shows.', examples: [5], default: 3 },
  ),
};

const { kind, ...ofKind } = sourceFields;
const source = mapping({
  name: text(
    {},
    { says: 'The name in the data card; unique in the corpus.', examples: ['pages'], required: true },
  ),
  kind,
  path: text(
    {},
    { says: 'A folder, relative to the folder that the run is given.', examples: ['texts'], default: '.' },
  ),
  ...ofKind,
});
export type DeclaredSource = SettingValue<typeof source>;
export interface SourceConfig extends Omit<DeclaredSource, 'files'> {
  /** Files below `path`, as globs; for code, names of files at any depth. */
  readonly files: readonly string[];
}

const corpus = mapping({
  sources: list(source, { says: 'Where the texts come from.', examples: [], required: true }),
  ...corpusFields,
  output: mapping(outputFields, {
    says: 'How the corpus is written.',
    examples: [],
    default: { format: 'parquet', shardBytes: 1 << 25 },
  }),
});
export type DeclaredCorpus = SettingValue<typeof corpus>;

export interface CorpusConfig extends Omit<DeclaredCorpus, 'sources' | 'steps'> {
  readonly sources: readonly SourceConfig[];
  readonly steps: readonly CleaningStep[];
}

/** Compressed JSON Lines are mostly called .json.gz. */
const FILES: Readonly<Record<DeclaredSource['kind'], readonly string[] | null>> = {
  parquet: ['**/*.parquet'],
  jsonl: ['**/*.jsonl', '**/*.{json,jsonl}.{gz,zst}'],
  text: ['**/*.txt'],
  code: null,
};

/** @throws UserError with every problem: unknown keys and names, wrong types, values out of range. */
export function parseCorpusConfig(value: unknown): CorpusConfig {
  const { value: config, mistakes } = readSetting(corpus, value, 'camelCase');
  const problems = mistakes.map((mistake) => settingProblem(mistake, pathText(mistake.path)));
  const wrong = new Set(mistakes.map(({ path }) => JSON.stringify(path.slice(0, 2))));
  const isRead = (part: string, at: number): boolean => !wrong.has(JSON.stringify([part, at]));
  const sources = Array.isArray(config?.sources) ? config.sources : [];
  const steps = Array.isArray(config?.steps) ? config.steps : [];
  for (const [at, one] of sources.entries()) {
    if (isRead('sources', at)) problems.push(...sourceProblems(one, `sources[${at}]`));
  }
  problems.push(...repeatedSources(sources, 'sources'));
  for (const [at, step] of steps.entries()) {
    if (isRead('steps', at)) problems.push(...stepProblems(step, `steps[${at}]`, (name) => name));
  }
  if (problems.length > 0) throw new UserError(problems);
  return wholeCorpus(config);
}

/** @param path of the list, for messages */
export function repeatedSources(sources: readonly DeclaredSource[], path: string): readonly Problem[] {
  return sources.flatMap((source, at) =>
    sources.findIndex((other) => other?.name === source?.name) < at
      ? [messages.corpusConfig.repeatedName(`${path}[${at}]`, source.name)]
      : [],
  );
}

/** The strict form of what was read without a mistake. */
export function wholeCorpus({ seed, sources, steps, ...rest }: DeclaredCorpus): CorpusConfig {
  const { mix: share, shuffle, output, maxDocumentBytes, examples } = rest;
  return {
    seed,
    sources: sources.map(wholeSource),
    steps: steps.map(wholeStep),
    mix: share,
    shuffle,
    output,
    maxDocumentBytes,
    examples,
  };
}

function wholeSource(declared: DeclaredSource): SourceConfig {
  return { ...declared, files: declared.files ?? FILES[declared.kind] ?? [] };
}

/** What is wrong with a source whose every setting is legal by itself. @param path of the source, for messages */
export function sourceProblems({ kind, files }: DeclaredSource, path: string): readonly Problem[] {
  if (files !== null || FILES[kind] !== null) return [];
  return [messages.corpusConfig.missing(`${path}.files`, 'a text or a list of texts')];
}

/** @param path of the setting, for messages */
export function settingProblem(
  { kind, value, expected, legal, path: parts }: SettingMistake,
  path: string,
): Problem {
  const owner = path.slice(0, Math.max(0, path.lastIndexOf('.')));
  const last = String(parts.at(-1) ?? '');
  switch (kind) {
    case 'missing':
      return messages.corpusConfig.missing(path, expected);
    case 'key':
      return messages.corpusConfig.unknownName(owner === '' ? 'corpus' : owner, 'key', last, legal);
    case 'word':
      return messages.corpusConfig.unknownName(owner, last, String(value), legal);
    case 'limit':
      return messages.corpusConfig.range(path, value, expected);
    case 'type':
      return messages.corpusConfig.type(path, expected, value);
  }
}

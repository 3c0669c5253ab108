/**
 * What a corpus is made of: the strict form of its declaration. `parseCorpusConfig` makes it from a loose object with every
 * default written in; the strict form is what is hashed. Reads no file.
 */
import { type Problem, UserError } from '@evalgraph/formats';
import { type Fields, readFields } from './fields.ts';
import { corpusMessages as messages } from './messages.ts';
import { type CleaningStep, readStep } from './step-config.ts';

export const SOURCE_KINDS = ['parquet', 'jsonl', 'text', 'code'] as const;
export const AMOUNT_UNITS = ['documents', 'bytes'] as const;

export interface Amount {
  readonly unit: (typeof AMOUNT_UNITS)[number];
  readonly amount: number;
}

export interface SourceConfig {
  readonly name: string;
  readonly kind: (typeof SOURCE_KINDS)[number];
  /** Files below `path`, as globs; for code, names of files at any depth. */
  readonly files: readonly string[];
  /** A folder, relative to the folder that the run is given. */
  readonly path: string;
  /** parquet and jsonl: the column with the text. */
  readonly column: string;
  /** text: a document is a file or a line. */
  readonly documents: 'file' | 'line';
  readonly licence: string;
  /** Before any step: so much of it, drawn by the seed; null for all. */
  readonly sample: Amount | null;
  /** Its part in the mix; used only where `mix` is there. */
  readonly weight: number;
}

export interface MixConfig {
  readonly unit: Amount['unit'];
  /** Of the whole corpus; null for as much as the scarcest source allows. */
  readonly total: number | null;
}

export interface CorpusConfig {
  readonly seed: number;
  readonly sources: readonly SourceConfig[];
  readonly steps: readonly CleaningStep[];
  readonly mix: MixConfig | null;
  /** In an order drawn by the seed; otherwise in the order of sources and files. */
  readonly shuffle: boolean;
  readonly output: { readonly format: 'parquet' | 'jsonl'; readonly shardBytes: number };
  /** Longer ones are an error in jsonl and lines; files are left out and counted. */
  readonly maxDocumentBytes: number;
  /** For each step, in the data card. */
  readonly examples: number;
}

/** Compressed JSON Lines are mostly called .json.gz. */
const FILES = {
  parquet: ['**/*.parquet'],
  jsonl: ['**/*.jsonl', '**/*.{json,jsonl}.{gz,zst}'],
  text: ['**/*.txt'],
  code: undefined,
} as const;

const MOST = Number.MAX_SAFE_INTEGER;

/** @throws UserError with every problem: unknown keys and names, wrong types, values out of range. */
export function parseCorpusConfig(value: unknown): CorpusConfig {
  const problems: Problem[] = [];
  const fields = readFields(value, '', problems);
  const sources = fields.items('sources').map(readSource);
  const config: CorpusConfig = {
    seed: fields.number('seed', { min: 0, max: 0xffffffff, default: 0, isInteger: true }),
    sources,
    steps: fields.items('steps').map((step) => readStep(step, problems)),
    mix: readMix(fields.object('mix')),
    shuffle: fields.flag('shuffle', true),
    output: readOutput(fields.object('output')),
    maxDocumentBytes: fields.number('maxDocumentBytes', {
      min: 1,
      max: 1 << 28,
      default: 1 << 24,
      isInteger: true,
    }),
    examples: fields.number('examples', { min: 0, max: 100, default: 3, isInteger: true }),
  };
  fields.done();
  if (sources.length === 0) problems.push(messages.missing('sources', 'a list of at least one source'));
  for (const [at, { name }] of sources.entries()) {
    if (sources.findIndex((other) => other.name === name) < at)
      problems.push(messages.repeatedName(`sources[${at}]`, name));
  }
  if (problems.length > 0) throw new UserError(problems);
  return config;
}

function readSource(fields: Fields): SourceConfig {
  const kind = fields.choice('kind', SOURCE_KINDS);
  const source: SourceConfig = {
    name: fields.text('name'),
    kind,
    path: fields.text('path', '.'),
    files: fields.texts('files', FILES[kind]),
    column: fields.text('column', 'text'),
    documents: fields.choice('documents', ['file', 'line'], 'file'),
    licence: fields.text('licence'),
    sample: readAmount(fields.object('sample')),
    weight: fields.number('weight', { min: 0, max: 1e9, default: 1 }),
  };
  fields.done();
  return source;
}

function readAmount(fields: Fields | null): Amount | null {
  if (fields === null) return null;
  const unit = fields.choice('unit', AMOUNT_UNITS);
  const amount = fields.number('amount', { min: 1, max: MOST, isInteger: true });
  fields.done();
  return { unit, amount };
}

function readMix(fields: Fields | null): MixConfig | null {
  if (fields === null) return null;
  const unit = fields.choice('unit', AMOUNT_UNITS, 'bytes');
  const total = fields.has('total') ? fields.number('total', { min: 1, max: MOST, isInteger: true }) : null;
  fields.done();
  return { unit, total };
}

function readOutput(fields: Fields | null): CorpusConfig['output'] {
  const shardBytes = { min: 1, max: 1 << 29, default: 1 << 25, isInteger: true };
  if (fields === null) return { format: 'parquet', shardBytes: shardBytes.default };
  const output = {
    format: fields.choice('format', ['parquet', 'jsonl'], 'parquet'),
    shardBytes: fields.number('shardBytes', shardBytes),
  } as const;
  fields.done();
  return output;
}

/** `corpora:` -> corpus stages, in the order of the file. Which step has which keys stands here; limits are the library's. */
import { byName, UserError } from '@evalgraph/formats';
import { parseCorpusConfig } from '@evalgraph/pretrain/settings';
import { camelKeys } from './cases.ts';
import { type Context, reportCaseTwins } from './context.ts';
import {
  type CleaningStepInput,
  isList,
  type MadeCorpusInput,
  type PipelineInput,
  type TextSourceInput,
} from './input.ts';
import { messages } from './messages.ts';
import { parsePath } from './paths.ts';
import type { Path } from './problems.ts';
import type { CorpusStage } from './stages.ts';

/** Keys of each step, beside `step`. */
const stepKeys: Readonly<Record<string, readonly string[]>> = {
  length: ['min_lines', 'min_line_characters', 'min_words', 'max_words', 'min_characters', 'max_characters'],
  paragraphs: ['min_characters', 'min_words'],
  repetition: ['limits'],
  quality: ['limits'],
  'web-lines': ['max_removed'],
  regex: ['pattern', 'flags', 'action', 'replacement', 'timeout_ms'],
  language: ['keep', 'unreliable', 'windows'],
  decontaminate: ['against', 'n', 'min_words', 'min_grams', 'action'],
  'exact-duplicates': ['by'],
  'near-duplicates': ['n', 'unit', 'bands', 'rows', 'seed', 'threshold'],
};

/** Among `against`: every task of the pipeline in its file; after this phase, the documents of the step's tasks. */
export const TASK_DOCUMENTS = 'tasks';
/** Among `against`: every task that the pipeline could name, whether it does or not. */
export const ALL_TASKS = 'library';
const HUB = /^hf:[\w.-]+\/[\w.-]+(\/[\w.-]+)?$/;

/** By name; null for a corpus that was reported. */
export function normalizeCorpora(
  input: PipelineInput['corpora'],
  context: Context,
): ReadonlyMap<string, CorpusStage | null> {
  if (input === null || input === undefined) return new Map();
  reportCaseTwins('corpora', ['corpora'], context);
  return new Map(
    context.keysOf(['corpora']).map((name) => {
      const corpus = input[name];
      return [name, corpus === null || corpus === undefined ? null : normalizeCorpus(name, corpus, context)];
    }),
  );
}

function normalizeCorpus(name: string, input: MadeCorpusInput, context: Context): CorpusStage | null {
  const path = ['corpora', name];
  const { sources, steps, mix, format, shard_bytes: shardBytes, after, ...rest } = input;
  const read = (sources ?? []).map((source, at) => readSource(source, [...path, 'sources', at], context));
  const cleaning = (steps ?? []).map((step, at) => readCleaning(step, [...path, 'steps', at], context));
  const loose = {
    ...camelKeys(rest),
    sources: read.map((one) => one?.loose),
    steps: cleaning.map((one) => one?.loose),
    ...(mix === undefined ? {} : { mix: camelKeys(mix ?? {}) }),
    output: camelKeys({ format, shard_bytes: shardBytes }),
  };
  const targets = (after ?? []).filter((target) => target !== null);
  for (const [at, target] of targets.entries()) {
    if (!/^[^:\s]+:[^:\s]+$/.test(target)) {
      context.problems.value([...path, 'after', at], messages.badTarget(target));
    }
  }
  const values: readonly unknown[] = [sources, steps, mix, format, shardBytes, after, ...Object.values(rest)];
  if (values.includes(null) || targets.length < (after ?? []).length || [...read, ...cleaning].includes(null))
    return null;
  try {
    return {
      kind: 'corpus',
      name,
      config: parseCorpusConfig(loose),
      splits: byName(read.flatMap((one) => (one?.split === undefined ? [] : [[one.name, one.split]]))),
      after: targets,
      against: Object.fromEntries(
        cleaning.flatMap((one, at) => (one?.tasks === undefined ? [] : [[at, one.tasks]])),
      ),
    };
  } catch (error) {
    report(error, path, context);
    return null;
  }
}

/** What the library finds in one part, at that part's place. @returns whether it found nothing */
function isLegal(
  part: Partial<Record<'sources' | 'steps', unknown[]>>,
  path: Path,
  context: Context,
): boolean {
  const source = { name: 'any', kind: 'text', licence: 'any' };
  try {
    parseCorpusConfig({ sources: [source], ...part });
    return true;
  } catch (error) {
    report(error, path, context);
    return false;
  }
}

function report(error: unknown, path: Path, { problems }: Context): void {
  if (!(error instanceof UserError)) throw error;
  for (const problem of error.problems) problems.value(path, messages.corpusProblem(path, problem));
}

interface ReadSource {
  readonly name: string;
  readonly loose: Readonly<Record<string, unknown>>;
  readonly split?: string;
}

function readSource(input: TextSourceInput | null, path: Path, context: Context): ReadSource | null {
  if (input === null) return null;
  const { split, sample, ...keys } = input;
  const { name, kind, path: text, files, column, documents } = keys;
  if (hasNull(input) || typeof name !== 'string' || typeof text !== 'string') return null;
  const { problems } = context;
  const only = (
    key: 'column' | 'documents' | 'split' | 'files',
    kinds: readonly string[],
    holds: boolean,
  ): void => {
    if (!holds) problems.value([...path, key], messages.sourceKey(key, kinds));
  };
  const isRows = kind === 'parquet' || kind === 'jsonl';
  const isHub = text.startsWith('hf:');
  if (column !== undefined) only('column', ['kind: parquet', 'kind: jsonl'], isRows);
  if (documents !== undefined) only('documents', ['kind: text'], kind === 'text');
  if (split !== undefined) only('split', ['path: hf:owner/name'], isHub);
  const parsed = isHub ? hubPath(text, isRows) : parsePath(text, context.root);
  if ('finding' in parsed) problems.value([...path, 'path'], parsed.finding);
  const loose = {
    ...camelKeys(keys),
    ...(sample === undefined ? {} : { sample: camelKeys(sample ?? {}) }),
    // Of the hub every file of the split: it knows what they are called.
    ...(isHub && files === undefined ? { files: ['**'] } : {}),
    path: 'value' in parsed ? parsed.value : '.',
  };
  const isFine =
    isLegal({ sources: [loose] }, path, context) &&
    'value' in parsed &&
    !problems.reported([...path, 'files']);
  return isFine ? { name, loose, ...(isHub ? { split: split ?? 'train' } : {}) } : null;
}

function hubPath(text: string, isRows: boolean) {
  if (!HUB.test(text)) return { finding: messages.badRepository(text) };
  return isRows ? { value: text } : { finding: messages.hubKind(text) };
}

interface ReadCleaning {
  readonly loose: Readonly<Record<string, unknown>>;
  /** As in CorpusStage; left out: the step looks for no tasks. */
  readonly tasks?: readonly string[];
}

function readCleaning(input: CleaningStepInput | null, path: Path, context: Context): ReadCleaning | null {
  if (input === null) return null;
  const { step, against, ...keys } = input;
  if (typeof step !== 'string' || hasNull(input)) return null;
  const legal = stepKeys[step] ?? [];
  // What is a key of no step was reported as such.
  const known = new Set(Object.values(stepKeys).flat());
  const foreign = Object.keys(input).filter(
    (key) => key !== 'step' && known.has(key) && !legal.includes(key),
  );
  for (const key of foreign) context.problems.value([...path, key], messages.stepKey(key, step, legal));
  if (foreign.length > 0) return null;
  const { limits, ...plain } = keys;
  const isLimits = typeof limits === 'object' && limits !== null;
  const found = against === undefined ? null : readAgainst(against ?? [], path, context);
  if (against !== undefined && found === null) return null;
  const loose = {
    step,
    ...camelKeys(plain),
    ...(isLimits ? { limits: camelKeys(limits as Readonly<Record<string, unknown>>) } : {}),
    ...(found === null
      ? {}
      : { against: [...found.files, ...(found.tasks === undefined ? [] : [TASK_DOCUMENTS])] }),
  };
  if (!isLegal({ steps: [loose] }, path, context)) return null;
  return found?.tasks === undefined ? { loose } : { loose, tasks: found.tasks };
}

function readAgainst(
  input: string | readonly (string | null)[],
  path: Path,
  { root, problems }: Context,
): { readonly files: readonly string[]; readonly tasks?: readonly string[] } | null {
  const items = isList<string | null>(input) ? input : [input];
  const files: string[] = [];
  const tasks: string[] = [];
  for (const [index, item] of items.entries()) {
    if (item === null) return null;
    if (!/^[.~/]/.test(item)) {
      tasks.push(item);
      continue;
    }
    const parsed = parsePath(item, root);
    if ('value' in parsed) files.push(parsed.value);
    else {
      problems.value([...path, 'against', ...(isList(input) ? [index] : [])], parsed.finding);
      return null;
    }
  }
  return tasks.length === 0 ? { files } : { files, tasks };
}

function hasNull(input: object): boolean {
  return Object.values(input).some(
    (value: unknown) => value === null || (Array.isArray(value) && value.includes(null)),
  );
}

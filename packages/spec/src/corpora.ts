/** `corpora:` -> corpus stages, in the order of the file. Which settings there are is the library's to say. */
import { byName, readSetting, type SettingInput, snakeCase } from '@evalgraph/formats';
import {
  cleaningStep,
  type DeclaredSource,
  type DeclaredStep,
  repeatedSources,
  settingProblem,
  sourceProblems,
  stepProblems,
  wholeCorpus,
} from '@evalgraph/pretrain/settings';
import { type Context, reportCaseTwins } from './context.ts';
import { madeCorpus, textSource } from './declared/making.ts';
import { isList, type MadeCorpusInput, type PipelineInput } from './input.ts';
import { messages } from './messages.ts';
import { parsePath } from './paths.ts';
import type { Path } from './problems.ts';
import { settled } from './settled.ts';
import { showPath } from './show.ts';
import type { CorpusStage } from './stages.ts';

/**
 * In a file, this word of `against` means every task of the pipeline; after this phase it stands for the documents of
 * the step's tasks.
 */
export const TASK_DOCUMENTS = 'tasks';
/** This word of `against` means every task that the pipeline could name, whether it does or not. */
export const ALL_TASKS = 'library';
const HUB = /^hf:[\w.-]+\/[\w.-]+(\/[\w.-]+)?$/;

/** @returns the corpora by name; null for one that was reported. */
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
  const { problems } = context;
  const path = ['corpora', name];
  const sources = (input.sources ?? []).map((one, at) => readSource(one, [...path, 'sources', at], context));
  const steps = (input.steps ?? []).map((one, at) => readStep(one, [...path, 'steps', at], context));
  const targets = (input.after ?? []).filter((target) => target !== null);
  const badTargets = targets.filter((target) => !/^[^:\s]+:[^:\s]+$/.test(target));
  for (const target of badTargets) {
    problems.value([...path, 'after', input.after?.indexOf(target) ?? 0], messages.badTarget(target));
  }
  const corpus = settled(madeCorpus, { ...input, steps: undefined });
  if (corpus === null || input.steps === null || [...sources, ...steps].includes(null)) return null;
  const [readSources, readSteps] = [
    sources.filter((one) => one !== null),
    steps.filter((one) => one !== null),
  ];
  const repeated = repeatedSources(
    readSources.map(({ source }) => source),
    showPath([...path, 'sources']),
  );
  for (const problem of repeated) problems.value(path, problem);
  if (repeated.length > 0) return null;
  const { format, shardBytes, after: _after, ...config } = corpus;
  const declared = {
    ...config,
    sources: readSources.map(({ source }) => source),
    steps: readSteps.map(({ step }) => step),
    output: { format, shardBytes },
  };
  return {
    kind: 'corpus',
    name,
    config: wholeCorpus(declared),
    splits: byName(
      readSources.flatMap(({ source, split }) => (split === null ? [] : [[source.name, split]])),
    ),
    after: targets,
    against: Object.fromEntries(
      readSteps.flatMap(({ tasks }, at) => (tasks.length === 0 ? [] : [[at, tasks]])),
    ),
  };
}

interface ReadSource {
  readonly source: DeclaredSource;
  /** null: the texts lie in a folder. */
  readonly split: string | null;
}

function readSource(
  input: SettingInput<typeof textSource> | null,
  path: Path,
  context: Context,
): ReadSource | null {
  const read = settled(textSource, input);
  if (read === null || input === null) return null;
  const { problems } = context;
  const { name, kind, path: text, files, split, ...others } = read;
  const only = (key: 'column' | 'documents' | 'split', kinds: readonly string[], holds: boolean): void => {
    if (input[key] !== undefined && !holds)
      problems.value([...path, key], messages.unusedKey.ofSource(key, kinds));
  };
  const isRows = kind === 'parquet' || kind === 'jsonl';
  const isHub = text.startsWith('hf:');
  only('column', ['kind: parquet', 'kind: jsonl'], isRows);
  only('documents', ['kind: text'], kind === 'text');
  only('split', ['path: hf:owner/name'], isHub);
  const parsed = isHub ? hubPath(text, isRows) : parsePath(text, context.root);
  if ('finding' in parsed) problems.value([...path, 'path'], parsed.finding);
  // The hub knows what the files of the split are called.
  const listed = isHub && files === null ? ['**'] : files;
  const source = { name, kind, path: 'value' in parsed ? parsed.value : '.', files: listed, ...others };
  const found = sourceProblems(source, showPath(path));
  for (const problem of found) problems.value(path, problem);
  if ('finding' in parsed || found.length > 0) return null;
  return { source, split: isHub ? (split ?? 'train') : null };
}

function hubPath(text: string, isRows: boolean) {
  if (!HUB.test(text)) return { finding: messages.badRepository(text) };
  return isRows ? { value: text } : { finding: messages.badSource.hubKind(text) };
}

interface ReadStep {
  readonly step: DeclaredStep;
  /** As in CorpusStage; []: the step looks for no tasks. */
  readonly tasks: readonly string[];
}

const stepFields: Readonly<Record<string, object>> = cleaningStep.node.variants?.fields ?? {};
const keysOfSteps = new Set(Object.values(stepFields).flatMap(Object.keys));

function readStep(
  input: SettingInput<typeof cleaningStep> | null,
  path: Path,
  context: Context,
): ReadStep | null {
  const { problems } = context;
  if (input === null || typeof input.step !== 'string' || hasNull(input)) return null;
  const legal = Object.keys(stepFields[input.step] ?? {});
  // What is a key of no step was reported as such.
  const foreign = Object.keys(input).filter((key) => keysOfSteps.has(key) && !legal.includes(key));
  for (const key of foreign)
    problems.value([...path, key], messages.unusedKey.ofStep(key, input.step, legal));
  if (foreign.length > 0) return null;
  const against = input.against === undefined ? null : readAgainst(input.against ?? [], path, context);
  if (against === null && input.against !== undefined) return null;
  const { files = [], tasks = [] } = against ?? {};
  const placed = [...files, ...(tasks.length === 0 ? [] : [TASK_DOCUMENTS])];
  const { value: step, mistakes } = readSetting(
    cleaningStep,
    against === null ? input : { ...input, against: placed },
    'snake_case',
  );
  const own = mistakes.filter(({ kind, path: at }) => kind !== 'key' || at.length > 1);
  const found =
    own.length > 0
      ? own.map((mistake) => settingProblem(mistake, showPath([...path, ...mistake.path])))
      : stepProblems(step, showPath(path), snakeCase);
  for (const problem of found) problems.value(path, problem);
  return found.length > 0 ? null : { step, tasks };
}

function readAgainst(
  input: string | readonly (string | null)[],
  path: Path,
  { root, problems }: Context,
): { readonly files: readonly string[]; readonly tasks: readonly string[] } | null {
  const items = isList<string>(input) ? input : [input];
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
  return { files, tasks };
}

function hasNull(input: object): boolean {
  return Object.values(input).some(
    (value: unknown) => value === null || (Array.isArray(value) && value.includes(null)),
  );
}

/** A task's merged YAML -> TaskConfig. All problems of the file are gathered and thrown at once. */
import { dumpsPython, type Problem, UserError } from '@evalgraph/formats';
import type { OutputType } from '@evalgraph/metrics';
import { filterPipelines } from '../filters/pipelines.ts';
import { portOf } from '../functions/registry.ts';
import { messages } from '../messages.ts';
import type { FewshotConfig, TaskConfig } from '../task.ts';
import type { MapNode, YamlNode } from '../yaml/node.ts';
import { MAX_UNKNOWN_KEYS, numberOf, plainValue, type Reader, readerOf } from '../yaml/reader.ts';
import { datasetConfig, fieldSpec, functionRef } from './fields.ts';
import { generationConfig } from './generation.ts';
import { CLASS_TASK_KEYS, FEWSHOT_KEYS, REFUSED_TASK_KEYS, SUPPORTED_TASK_KEYS } from './keys.ts';
import { metricConfigs } from './metric-list.ts';

const OUTPUT_TYPES: readonly OutputType[] = [
  'multiple_choice',
  'loglikelihood',
  'loglikelihood_rolling',
  'generate_until',
];

/** @throws UserError with every problem found. */
export function normalizeTask(name: string, map: MapNode): TaskConfig {
  const problems: Problem[] = [];
  const reader = readerOf(map, problems);
  const config = reader.node('class') === undefined ? plainTask(name, reader) : classTask(name, reader);
  if (problems.length > 0) throw new UserError(problems);
  return config;
}

function plainTask(name: string, reader: Reader): TaskConfig {
  const { problems } = reader;
  refuseKeys(reader, SUPPORTED_TASK_KEYS, 'a task');
  const outputType = outputTypeOf(reader);
  const processResults = functionRef(reader, 'process_results', 'process_results');
  const fewshotDelimiter = reader.text('fewshot_delimiter') ?? '\n\n';
  const unsafe = reader.node('unsafe_code');
  if (unsafe !== undefined && reader.flag('unsafe_code', false)) {
    problems.push(messages.unsupportedKey('unsafe_code', unsafe, "it runs the model's output as a program"));
  }
  const docToText = fieldSpec(reader, 'doc_to_text', false);
  const docToChoice = fieldSpec(reader, 'doc_to_choice', true);
  const needed = [
    ...(outputType === 'loglikelihood_rolling' ? [] : ['doc_to_text']),
    'doc_to_target',
    ...(outputType === 'multiple_choice' ? ['doc_to_choice'] : []),
  ];
  for (const key of needed) {
    if (reader.node(key) === undefined)
      problems.push(messages.missingKey(key, reader.map, `Task ${name} (${outputType})`));
  }
  const base: Omit<TaskConfig, 'fewshot'> = {
    task: name,
    alias: reader.text('task_alias') ?? name,
    version: versionOf(reader, 'Yaml'),
    class: null,
    dataset: datasetConfig(reader),
    trainingSplit: reader.text('training_split'),
    validationSplit: reader.text('validation_split'),
    testSplit: reader.text('test_split'),
    processDocs: functionRef(reader, 'process_docs', 'process_docs'),
    docToText,
    docToTarget: fieldSpec(reader, 'doc_to_target', false),
    docToChoice,
    description: reader.text('description') ?? '',
    targetDelimiter: reader.text('target_delimiter') ?? ' ',
    fewshotDelimiter,
    genPrefix: reader.text('gen_prefix'),
    numFewshot: countOf(reader, 'num_fewshot', 0),
    outputType,
    generation: outputType === 'generate_until' ? generationConfig(reader, fewshotDelimiter) : null,
    repeats: countOf(reader, 'repeats', 1) ?? 1,
    filters: filterPipelines(reader),
    metrics: metricConfigs(reader, outputType, processResults !== null),
    processResults,
  };
  return { ...base, fewshot: fewshotConfig(reader, base) };
}

function classTask(name: string, reader: Reader): TaskConfig {
  refuseKeys(reader, CLASS_TASK_KEYS, 'a task with a class');
  const reference = functionRef(reader, 'class', 'class');
  const task = reference === null ? null : portOf(reference, 'class').task;
  const base: Omit<TaskConfig, 'fewshot'> = {
    task: name,
    alias: reader.text('task_alias') ?? name,
    version: versionOf(reader, task?.version ?? 0),
    class: reference,
    dataset: datasetConfig(reader),
    trainingSplit: reader.text('training_split') ?? task?.trainingSplit ?? null,
    validationSplit: reader.text('validation_split') ?? task?.validationSplit ?? null,
    testSplit: null,
    processDocs: null,
    docToText: null,
    docToTarget: null,
    docToChoice: null,
    description: '',
    targetDelimiter: ' ',
    fewshotDelimiter: '\n\n',
    genPrefix: null,
    numFewshot: countOf(reader, 'num_fewshot', 0),
    outputType: 'generate_until',
    generation: null,
    repeats: 1,
    filters: [{ name: 'none', filters: [{ function: 'take_first' }] }],
    metrics: [],
    processResults: null,
  };
  return { ...base, fewshot: inheritedFewshot(base) };
}

function refuseKeys(reader: Reader, supported: readonly string[], where: string): void {
  const legal = supported.filter((key) => key !== 'include');
  let unknown = 0;
  for (const { key } of reader.map.entries.values()) {
    const name = String(key.value);
    const reason = Object.hasOwn(REFUSED_TASK_KEYS, name) ? REFUSED_TASK_KEYS[name] : undefined;
    if (reason !== undefined) {
      // A key that is set to null asks for nothing.
      if (reader.node(name) !== undefined) reader.problems.push(messages.unsupportedKey(name, key, reason));
    } else if (!legal.includes(name)) {
      reader.problems.push(messages.unknownKey(name, key, where, legal));
      unknown += 1;
      if (unknown === MAX_UNKNOWN_KEYS) return;
    }
  }
}

function outputTypeOf(reader: Reader): OutputType {
  const node = reader.node('output_type');
  const name = reader.text('output_type');
  const found = OUTPUT_TYPES.find((known) => known === name);
  if (found === undefined && node !== undefined && name !== null) {
    reader.problems.push(messages.unknownOutputType(name, node, OUTPUT_TYPES));
  }
  return found ?? 'generate_until';
}

function countOf(reader: Reader, key: string, atLeast: number): number | null {
  const value = reader.integer(key);
  const node = reader.node(key);
  if (value !== null && value < atLeast && node !== undefined) {
    reader.problems.push(messages.wrongType(key, node, `a whole number, ${atLeast} or more`));
  }
  return value;
}

export function versionOf(reader: Reader, byDefault: number | string): number | string {
  const metadata = reader.node('metadata');
  const node: YamlNode | undefined =
    metadata?.kind === 'map' ? metadata.entries.get('version')?.value : undefined;
  const number = numberOf(node);
  if (number !== null && Number.isFinite(number)) return number;
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : byDefault;
}

function inheritedFewshot(base: Omit<TaskConfig, 'fewshot'>): FewshotConfig {
  return {
    sampler: 'default',
    split: null,
    processDocs: base.processDocs,
    samplesJson: null,
    samplesFunction: null,
    docToText: base.docToText,
    docToTarget: base.docToTarget,
    docToChoice: base.docToChoice,
    genPrefix: base.genPrefix,
    fewshotDelimiter: base.fewshotDelimiter,
    targetDelimiter: base.targetDelimiter,
  };
}

/** lm-eval: what fewshot_config does not say it takes from the task; a key that is there wins, null included. */
function fewshotConfig(reader: Reader, base: Omit<TaskConfig, 'fewshot'>): FewshotConfig {
  const inherited = { ...inheritedFewshot(base), split: reader.text('fewshot_split') };
  const node = reader.node('fewshot_config');
  if (node === undefined) return inherited;
  if (node.kind !== 'map') {
    reader.problems.push(messages.wrongType('fewshot_config', node, 'a map'));
    return inherited;
  }
  const inner = readerOf(node, reader.problems);
  inner.onlyKeys(FEWSHOT_KEYS, 'fewshot_config');
  const has = (key: string): boolean => node.entries.has(key);
  const samples = inner.node('samples');
  const samplesAreFunction = samples?.kind === 'function';
  if (
    samples !== undefined &&
    !samplesAreFunction &&
    !(samples.kind === 'list' && samples.items.every((item) => item.kind === 'map'))
  ) {
    reader.problems.push(messages.wrongType('samples', samples, 'a list of maps, or a function'));
  }
  return {
    sampler: samplerOf(inner),
    split: has('split') ? inner.text('split') : inherited.split,
    processDocs: has('process_docs')
      ? functionRef(inner, 'process_docs', 'process_docs')
      : inherited.processDocs,
    samplesJson:
      samples === undefined || samplesAreFunction
        ? null
        : dumpsPython(plainValue(samples, 'samples', reader.problems), { indent: null, ensureAscii: false }),
    samplesFunction: samplesAreFunction ? functionRef(inner, 'samples', 'samples') : null,
    docToText: (has('doc_to_text') ? fieldSpec(inner, 'doc_to_text', false) : null) ?? inherited.docToText,
    docToTarget:
      (has('doc_to_target') ? fieldSpec(inner, 'doc_to_target', false) : null) ?? inherited.docToTarget,
    docToChoice: has('doc_to_choice') ? fieldSpec(inner, 'doc_to_choice', true) : inherited.docToChoice,
    genPrefix: has('gen_prefix') ? inner.text('gen_prefix') : inherited.genPrefix,
    fewshotDelimiter: inner.text('fewshot_delimiter') ?? inherited.fewshotDelimiter,
    targetDelimiter: inner.text('target_delimiter') ?? inherited.targetDelimiter,
  };
}

function samplerOf(reader: Reader): 'default' | 'first_n' {
  const name = reader.text('sampler') ?? 'default';
  if (name === 'default' || name === 'first_n') return name;
  const node = reader.node('sampler');
  if (node !== undefined) reader.problems.push(messages.unknownSampler(name, node, ['default', 'first_n']));
  return 'default';
}

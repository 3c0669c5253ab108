/**
 * Resolved tasks -> YAML that lm-eval reads from an --include_path folder: the same prompts, shots, metrics and
 * groups, over the very files that the pipeline has locked. Pure: a node in, texts by file name out.
 */
import {
  type PyDict,
  PyFloat,
  type PyValue,
  parsePythonJson,
  pythonFloatRepr,
  UserError,
} from '@evalgraph/formats';
import {
  type DataFile,
  dialectFilter,
  dialectMetric,
  type FewshotConfig,
  type FieldSpec,
  type FunctionRef,
  leafTasks,
  pythonName,
  type ResolvedGroup,
  type ResolvedTask,
  type TaskConfig,
  type TaskNode,
  writtenField,
} from '@evalgraph/tasks';
import { messages } from './messages.ts';

/** Metrics that lm-eval lacks. */
const OURS_ALONE = ['acc_per_token'];

/**
 * @param files a task's data files, absolute
 * @throws UserError where lm-eval cannot run a task as we resolved it
 */
export function taskFiles(
  node: TaskNode,
  files: (task: ResolvedTask) => readonly DataFile[],
): ReadonlyMap<string, string> {
  const groups = groupsOf(node).map((group) => [`${group.name}.yaml`, groupYaml(group)] as const);
  const tasks = leafTasks(node).map((task) => [`${task.name}.yaml`, taskYaml(task, files(task))] as const);
  return new Map([...groups, ...tasks]);
}

/** What stands after --tasks: a tag has no file, so its tasks are named. */
export function taskNames(node: TaskNode): readonly string[] {
  return node.kind === 'tag' ? node.children.map(({ name }) => name) : [node.name];
}

function groupsOf(node: TaskNode): readonly ResolvedGroup[] {
  if (node.kind !== 'group') return [];
  return [node, ...node.children.flatMap(groupsOf)];
}

/** A value of YAML; a function is written with its tag. */
type Yaml = PyValue | FunctionName | readonly Yaml[] | { readonly [key: string]: Yaml | undefined };

interface FunctionName {
  readonly functionName: string;
}

function groupYaml({ name, alias, version, children, aggregateMetrics }: ResolvedGroup): string {
  return lines({
    group: name,
    group_alias: alias,
    task: children.map((child) => child.name),
    aggregate_metric_list: aggregateMetrics.map(({ metric, filters, weightBySize }) => ({
      metric,
      aggregation: 'mean',
      weight_by_size: weightBySize,
      filter_list: filters ?? undefined,
    })),
    metadata: { version: numeral(version) },
  });
}

function taskYaml({ name, config }: ResolvedTask, files: readonly DataFile[]): string {
  if (config.class !== null) throw new UserError(messages.lmEvalClassTask(name, config.class.name));
  const foreign = config.metrics.find(({ metric }) => OURS_ALONE.includes(metric));
  if (foreign !== undefined) throw new UserError(messages.lmEvalMetric(name, foreign.metric));
  const { fewshot, generation } = config;
  return lines({
    task: name,
    task_alias: config.alias,
    dataset_path: readerOf(config, files),
    dataset_kwargs: { data_files: bySplit(files) },
    training_split: config.trainingSplit ?? undefined,
    validation_split: config.validationSplit ?? undefined,
    test_split: config.testSplit ?? undefined,
    fewshot_split: fewshot.split ?? undefined,
    process_docs: functionOf(config.processDocs),
    doc_to_text: field(config.docToText),
    doc_to_target: field(config.docToTarget),
    doc_to_choice: field(config.docToChoice),
    description: config.description,
    target_delimiter: config.targetDelimiter,
    fewshot_delimiter: config.fewshotDelimiter,
    gen_prefix: config.genPrefix ?? undefined,
    num_fewshot: config.numFewshot ?? undefined,
    fewshot_config: fewshotOf(config),
    output_type: config.outputType,
    generation_kwargs: generation === null ? undefined : parsePythonJson(generation.kwargsJson),
    repeats: config.repeats,
    filter_list: config.filters.map((pipeline) => ({
      name: pipeline.name,
      filter: pipeline.filters.map((step) => dialectFilter<PyValue>(step, parsePythonJson)),
    })),
    metric_list: config.metrics.map(dialectMetric),
    process_results: functionOf(config.processResults),
    metadata: { version: numeral(config.version) },
  });
}

function readerOf({ dataset }: TaskConfig, files: readonly DataFile[]): string {
  if (dataset.path === 'json' || dataset.path === 'csv' || dataset.path === 'parquet') return dataset.path;
  const ending = /\.(parquet|csv)$/.exec(files[0]?.path ?? '')?.[1];
  return ending ?? 'json';
}

function bySplit(files: readonly DataFile[]): Readonly<Record<string, readonly string[]>> {
  const splits = new Map<string, readonly string[]>();
  for (const { split, path } of files) splits.set(split, [...(splits.get(split) ?? []), path]);
  return Object.fromEntries(splits);
}

/** lm-eval takes from the task whatever its shots do not say themselves: only differences are written. */
function fewshotOf(config: TaskConfig): Yaml {
  const { fewshot } = config;
  const own = <K extends keyof FewshotConfig & keyof TaskConfig>(
    key: K,
    value: Yaml | undefined,
  ): Yaml | undefined => (JSON.stringify(fewshot[key]) === JSON.stringify(config[key]) ? undefined : value);
  return {
    sampler: fewshot.sampler,
    samples:
      fewshot.samplesFunction === null
        ? fewshot.samplesJson === null
          ? undefined
          : parsePythonJson(fewshot.samplesJson)
        : functionOf(fewshot.samplesFunction),
    process_docs: own('processDocs', functionOf(fewshot.processDocs)),
    doc_to_text: own('docToText', field(fewshot.docToText)),
    doc_to_target: own('docToTarget', field(fewshot.docToTarget)),
    doc_to_choice: own('docToChoice', field(fewshot.docToChoice)),
    gen_prefix: own('genPrefix', fewshot.genPrefix),
    fewshot_delimiter: own('fewshotDelimiter', fewshot.fewshotDelimiter),
    target_delimiter: own('targetDelimiter', fewshot.targetDelimiter),
  };
}

function field(spec: FieldSpec | null): Yaml | undefined {
  return spec === null ? undefined : writtenField(spec, functionNamed);
}

/** The name under which lm-eval imports the function: ports exist only of its own functions. */
function functionNamed({ name }: FunctionRef): FunctionName {
  return { functionName: pythonName(name) };
}

function functionOf(reference: FunctionRef | null): FunctionName | undefined {
  return reference === null ? undefined : functionNamed(reference);
}

/** 1.5 as Python's float; 1 as an int. */
function numeral(version: number | string): PyValue {
  return typeof version === 'number' && !Number.isInteger(version) ? new PyFloat(version) : version;
}

/** One key a line, its value in flow style. */
function lines(entries: Readonly<Record<string, Yaml | undefined>>): string {
  return Object.entries(entries)
    .filter((entry): entry is [string, Yaml] => entry[1] !== undefined)
    .map(([key, value]) => `${key}: ${flow(value)}\n`)
    .join('');
}

function flow(value: Yaml): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return quoted(value);
  if (value instanceof PyFloat) return floatText(value.value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${(value as readonly Yaml[]).map(flow).join(', ')}]`;
  if (isFunction(value)) return `!function ${value.functionName}`;
  const entries = value instanceof Map ? [...(value as PyDict)] : Object.entries(value as object);
  const pairs = (entries as readonly (readonly [string, Yaml | undefined])[]).filter(
    (entry): entry is [string, Yaml] => entry[1] !== undefined,
  );
  return `{ ${pairs.map(([key, item]) => `${quoted(key)}: ${flow(item)}`).join(', ')} }`;
}

function isFunction(value: object): value is FunctionName {
  return Object.hasOwn(value, 'functionName');
}

/**
 * JSON's text is YAML's, but PyYAML folds U+0085 and U+2028 as line breaks and does not join surrogates: everything
 * that is not ASCII is escaped by code point.
 */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u{10ffff}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff
      ? `\\U${code.toString(16).padStart(8, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** YAML 1.1 knows a float by its point: 1e-07 would be a text. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf';
  const text = pythonFloatRepr(value);
  return text.includes('.') ? text : text.replace(/e/, '.0e');
}

/** A strict configuration back in the dialect's own keys, and as JSON: for records and keys, not for reading. */
import type { JsonValue } from '@evalgraph/formats';
import type { TaskConfig } from '../task.ts';

/** The config types are JSON already, which the type checker does not see of interfaces. */
export function toJson<T extends object>(
  value: T,
): T extends readonly unknown[] ? readonly JsonValue[] : { readonly [key: string]: JsonValue } {
  return JSON.parse(JSON.stringify(value));
}

/** Writes it for keys: a function without a Python file stands in them as it did before there were such files. */
export function keyJson(value: object): { readonly [key: string]: JsonValue } {
  const withoutNone = (key: string, item: unknown): unknown =>
    key === 'source' && item === null ? undefined : item;
  return JSON.parse(JSON.stringify(value, withoutNone));
}

function datasetKwargs({ files, revision }: TaskConfig['dataset']): JsonValue {
  if (files === null && revision === null) return null;
  return {
    ...(files === null ? {} : { data_files: toJson(files) }),
    ...(revision === null ? {} : { revision }),
  };
}

/** A task's configuration in the dialect's own keys, for the result record; functions by name and version. */
export function dialectConfig(config: TaskConfig): JsonValue {
  const field = (spec: TaskConfig['docToText']): JsonValue => {
    if (spec === null) return null;
    if (spec.kind === 'template') return spec.template;
    if (spec.kind === 'int') return spec.value;
    return spec.kind === 'list' ? spec.items : functionText(spec.function);
  };
  const functionText = (reference: TaskConfig['class']): JsonValue =>
    reference === null ? null : `!function ${reference.name} (port ${reference.version})`;
  const { fewshot } = config;
  const entries: Record<string, JsonValue> = {
    task: config.task,
    task_alias: config.alias,
    class: functionText(config.class),
    dataset_path: config.dataset.path,
    dataset_name: config.dataset.name,
    dataset_kwargs: datasetKwargs(config.dataset),
    training_split: config.trainingSplit,
    validation_split: config.validationSplit,
    test_split: config.testSplit,
    fewshot_split: fewshot.split,
    process_docs: functionText(config.processDocs),
    doc_to_text: field(config.docToText),
    doc_to_target: field(config.docToTarget),
    doc_to_choice: field(config.docToChoice),
    description: config.description,
    target_delimiter: config.targetDelimiter,
    fewshot_delimiter: config.fewshotDelimiter,
    gen_prefix: config.genPrefix,
    num_fewshot: config.numFewshot,
    fewshot_config: { sampler: fewshot.sampler, split: fewshot.split },
    output_type: config.outputType,
    generation_kwargs: config.generation === null ? null : JSON.parse(config.generation.kwargsJson),
    repeats: config.repeats,
    filter_list: toJson(config.filters),
    metric_list: toJson(config.metrics),
    process_results: functionText(config.processResults),
    metadata: { version: config.version },
  };
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== null));
}

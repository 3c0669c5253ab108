/**
 * A recorded configuration as lm-eval's results file has it: the keys of its YAML. The record holds filters, metrics and
 * files as they were resolved; what stands at lm-eval's default there is left out, as its users leave it out.
 */
import { canonicalJson, type JsonValue, snakeCase } from '@evalgraph/formats';

type Fields = Readonly<Record<string, JsonValue>>;

/** @param shots what the run gave each document; null: not known, and the record's own number stays */
export function lmEvalConfig(config: JsonValue, shots: number | null): JsonValue {
  const fields = fieldsOf(config);
  if (fields === null) return config;
  const { task_alias, filter_list, metric_list, dataset_kwargs, ...rest } = fields;
  return {
    ...rest,
    ...(task_alias === undefined || task_alias === fields['task'] ? {} : { task_alias }),
    ...(dataset_kwargs === undefined ? {} : { dataset_kwargs: kwargsOf(dataset_kwargs) }),
    ...(filter_list === undefined || isDefaultFilters(filter_list)
      ? {}
      : { filter_list: mapped(filter_list, pipelineOf) }),
    ...(metric_list === undefined ? {} : { metric_list: mapped(metric_list, metricOf) }),
    ...(shots === null ? {} : { num_fewshot: shots }),
    // What lm-eval writes of every task.
    should_decontaminate: fields['should_decontaminate'] ?? false,
    unsafe_code: fields['unsafe_code'] ?? false,
  };
}

/** `{ data_files: { test: path } }`: the record has a list of files with their splits. */
function kwargsOf(kwargs: JsonValue): JsonValue {
  const files = fieldsOf(kwargs)?.['data_files'];
  if (!Array.isArray(files)) return kwargs;
  const bySplit = Map.groupBy(files as readonly JsonValue[], (file) => String(fieldsOf(file)?.['split']));
  const dataFiles = [...bySplit].map(([split, list]): [string, JsonValue] => {
    const paths = list.map((file) => fieldsOf(file)?.['path'] ?? null);
    return [split, paths.length === 1 ? (paths[0] ?? null) : paths];
  });
  return { ...fieldsOf(kwargs), data_files: Object.fromEntries(dataFiles) };
}

/** Where a task's YAML names no filter, lm-eval takes the first response and writes no list. */
function isDefaultFilters(list: JsonValue): boolean {
  return canonicalJson(list) === canonicalJson([{ name: 'none', filters: [{ function: 'take_first' }] }]);
}

function pipelineOf(pipeline: JsonValue): JsonValue {
  const fields = fieldsOf(pipeline);
  if (fields === null || fields['filters'] === undefined) return pipeline;
  const { filters, ...rest } = fields;
  return { ...rest, filter: mapped(filters ?? null, filterOf) };
}

/** Names that differ by more than their case. */
const FILTER_KEYS: ReadonlyMap<string, string> = new Map([['pattern', 'regex_pattern']]);
/** What lm-eval's filters do where their YAML does not say otherwise. */
const FILTER_DEFAULTS: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ['groupSelect', 0],
  ['fallback', '[invalid]'],
]);
/** Python values that the record keeps as JSON texts. */
const JSON_TEXTS: ReadonlyMap<string, string> = new Map([
  ['mappingJson', 'mapping_dict'],
  ['defaultJson', 'default_value'],
]);

function filterOf(filter: JsonValue): JsonValue {
  const fields = fieldsOf(filter);
  if (fields === null) return filter;
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]): [string, JsonValue][] => {
      if (FILTER_DEFAULTS.has(name) && FILTER_DEFAULTS.get(name) === value) return [];
      const text = JSON_TEXTS.get(name);
      if (text !== undefined) return [[text, JSON.parse(String(value)) as JsonValue]];
      return [[FILTER_KEYS.get(name) ?? snakeCase(name), value]];
    }),
  );
}

function metricOf(metric: JsonValue): JsonValue {
  const fields = fieldsOf(metric);
  if (fields === null) return metric;
  const said = Object.entries(fields).filter(
    ([name, value]) =>
      name === 'higherIsBetter' || (value !== false && !(Array.isArray(value) && value.length === 0)),
  );
  return Object.fromEntries(said.map(([name, value]) => [snakeCase(name), value]));
}

function mapped(list: JsonValue, of: (item: JsonValue) => JsonValue): JsonValue {
  return Array.isArray(list) ? (list as readonly JsonValue[]).map(of) : list;
}

function fieldsOf(value: JsonValue | undefined): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** A resolved task as YAML in the dialect's own keys, without what says nothing: for reading and for copying. */
import type { FewshotConfig, FieldSpec, FilterConfig, MetricConfig, TaskConfig } from '@evalgraph/tasks';
import { dialectConfig } from '@evalgraph/tasks';
import { Document, visit } from 'yaml';

export function taskYaml(config: TaskConfig): string {
  const { dataset, metrics, filters } = config;
  const entries = {
    ...(dialectConfig(config) as Readonly<Record<string, unknown>>),
    dataset_kwargs: datasetKwargs(dataset),
    fewshot_config: fewshot(config),
    metric_list: metrics.map(metric),
    filter_list: filters.map(({ name, filters: steps }) => ({ name, filter: steps.map(filter) })),
  };
  return yamlText(entries);
}

export function yamlText(value: unknown): string {
  const document = new Document(value, { keepUndefined: false });
  visit(document, {
    Scalar: (_, node) => {
      // A block of blank lines shows nothing of what it holds.
      if (typeof node.value === 'string' && node.value.trim() === '') node.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: 0 }).trimEnd();
}

function datasetKwargs({ files, revision }: TaskConfig['dataset']): unknown {
  if (files === null && revision === null) return undefined;
  return {
    data_files: files === null ? undefined : bySplit(files),
    revision: revision ?? undefined,
  };
}

function bySplit(files: readonly { readonly split: string; readonly path: string }[]): unknown {
  const splits = new Map<string, string[]>();
  for (const { split, path } of files) splits.set(split, [...(splits.get(split) ?? []), path]);
  return Object.fromEntries(
    [...splits].map(([split, paths]) => [split, paths.length === 1 ? paths[0] : paths]),
  );
}

/** Only what differs from the task itself. */
function fewshot({ fewshot: own, ...task }: TaskConfig): unknown {
  const differs = <K extends keyof FewshotConfig & keyof typeof task>(key: K): boolean =>
    JSON.stringify(own[key]) !== JSON.stringify(task[key]);
  return {
    sampler: own.sampler,
    samples: own.samplesFunction === null ? json(own.samplesJson) : `!function ${own.samplesFunction.name}`,
    doc_to_text: differs('docToText') ? field(own.docToText) : undefined,
    doc_to_target: differs('docToTarget') ? field(own.docToTarget) : undefined,
    doc_to_choice: differs('docToChoice') ? field(own.docToChoice) : undefined,
    process_docs: differs('processDocs') ? (own.processDocs?.name ?? null) : undefined,
    gen_prefix: differs('genPrefix') ? own.genPrefix : undefined,
    fewshot_delimiter: differs('fewshotDelimiter') ? own.fewshotDelimiter : undefined,
    target_delimiter: differs('targetDelimiter') ? own.targetDelimiter : undefined,
  };
}

function field(spec: FieldSpec | null): unknown {
  switch (spec?.kind) {
    case undefined:
      return null;
    case 'template':
      return spec.template;
    case 'int':
      return spec.value;
    case 'list':
      return spec.items;
    case 'function':
      return `!function ${spec.function.name}`;
  }
}

function metric(config: MetricConfig): unknown {
  return {
    metric: config.metric,
    aggregation: config.aggregation,
    higher_is_better: config.higherIsBetter,
    ignore_case: config.ignoreCase || undefined,
    ignore_punctuation: config.ignorePunctuation || undefined,
    ignore_numbers: config.ignoreNumbers || undefined,
    regexes_to_ignore: config.regexesToIgnore.length > 0 ? config.regexesToIgnore : undefined,
  };
}

function filter(config: FilterConfig): unknown {
  switch (config.function) {
    case 'regex':
      return {
        function: 'regex',
        regex_pattern: config.pattern,
        group_select: config.groupSelect,
        fallback: config.fallback,
      };
    case 'multi_choice_regex':
      return {
        function: 'multi_choice_regex',
        regex_pattern: config.pattern,
        group_select: config.groupSelect,
        fallback: config.fallback,
        ignore_case: config.ignoreCase,
        ignore_punctuation: config.ignorePunctuation,
        regexes_to_ignore: config.regexesToIgnore.length > 0 ? config.regexesToIgnore : undefined,
      };
    case 'map':
      return {
        function: 'map',
        mapping_dict: json(config.mappingJson),
        default_value: json(config.defaultJson),
      };
    default:
      return config;
  }
}

/** Python's JSON may hold NaN, which JSON.parse refuses: then the text itself is shown. */
function json(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return text;
  }
}

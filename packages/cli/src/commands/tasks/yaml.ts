/** A resolved task as YAML in the dialect's own keys, without what says nothing: for reading and for copying. */
import {
  dialectConfig,
  dialectFilter,
  dialectMetric,
  type FewshotConfig,
  type FieldSpec,
  type FunctionRef,
  pythonName,
  type TaskConfig,
  writtenField,
} from '@evalgraph/tasks';
import { Document, visit } from 'yaml';

/** A function as `dialectConfig` and `field` write it. */
const FUNCTION = /^!function (\S+)(?: \(port \d+\))?$/;

export function taskYaml(config: TaskConfig): string {
  const { dataset, metrics, filters } = config;
  const entries = {
    ...(dialectConfig(config) as Readonly<Record<string, unknown>>),
    dataset_kwargs: datasetKwargs(dataset),
    fewshot_config: fewshot(config),
    metric_list: metrics.map(dialectMetric),
    filter_list: filters.map(({ name, filters: steps }) => ({
      name,
      filter: steps.map((step) => dialectFilter(step, json)),
    })),
  };
  return yamlText(entries);
}

export function yamlText(value: unknown): string {
  const document = new Document(value, { keepUndefined: false });
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value !== 'string') return;
      const port = FUNCTION.exec(node.value)?.[1];
      if (port !== undefined) {
        // The tag stays, so that a copy is read as the function and not as a text.
        node.value = pythonName(port);
        node.tag = '!function';
        node.type = 'PLAIN';
        // A block of blank lines shows nothing of what it holds.
      } else if (node.value.trim() === '') node.type = 'QUOTE_DOUBLE';
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
    samples: own.samplesFunction === null ? json(own.samplesJson) : functionText(own.samplesFunction),
    doc_to_text: differs('docToText') ? field(own.docToText) : undefined,
    doc_to_target: differs('docToTarget') ? field(own.docToTarget) : undefined,
    doc_to_choice: differs('docToChoice') ? field(own.docToChoice) : undefined,
    process_docs: differs('processDocs')
      ? own.processDocs === null
        ? null
        : functionText(own.processDocs)
      : undefined,
    gen_prefix: differs('genPrefix') ? own.genPrefix : undefined,
    fewshot_delimiter: differs('fewshotDelimiter') ? own.fewshotDelimiter : undefined,
    target_delimiter: differs('targetDelimiter') ? own.targetDelimiter : undefined,
  };
}

function field(spec: FieldSpec | null): unknown {
  return spec === null ? null : writtenField(spec, functionText);
}

function functionText({ name }: FunctionRef): string {
  return `!function ${name}`;
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

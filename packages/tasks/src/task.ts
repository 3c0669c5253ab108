/**
 * The strict form of a task's YAML: every default in it, nothing optional, JSON all through, so that hashing it
 * identifies the task. lm-eval's loose forms end in config/.
 */
import type { Aggregation, ExactMatchOptions, OutputType } from '@evalgraph/metrics';
import type { GenerationKeys } from '@evalgraph/tokenizer/generation';
import type { FilterPipeline } from './filters/table.ts';

/** A ported Python function: its name in the table of ports, and the version of the port. */
export interface FunctionRef {
  readonly name: string;
  readonly version: number;
  /** sha256 of the normalised Python module beside the YAML; null where the YAML names the port itself. */
  readonly source: string | null;
}

/** doc_to_text and its kin. A template that is a column's name is that column: known only with the data. */
export type FieldSpec =
  | { readonly kind: 'template'; readonly template: string }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'function'; readonly function: FunctionRef };

/** A field as a task file holds it. @param named how a function stands in the file */
export function writtenField<Named>(
  spec: FieldSpec,
  named: (reference: FunctionRef) => Named,
): string | number | readonly string[] | Named {
  switch (spec.kind) {
    case 'template':
      return spec.template;
    case 'int':
      return spec.value;
    case 'list':
      return spec.items;
    case 'function':
      return named(spec.function);
  }
}

export interface DatasetConfig {
  readonly path: string | null;
  readonly name: string | null;
  /** dataset_kwargs.revision: of the data set's repository. */
  readonly revision: string | null;
  /** data_files, as the YAML has them; null where it has none. */
  readonly files: readonly { readonly split: string; readonly path: string }[] | null;
  /** Other keys of dataset_kwargs: none is supported, so they are named when the data is asked for. */
  readonly otherKeys: readonly string[];
}

export interface FewshotConfig {
  readonly sampler: 'default' | 'first_n';
  readonly split: string | null;
  readonly processDocs: FunctionRef | null;
  /** A list of documents as Python's JSON (it keeps 1 and 1.0 apart). */
  readonly samplesJson: string | null;
  readonly samplesFunction: FunctionRef | null;
  readonly docToText: FieldSpec | null;
  readonly docToTarget: FieldSpec | null;
  readonly docToChoice: FieldSpec | null;
  readonly genPrefix: string | null;
  readonly fewshotDelimiter: string;
  readonly targetDelimiter: string;
}

export interface GenerationConfig {
  /** The kwargs as lm-eval writes them into samples files (Python's JSON, order kept). */
  readonly kwargsJson: string;
  readonly until: readonly string[];
  readonly maxGenToks: number;
  /** null: greedy. */
  readonly sampling: SamplingConfig | null;
  /** The keys of kwargsJson that change how tokens are chosen, by transformers' rules. */
  readonly rules: GenerationKeys;
}

export interface SamplingConfig {
  readonly temperature: number;
  /** 0: all tokens; null: the checkpoint's own, or transformers' default. */
  readonly topK: number | null;
  /** 1: all tokens; null likewise. */
  readonly topP: number | null;
}

export interface MetricConfig extends ExactMatchOptions {
  readonly metric: string;
  readonly aggregation: Aggregation;
  readonly higherIsBetter: boolean;
}

export interface TaskConfig {
  readonly task: string;
  readonly alias: string;
  readonly version: number | string;
  /** A ported class: then the fields below hold its defaults. */
  readonly class: FunctionRef | null;
  readonly dataset: DatasetConfig;
  readonly trainingSplit: string | null;
  readonly validationSplit: string | null;
  readonly testSplit: string | null;
  readonly processDocs: FunctionRef | null;
  readonly docToText: FieldSpec | null;
  readonly docToTarget: FieldSpec | null;
  readonly docToChoice: FieldSpec | null;
  readonly description: string;
  readonly targetDelimiter: string;
  readonly fewshotDelimiter: string;
  readonly genPrefix: string | null;
  readonly numFewshot: number | null;
  readonly fewshot: FewshotConfig;
  readonly outputType: OutputType;
  readonly generation: GenerationConfig | null;
  readonly repeats: number;
  readonly filters: readonly FilterPipeline[];
  readonly metrics: readonly MetricConfig[];
  readonly processResults: FunctionRef | null;
}

export interface AggregateMetric {
  readonly metric: string;
  /** null: every filter that a task of the group has for the metric. */
  readonly filters: readonly string[] | null;
  readonly weightBySize: boolean;
}

export interface ResolvedTask {
  readonly kind: 'task';
  readonly name: string;
  readonly config: TaskConfig;
  /** Every YAML file that was read for it, and the Python that its functions stand in. */
  readonly files: readonly string[];
}

export interface ResolvedGroup {
  readonly kind: 'group';
  readonly name: string;
  readonly alias: string;
  readonly version: number | string;
  readonly children: readonly (ResolvedTask | ResolvedGroup)[];
  readonly aggregateMetrics: readonly AggregateMetric[];
  readonly files: readonly string[];
}

/** A tag is a list of tasks with one name: it has no scores of its own. */
export interface ResolvedTag {
  readonly kind: 'tag';
  readonly name: string;
  readonly children: readonly ResolvedTask[];
  readonly files: readonly string[];
}

export type TaskNode = ResolvedTask | ResolvedGroup | ResolvedTag;

/** The tasks below a node, in lm-eval's order; a task that stands twice is given once. */
export function leafTasks(node: TaskNode): readonly ResolvedTask[] {
  if (node.kind === 'task') return [node];
  const tasks = new Map<string, ResolvedTask>();
  for (const child of node.children) {
    for (const task of leafTasks(child)) tasks.set(task.name, task);
  }
  return [...tasks.values()];
}

/** The filters by their names in YAML. To add one, declare it in this folder and name it here. */
import type { Dict, Value } from '@evalgraph/templates';
import type { Filter } from './filter.ts';
import { lowercase, majorityVote, map, removeWhitespace, takeFirst, takeFirstK, uppercase } from './plain.ts';
import { multiChoiceRegex, regex } from './regex.ts';

const TABLE = {
  take_first: takeFirst,
  majority_vote: majorityVote,
  remove_whitespace: removeWhitespace,
  lowercase,
  uppercase,
  take_first_k: takeFirstK,
  map,
  regex,
  multi_choice_regex: multiChoiceRegex,
};

type Table = typeof TABLE;

/** A filter of a task, strict: its name and its settings. */
export type FilterConfig = {
  [K in keyof Table]: { readonly function: K } & (Table[K] extends Filter<infer S> ? S : never);
}[keyof Table];

export interface FilterPipeline {
  readonly name: string;
  readonly filters: readonly FilterConfig[];
}

/** A filter whose settings the type checker takes for those of its own name. */
type AnyFilter = Filter<object>;

export const FILTERS: ReadonlyMap<string, AnyFilter> = new Map<string, AnyFilter>(
  Object.entries(TABLE) as unknown as readonly (readonly [string, AnyFilter])[],
);

function filterOf(config: FilterConfig): AnyFilter {
  return TABLE[config.function] as unknown as AnyFilter;
}

/** @throws PythonError where lm-eval's filter would raise. */
export function applyPipeline(pipeline: FilterPipeline, responses: Value, doc: Dict): Value {
  return pipeline.filters.reduce((state, config) => filterOf(config).apply(config, state, doc), responses);
}

/** A step of a `filter_list`'s filter, in the dialect's own keys. @param parse reads Python's JSON, which may hold NaN */
export function dialectFilter<Parsed>(config: FilterConfig, parse: (json: string) => Parsed) {
  return { function: config.function as string, ...filterOf(config).write(config, parse) };
}

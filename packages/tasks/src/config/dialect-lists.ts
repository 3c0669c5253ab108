/** Metrics and filters in the dialect's own keys, without what says nothing: for YAML that is read again. */
import type { FilterConfig, MetricConfig } from '../task.ts';

type Entry<Parsed> =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly string[]
  | Parsed
  | { readonly [key: string]: Entry<Parsed> };

/** An entry of `metric_list`. */
export function dialectMetric(metric: MetricConfig) {
  return {
    metric: metric.metric,
    aggregation: metric.aggregation,
    higher_is_better: metric.higherIsBetter,
    ignore_case: metric.ignoreCase || undefined,
    ignore_punctuation: metric.ignorePunctuation || undefined,
    ignore_numbers: metric.ignoreNumbers || undefined,
    regexes_to_ignore: metric.regexesToIgnore.length > 0 ? metric.regexesToIgnore : undefined,
  };
}

/** A step of a `filter_list`'s filter. @param parse of Python's JSON, which may hold NaN */
export function dialectFilter<Parsed>(
  filter: FilterConfig,
  parse: (json: string) => Parsed,
): { readonly [key: string]: Entry<Parsed> } {
  switch (filter.function) {
    case 'regex':
      return {
        function: filter.function,
        regex_pattern: filter.pattern,
        group_select: filter.groupSelect,
        fallback: filter.fallback,
      };
    case 'multi_choice_regex':
      return {
        function: filter.function,
        regex_pattern: filter.pattern,
        group_select: filter.groupSelect,
        fallback: filter.fallback,
        ignore_case: filter.ignoreCase,
        ignore_punctuation: filter.ignorePunctuation,
        regexes_to_ignore: filter.regexesToIgnore.length > 0 ? filter.regexesToIgnore : undefined,
      };
    case 'map':
      return {
        function: filter.function,
        mapping_dict: parse(filter.mappingJson),
        default_value: parse(filter.defaultJson),
      };
    case 'take_first_k':
      return { function: filter.function, k: filter.k };
    default:
      return { function: filter.function };
  }
}

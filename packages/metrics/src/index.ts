export type { Aggregation } from './aggregate.ts';
export { AGGREGATIONS, aggregate, BOOTSTRAPPED, standardError } from './aggregate.ts';
export { BOOTSTRAP_ITERATIONS } from './bootstrap.ts';
export type { ChoiceDoc } from './choices.ts';
export { chanceOf, choiceMeasures } from './choices.ts';
export { countBytes, countWords } from './counts.ts';
export type { ExactMatchOptions } from './exact-match.ts';
export {
  COMPARED_METRICS,
  COMPUTED_METRICS,
  defaultMetrics,
  directionsOf,
  HEADLINE_METRICS,
  isSquad,
  metricFacts,
  metricScale,
} from './facts.ts';
export type { Metric, MetricFacts, OutputType } from './metric.ts';
export { METRICS, ONLY_IN_LM_EVAL } from './table.ts';

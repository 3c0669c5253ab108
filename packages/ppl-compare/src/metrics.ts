/** Which metrics of a task a comparison shows. */
import {
  type CellResults,
  compareFilters,
  type MetricName,
  type MetricValues,
  metricsIn,
} from '@evalgraph/formats';
import { COMPARED_METRICS, metricFacts } from '@evalgraph/metrics';

/**
 * Metrics to compare: those of `COMPARED_METRICS` that the task has, each under each of its filters. A task with none
 * of them is compared by everything that it has. What is "N/A" for both (HasAns_exact, where a limited run saw no
 * answerable question) is nothing to compare.
 */
export function comparedMetrics(dense: MetricValues, pruned: MetricValues): readonly MetricName[] {
  const either = Object.keys(dense).map(
    (key) => [key, dense[key] === 'N/A' ? (pruned[key] ?? 'N/A') : 0] as const,
  );
  const found = metricsIn(Object.fromEntries(either));
  const known = COMPARED_METRICS.flatMap((name) =>
    found.filter(({ metric }) => metric === name).sort((a, b) => compareFilters(a.filter, b.filter)),
  );
  return known.length > 0 ? known : found;
}

/** The record's direction for the task goes first, then that of any of its tasks, then the metric's name decides. */
export function higherIsBetter(cell: CellResults, task: string, metric: string): boolean {
  const stated =
    cell.higherIsBetter[task]?.[metric] ??
    Object.values(cell.higherIsBetter).find((metrics) => metrics[metric] !== undefined)?.[metric];
  return stated ?? metricFacts(metric).higherIsBetter;
}

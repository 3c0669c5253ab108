/** The names of metrics in a results file: `acc,none`, with the filter that it came out of. */
import type { MetricValues } from './records.ts';

/** A metric of a task, as it came out of one of the task's filters. */
export interface MetricName {
  readonly metric: string;
  /** 'none' where the task has no filter; '' in a key without one, as lm-eval 0.3 wrote it. */
  readonly filter: string;
}

/** The key of a results file: `acc,none`. */
export function metricKey({ metric, filter }: MetricName): string {
  return `${metric},${filter}`;
}

/** The key of a results file: `acc_stderr,none`. */
export function stderrKey({ metric, filter }: MetricName): string {
  return `${metric}${STDERR},${filter}`;
}

const STDERR = '_stderr';

/** @param metric a name without its filter */
export function isStderr(metric: string): boolean {
  return metric.endsWith(STDERR);
}

export function splitMetricKey(key: string): MetricName {
  const comma = key.indexOf(',');
  return comma < 0
    ? { metric: key, filter: '' }
    : { metric: key.slice(0, comma), filter: key.slice(comma + 1) };
}

/** The metrics that `metrics` has a value for, without standard errors; "N/A" is as good as absent. */
export function metricsIn(metrics: MetricValues): readonly MetricName[] {
  return Object.entries(metrics)
    .filter(([, value]) => value !== 'N/A')
    .map(([key]) => splitMetricKey(key))
    .filter(({ metric, filter }) => filter !== '' && !isStderr(metric));
}

/** 'none', then 'strict-match', then by name: a record's keys are sorted, so a file's order says nothing. */
export function compareFilters(a: string, b: string): number {
  const rank = (filter: string): number => (filter === 'none' ? 0 : filter === 'strict-match' ? 1 : 2);
  return rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** lm-eval records SQuAD v2 in percent and everything else as shares: which of the two a metric is. */
import type { MetricValues } from './records.ts';

const SQUAD = /^((HasAns|NoAns|best)_)?(exact|f1)$/;
const TELLS_SQUAD = /^(HasAns|NoAns|best)_exact,/;

/** @param metric without its filter. @returns recorded value / scale is the share. */
export function metricScale(metrics: MetricValues, metric: string): 1 | 100 {
  return SQUAD.test(metric) && Object.keys(metrics).some((key) => TELLS_SQUAD.test(key)) ? 100 : 1;
}

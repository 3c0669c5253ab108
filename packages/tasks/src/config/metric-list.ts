/** metric_list -> strict values with lm-eval's defaults. */
import {
  AGGREGATIONS,
  type Aggregation,
  COMPUTED_METRICS,
  defaultMetrics,
  METRICS,
  type Metric,
  metricFacts,
  ONLY_IN_LM_EVAL,
  type OutputType,
} from '@evalgraph/metrics';
import { messages } from '../messages.ts';
import type { MetricConfig } from '../task.ts';
import type { YamlNode } from '../yaml/node.ts';
import { mapsOf, type Reader, readerOf, regexes } from '../yaml/reader.ts';

const METRIC_KEYS = [
  'metric',
  'aggregation',
  'higher_is_better',
  'ignore_case',
  'ignore_punctuation',
  'ignore_numbers',
  'regexes_to_ignore',
  'hf_evaluate',
];

export function metricConfigs(
  reader: Reader,
  outputType: OutputType,
  hasProcessResults: boolean,
): readonly MetricConfig[] {
  const node = reader.node('metric_list');
  if (node === undefined) return defaultMetrics(outputType).map(defaultMetric);
  return mapsOf(reader, 'metric_list', node).flatMap((map) => {
    const metric = metricConfig(readerOf(map, reader.problems), outputType, hasProcessResults);
    return metric === null ? [] : [metric];
  });
}

function defaultMetric(metric: string): MetricConfig {
  return {
    metric,
    aggregation: computedMetric(metric)?.aggregation ?? 'mean',
    higherIsBetter: metricFacts(metric).higherIsBetter,
    ignoreCase: false,
    ignorePunctuation: false,
    ignoreNumbers: false,
    regexesToIgnore: [],
  };
}

/** null where only a function of the task, or lm-eval, computes it. */
function computedMetric(name: string): Metric | null {
  return COMPUTED_METRICS.includes(name) ? (METRICS.get(name) ?? null) : null;
}

function metricConfig(
  reader: Reader,
  outputType: OutputType,
  hasProcessResults: boolean,
): MetricConfig | null {
  reader.onlyKeys(METRIC_KEYS, 'an entry of metric_list');
  const metric = reader.text('metric');
  const named = reader.node('metric');
  if (metric === null || named === undefined) {
    if (named === undefined)
      reader.problems.push(messages.missingKey('metric', reader.map, 'An entry of metric_list'));
    return null;
  }
  const facts = computedMetric(metric);
  const evaluateNode = reader.node('hf_evaluate');
  if (evaluateNode !== undefined && reader.flag('hf_evaluate', false)) {
    reader.problems.push(messages.unsupportedKey('hf_evaluate', evaluateNode, 'it loads a Python metric'));
  } else if (!hasProcessResults && ONLY_IN_LM_EVAL.includes(metric)) {
    reader.problems.push(messages.unsupportedMetric(metric, named));
  } else if (!hasProcessResults && facts === null) {
    reader.problems.push(messages.unknownMetric(metric, named, COMPUTED_METRICS));
  } else if (!hasProcessResults && facts?.computed[outputType] === undefined) {
    reader.problems.push(messages.metricOutputType(metric, outputType, named));
  }
  const base = defaultMetric(metric);
  return {
    ...base,
    aggregation: aggregationOf(
      reader,
      metric,
      named,
      facts?.aggregation ?? (hasProcessResults ? null : 'mean'),
    ),
    higherIsBetter: reader.flag('higher_is_better', base.higherIsBetter),
    ignoreCase: reader.flag('ignore_case', false),
    ignorePunctuation: reader.flag('ignore_punctuation', false),
    ignoreNumbers: reader.flag('ignore_numbers', false),
    regexesToIgnore: regexes(reader, 'regexes_to_ignore'),
  };
}

function aggregationOf(
  reader: Reader,
  metric: string,
  named: YamlNode,
  byDefault: Aggregation | null,
): Aggregation {
  const node = reader.node('aggregation');
  if (node?.kind === 'function') {
    reader.problems.push(messages.unknownFunction.notPorted(node.name, 'aggregation', node, []));
    return 'mean';
  }
  const name = reader.text('aggregation');
  if (name === null || node === undefined) {
    if (byDefault === null) reader.problems.push(messages.metricNeedsAggregation(metric, named));
    return byDefault ?? 'mean';
  }
  const found = AGGREGATIONS.find((known) => known === name);
  if (found === undefined) reader.problems.push(messages.unknownAggregation(name, node, AGGREGATIONS));
  return found ?? 'mean';
}

/** An entry of `metric_list` in the dialect's own keys, without what says nothing: for YAML that is read again. */
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

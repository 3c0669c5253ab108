/** metric_list and filter_list -> strict values with lm-eval's defaults. */
import { dumpsPython } from '@evalgraph/formats';
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
import { compileRegex, PythonError } from '@evalgraph/templates';
import { messages } from '../messages.ts';
import type { FilterConfig, FilterPipeline, MetricConfig } from '../task.ts';
import type { MapNode, YamlNode } from '../yaml/node.ts';
import { plainValue, type Reader, readerOf } from './reader.ts';

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

function regexes(reader: Reader, key: string): readonly string[] {
  const patterns = reader.texts(key) ?? [];
  const node = reader.node(key);
  for (const pattern of patterns) if (node !== undefined) checkRegex(reader, pattern, node);
  return patterns;
}

function checkRegex(reader: Reader, pattern: string, node: YamlNode): void {
  try {
    compileRegex(pattern);
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    reader.problems.push(
      messages.wrongType('A regular expression', node, `one that runs here: ${error.message}`),
    );
  }
}

const FILTERS: Readonly<Record<string, readonly string[]>> = {
  take_first: [],
  majority_vote: [],
  remove_whitespace: [],
  lowercase: [],
  uppercase: [],
  take_first_k: ['k'],
  map: ['mapping_dict', 'default_value'],
  regex: ['regex_pattern', 'group_select', 'fallback'],
  multi_choice_regex: [
    'regex_pattern',
    'group_select',
    'fallback',
    'ignore_case',
    'ignore_punctuation',
    'regexes_to_ignore',
  ],
};

export function filterPipelines(reader: Reader): readonly FilterPipeline[] {
  const node = reader.node('filter_list');
  if (node === undefined) return [{ name: 'none', filters: [{ function: 'take_first' }] }];
  return mapsOf(reader, 'filter_list', node).flatMap((map) => {
    const inner = readerOf(map, reader.problems);
    inner.onlyKeys(['name', 'filter'], 'an entry of filter_list');
    const name = inner.text('name');
    const filters = inner.node('filter');
    if (name === null || filters === undefined) {
      reader.problems.push(
        messages.missingKey(name === null ? 'name' : 'filter', map, 'An entry of filter_list'),
      );
      return [];
    }
    const steps = mapsOf(inner, 'filter', filters).flatMap((step) => {
      const filter = filterConfig(readerOf(step, reader.problems));
      return filter === null ? [] : [filter];
    });
    return [{ name, filters: steps }];
  });
}

function filterConfig(reader: Reader): FilterConfig | null {
  const name = reader.text('function');
  const node = reader.node('function');
  if (name === null || node === undefined) {
    reader.problems.push(messages.missingKey('function', reader.map, 'A filter'));
    return null;
  }
  const keys = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
  if (keys === undefined) {
    reader.problems.push(messages.unknownFilter(name, node, Object.keys(FILTERS)));
    return null;
  }
  reader.onlyKeys(['function', ...keys], `the filter ${name}`);
  switch (name) {
    case 'take_first':
    case 'majority_vote':
    case 'remove_whitespace':
    case 'lowercase':
    case 'uppercase':
      return { function: name };
    case 'take_first_k': {
      const k = reader.integer('k');
      if (k === null) reader.problems.push(messages.missingKey('k', reader.map, 'The filter take_first_k'));
      return { function: name, k: k ?? 1 };
    }
    case 'map':
      return {
        function: name,
        mappingJson: jsonOf(reader, 'mapping_dict', '{}'),
        defaultJson: jsonOf(reader, 'default_value', 'null'),
      };
    default: {
      const pattern = reader.text('regex_pattern') ?? '#### (\\-?[0-9\\.\\,]+)';
      checkRegex(reader, pattern, reader.node('regex_pattern') ?? node);
      const shared = {
        pattern,
        groupSelect: reader.integer('group_select') ?? 0,
        fallback: reader.text('fallback') ?? '[invalid]',
      };
      if (name === 'regex') return { function: 'regex', ...shared };
      return {
        function: 'multi_choice_regex',
        ...shared,
        ignoreCase: reader.flag('ignore_case', false),
        ignorePunctuation: reader.flag('ignore_punctuation', false),
        regexesToIgnore: regexes(reader, 'regexes_to_ignore'),
      };
    }
  }
}

function jsonOf(reader: Reader, key: string, byDefault: string): string {
  const node = reader.node(key);
  if (node === undefined) return byDefault;
  return dumpsPython(plainValue(node, key, reader.problems), { indent: null, ensureAscii: true });
}

function mapsOf(reader: Reader, key: string, node: YamlNode): readonly MapNode[] {
  const items = node.kind === 'list' ? node.items : [node];
  return items.filter((item): item is MapNode => {
    if (item.kind !== 'map') reader.problems.push(messages.wrongType(key, item, 'a list of maps'));
    return item.kind === 'map';
  });
}

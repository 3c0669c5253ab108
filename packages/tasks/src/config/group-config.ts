/** The group keys of a YAML map -> alias, version and what is aggregated. Its members are the library's matter. */
import type { Problem } from '@evalgraph/formats';
import { messages } from '../messages.ts';
import type { AggregateMetric } from '../task.ts';
import type { MapNode } from '../yaml/node.ts';
import { type Reader, readerOf } from '../yaml/reader.ts';
import { versionOf } from './task-config.ts';

export interface GroupConfig {
  readonly alias: string;
  readonly version: number | string;
  readonly aggregateMetrics: readonly AggregateMetric[];
}

export function normalizeGroup(name: string, map: MapNode, problems: Problem[]): GroupConfig {
  const reader = readerOf(map, problems);
  return {
    alias: reader.text('group_alias') ?? name,
    version: versionOf(reader, 'N/A'),
    aggregateMetrics: aggregateMetrics(reader),
  };
}

function aggregateMetrics(reader: Reader): readonly AggregateMetric[] {
  const node = reader.node('aggregate_metric_list');
  if (node === undefined) return [];
  const items = node.kind === 'list' ? node.items : [node];
  return items.flatMap((item) => {
    if (item.kind !== 'map') {
      reader.problems.push(messages.wrongType('aggregate_metric_list', item, 'a list of maps'));
      return [];
    }
    const inner = readerOf(item, reader.problems);
    inner.onlyKeys(
      ['metric', 'filter_list', 'aggregation', 'weight_by_size'],
      'an entry of aggregate_metric_list',
    );
    const metric = inner.text('metric');
    if (metric === null) {
      reader.problems.push(messages.missingKey('metric', item, 'An entry of aggregate_metric_list'));
      return [];
    }
    const aggregation = inner.text('aggregation') ?? 'mean';
    const aggregationNode = inner.node('aggregation');
    if (aggregation !== 'mean' && aggregationNode !== undefined) {
      reader.problems.push(messages.unknownGroupAggregation(aggregation, aggregationNode, ['mean']));
    }
    return [
      { metric, filters: inner.texts('filter_list'), weightBySize: inner.flag('weight_by_size', true) },
    ];
  });
}

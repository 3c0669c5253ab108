/** Scores of tasks -> rows for every group of a tree: weighted means and pooled standard errors, as lm-eval's. */
import { byName, type MetricValues, metricKey, stderrKey, UserError } from '@evalgraph/formats';
import { compareText } from '@evalgraph/templates';
import { messages } from '../messages.ts';
import { type AggregateMetric, leafTasks, type ResolvedGroup } from '../task.ts';
import type { ScoredTask } from './score-task.ts';

export interface GroupRow {
  readonly name: string;
  readonly alias: string;
  readonly version: number | string;
  readonly metrics: MetricValues;
  /** Expected score of guessing, by metric, where each task of the group has one; weighted as the metric is. */
  readonly chance: Readonly<Record<string, number>>;
  /** Documents scored, over all tasks below. */
  readonly samples: number;
  /** Names of the direct children. */
  readonly children: readonly string[];
}

/**
 * A row for the group and for each group below it, the outermost first. A group without aggregate_metric_list has
 * a row without metrics.
 * @throws UserError where a task has no scores, or lacks a metric that its group averages.
 */
export function aggregateGroup(
  group: ResolvedGroup,
  scored: ReadonlyMap<string, ScoredTask>,
): readonly GroupRow[] {
  const names = leafTasks(group).map((task) => task.name);
  const missing = names.filter((name) => !scored.has(name));
  if (missing.length > 0) throw new UserError(messages.groupIncomplete(group.name, missing));
  const tasks = names.flatMap((name) => scored.get(name) ?? []);
  const metrics = byName<number | 'N/A'>([]);
  for (const aggregation of group.aggregateMetrics) {
    const filters = aggregation.filters ?? discoveredFilters(aggregation.metric, tasks);
    if (filters.length === 0)
      throw new UserError(messages.groupMetricMissing(group.name, aggregation.metric, []));
    for (const filter of filters)
      Object.assign(metrics, aggregateMetric(group.name, aggregation, filter, tasks));
  }
  const row: GroupRow = {
    name: group.name,
    alias: group.alias,
    version: group.version,
    metrics,
    chance: groupChance(group.aggregateMetrics, tasks),
    samples: tasks.reduce((sum, task) => sum + task.sampleCount.effective, 0),
    children: group.children.map((child) => child.name),
  };
  const below = group.children.flatMap((child) =>
    child.kind === 'group' ? aggregateGroup(child, scored) : [],
  );
  return [row, ...below];
}

function discoveredFilters(metric: string, tasks: readonly ScoredTask[]): readonly string[] {
  const prefix = `${metric},`;
  const filters = tasks.flatMap((task) =>
    Object.keys(task.metrics).flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : [])),
  );
  return [...new Set(filters)].sort(compareText);
}

function aggregateMetric(
  group: string,
  aggregation: AggregateMetric,
  filter: string,
  tasks: readonly ScoredTask[],
): MetricValues {
  const key = metricKey({ metric: aggregation.metric, filter });
  const errorKey = stderrKey({ metric: aggregation.metric, filter });
  const lacking = tasks.filter((task) => typeof task.metrics[key] !== 'number').map((task) => task.name);
  // lm-eval averages over the tasks that have the metric and warns; a mean over fewer tasks is another number.
  if (lacking.length > 0) throw new UserError(messages.groupMetricMissing(group, key, lacking));
  const rows = tasks.map((task) => ({
    value: Number(task.metrics[key]),
    error: task.metrics[errorKey],
    size: task.sampleCount.effective,
  }));
  const weights = rows.map((row) => (aggregation.weightBySize ? row.size : 1));
  const errors = rows.map((row) => row.error).filter((error) => typeof error === 'number');
  return {
    [key]: total(rows.map((row, index) => row.value * (weights[index] ?? 0))) / total(weights),
    [errorKey]:
      errors.length === rows.length
        ? pooledError(
            errors,
            rows.map((row) => row.size),
            aggregation.weightBySize,
          )
        : 'N/A',
  };
}

function groupChance(
  aggregations: readonly AggregateMetric[],
  tasks: readonly ScoredTask[],
): Readonly<Record<string, number>> {
  const entries = aggregations.flatMap(({ metric, weightBySize }) => {
    const chances = tasks.map((task) => task.chance[metric]);
    if (!chances.every((chance) => chance !== undefined)) return [];
    const weights = tasks.map((task) => (weightBySize ? task.sampleCount.effective : 1));
    return [
      [
        metric,
        total(chances.map((chance, index) => chance * (weights[index] ?? 0))) / total(weights),
      ] as const,
    ];
  });
  return Object.fromEntries(entries);
}

/** Pooled: sqrt(sum((n-1) se^2 n) / (N - k) / N), as if the tasks were one sample. Unweighted: sqrt(sum se^2) / k. */
function pooledError(errors: readonly number[], sizes: readonly number[], weighted: boolean): number {
  if (!weighted) return Math.sqrt(total(errors.map((error) => error ** 2))) / errors.length;
  const all = total(sizes);
  const squares = errors.map((error, index) => {
    const size = sizes[index] ?? 0;
    return (size - 1) * error ** 2 * size;
  });
  return Math.sqrt(total(squares) / (all - sizes.length) / all);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

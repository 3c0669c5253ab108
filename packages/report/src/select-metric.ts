/** A report's data by another metric than each task's headline. */
import { metricsIn } from '@evalgraph/formats';
import { metricScale } from '@evalgraph/metrics';
import { headlineMetric } from './headline-metric.ts';
import type { Column, ReportData, Row, TaskNode } from './scores.ts';

/**
 * The same rows with one metric for every task that has it; a group without it gives way to its members.
 * @param metric `acc_norm`, or with its filter: `exact_match,flexible-extract`
 * @returns data without tasks where none has the metric
 */
export function byMetric(data: ReportData, metric: string): ReportData {
  const choose = (node: TaskNode): readonly TaskNode[] => {
    const children = node.children.flatMap(choose);
    const column = withMetric(node.column, data.rows, metric);
    return column === null ? children : [{ ...node, column, children }];
  };
  // What is shown beside a headline belongs to a table of headlines.
  return { ...data, tasks: data.tasks.flatMap(choose), extras: [] };
}

/** Names of all metrics of the tasks' results. */
export function metricNames({ tasks, rows }: ReportData): readonly string[] {
  const names = tasks.flatMap(({ column }) =>
    metricsIn(resultOf(column, rows)?.metrics ?? {}).map(({ metric }) => metric),
  );
  return [...new Set(names)].sort();
}

function withMetric(column: Column, rows: readonly Row[], metric: string): Column | null {
  const cell = cellOf(column, rows);
  const metrics = resultOf(column, rows)?.metrics;
  if (cell === undefined || metrics === undefined) return null;
  const own = Object.fromEntries(
    Object.entries(metrics).filter(([key]) => key === metric || key.startsWith(`${metric},`)),
  );
  const found = headlineMetric(own, cell.higherIsBetter[column.task]);
  if (found === null) return null;
  return {
    ...column,
    metric: { ...found, scale: metricScale(metrics, found.metric) },
    chance: cell.chance[column.task]?.[found.metric] ?? null,
  };
}

function cellOf({ cell }: Column, rows: readonly Row[]) {
  return rows.find((row) => row.cells.has(cell))?.cells.get(cell);
}

function resultOf(column: Column, rows: readonly Row[]) {
  return cellOf(column, rows)?.results[column.task];
}

/** What a table of scores has for columns: each task's headline, or one metric of those tasks that have it. */
import { metricScale, metricsIn, suggest, UserError } from '@evalgraph/formats';
import {
  type Column,
  headlineMetric,
  leavesOf,
  type ReportData,
  type Row,
  type TaskNode,
} from '@evalgraph/report/data';
import { messages } from './messages.ts';

/** null: each task's headline. */
export type Selection = string | null;

export interface Group {
  readonly node: string;
  /** Groups inside the group: humanities, STEM. */
  readonly categories: readonly Column[];
  readonly leaves: readonly Column[];
}

export interface Measures {
  readonly tasks: readonly Column[];
  readonly groups: readonly Group[];
}

/** @throws UserError where no task has the metric. */
export function measuresOf(data: ReportData, metric: Selection): Measures {
  const choose = (node: TaskNode): readonly Column[] => {
    if (metric === null) return [node.column];
    const found = withMetric(node.column, data.rows, metric);
    return found === null ? [] : [found];
  };
  // What is shown beside a headline belongs to a table of headlines.
  const extras = metric === null ? data.extras : [];
  const tasks = data.tasks.flatMap((node) => [
    ...choose(node),
    ...extras.filter(({ task }) => task === node.name),
  ]);
  if (tasks.length === 0 && metric !== null) {
    const known = [...new Set(data.tasks.flatMap((node) => metricsOf(node.column, data.rows)))].sort();
    throw new UserError(messages.unknownMetric(metric, known, suggest(metric, known)));
  }
  return {
    tasks,
    groups: data.tasks
      .filter(({ children }) => children.length > 0)
      .map((node) => ({
        node: node.name,
        categories: node.children.filter(({ children }) => children.length > 0).flatMap(choose),
        leaves: leavesOf(node).flatMap(choose),
      }))
      .filter(({ leaves }) => leaves.length > 0),
  };
}

/** @param metric `acc_norm`, or with its filter: `exact_match,flexible-extract` */
function withMetric(column: Column, rows: readonly Row[], metric: string): Column | null {
  const cell = rows.find((row) => row.cells.has(column.cell))?.cells.get(column.cell);
  const metrics = cell?.results[column.task]?.metrics;
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

function metricsOf({ cell: name, task }: Column, rows: readonly Row[]): readonly string[] {
  const cell = rows.find((row) => row.cells.has(name))?.cells.get(name);
  const found = metricsIn(cell?.results[task]?.metrics ?? {});
  return [...new Set(found.map(({ metric: one }) => one))];
}

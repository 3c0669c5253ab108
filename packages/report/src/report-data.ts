/** ReportInput -> ReportData: the checked input as columns and rows. */
import { type CellResults, type Problem, UserError } from '@evalgraph/formats';
import { checkComparison, checkSeries } from './check-comparison.ts';
import { checkExtraInput } from './check-extra-input.ts';
import { extraMetrics, headlineMetric, type Metric } from './headline-metric.ts';
import type { ReportCheckpoint, ReportInput } from './input.ts';
import { messages } from './messages.ts';
import {
  type Column,
  cellName,
  checkpointId,
  hasScore,
  type ReportData,
  type Row,
  readScore,
  type TaskNode,
} from './scores.ts';

/** @throws UserError with everything that is missing, doubled, damaged or made in another way */
export function reportData(input: ReportInput): ReportData {
  const problems: Problem[] = [];
  if (input.missing.length > 0 && input.partial !== true) problems.push(messages.cellsMissing(input.missing));
  if (input.models.length === 0) problems.push(messages.nothingToShow('model'));
  // Perplexities and comparisons are results too.
  const isMeasured =
    input.cells.some(({ perplexity }) => perplexity !== undefined) ||
    input.comparisons.length + (input.seriesComparisons ?? []).length > 0;
  if (input.tasks.length === 0 && !isMeasured) problems.push(messages.nothingToShow('task'));
  problems.push(...twice('Task', input.tasks));
  problems.push(...twice('Model', namesOf(input.models)));
  for (const model of input.models) {
    if (model.checkpoints.length === 0) problems.push(messages.nothingToShow(`checkpoint of ${model.name}`));
    problems.push(...twice(`Checkpoint of ${model.name}`, namesOf(model.checkpoints)));
  }
  for (const comparison of input.comparisons) problems.push(...checkComparison(comparison));
  const bySteps = input.seriesComparisons ?? [];
  for (const comparison of bySteps) problems.push(...checkSeries(comparison));
  problems.push(...twice('Comparison', namesOf([...input.comparisons, ...bySteps])));
  const rows = toRows(input, problems);
  if (problems.length > 0) throw new UserError(problems);
  const shown = input.tasks.filter(
    (task) => input.partial !== true || rows.some((row) => row.cells.has(task)),
  );
  if (shown.length === 0 && !isMeasured) throw new UserError(messages.nothingToShow('result'));
  const tasks = shown.flatMap((task) => toNodes(task, task, rows, [], problems));
  for (const node of tasks) checkNode(node, rows, problems);
  if (problems.length > 0) throw new UserError(problems);
  const data = { input, tasks, extras: toExtras(tasks, rows), rows };
  for (const column of data.extras) checkColumn(column, rows, problems);
  problems.push(...checkExtraInput(input, tasks));
  if (problems.length > 0) throw new UserError(problems);
  return data;
}

function toRows(input: ReportInput, problems: Problem[]): readonly Row[] {
  const byCheckpoint = new Map<string, CellResults[]>();
  for (const cell of input.cells) {
    const id = checkpointId(cell.checkpoint.model, cell.checkpoint.checkpoint);
    byCheckpoint.set(id, [...(byCheckpoint.get(id) ?? []), cell]);
  }
  const rows = input.models.flatMap((model) =>
    model.checkpoints.map((checkpoint): Row => {
      const id = checkpointId(model.name, checkpoint.name);
      const found = byCheckpoint.get(id) ?? [];
      const expected = tasksOf(input, checkpoint);
      byCheckpoint.delete(id);
      const cells = new Map<string, CellResults>();
      const perplexities: CellResults[] = [];
      for (const cell of found) {
        const name = cellName(model, checkpoint, cell.task);
        if (cell.checkpoint.digest !== checkpoint.digest) {
          problems.push(messages.wrongDigest(name, checkpoint.digest, cell.checkpoint.digest));
        }
        if (checkpoint.origin === undefined) checkEngine(name, cell, input, problems);
        if (cell.perplexity !== undefined) {
          if (!Number.isFinite(cell.perplexity.perplexity)) {
            problems.push(messages.notFinite(`${name}, perplexity`, cell.perplexity.perplexity));
          }
          perplexities.push(cell);
        } else if (!expected.includes(cell.task)) problems.push(messages.unexpectedCell(name));
        else if (cells.has(cell.task)) problems.push(messages.listedTwice('The result of', name));
        else cells.set(cell.task, cell);
      }
      const missing = new Set(expected.filter((task) => !cells.has(task)));
      return { model, checkpoint, cells, perplexities, missing };
    }),
  );
  for (const [id, cells] of byCheckpoint) {
    for (const cell of cells) problems.push(messages.unexpectedCell(`${id}/${cell.task}`));
  }
  const missing = rows.flatMap((row) =>
    [...row.missing].map((task) => cellName(row.model, row.checkpoint, task)),
  );
  if (missing.length > 0 && input.partial !== true) problems.push(messages.cellsMissing(missing));
  return rows;
}

function tasksOf(input: ReportInput, checkpoint: ReportCheckpoint): readonly string[] {
  return checkpoint.tasks ?? input.tasks;
}

function checkEngine(name: string, cell: CellResults, input: ReportInput, problems: Problem[]): void {
  const text = ({ name, numericsVersion, dtype, details }: CellResults['engine']): string =>
    [`${name} numerics ${numericsVersion} ${dtype}`, ...Object.entries(details).flat()].join(' ');
  const expected = text(input.computed.engine);
  const found = text(cell.engine);
  if (expected !== found) problems.push(messages.settingDiffers(name, 'the engine', expected, found));
}

/**
 * Columns as the first row that has the task knows them; `checkNode` then holds every other row to that. A group
 * without a metric of its own has nothing to show but its children.
 */
function toNodes(
  name: string,
  cellTask: string,
  rows: readonly Row[],
  path: readonly string[],
  problems: Problem[],
): readonly TaskNode[] {
  const cell = rows.find((row) => row.cells.has(cellTask))?.cells.get(cellTask);
  if (cell === undefined) {
    problems.push(messages.nothingToShow(`result of ${cellTask}`));
    return [];
  }
  const inside = [...path, name];
  const children = (cell.groupSubtasks[name] ?? [])
    .filter((child) => !inside.includes(child))
    .flatMap((child) => toNodes(child, cellTask, rows, inside, problems));
  const metric = headlineMetric(cell.results[name]?.metrics ?? {}, cell.higherIsBetter[name]);
  if (metric !== null) return [{ name, column: columnOf(name, cellTask, metric, cell), children }];
  if (children.length === 0) problems.push(messages.noMetric(cellTask, name));
  return children;
}

function columnOf(task: string, cellTask: string, metric: Metric, cell: CellResults): Column {
  return {
    task,
    cell: cellTask,
    metric,
    chance: cell.chance[task]?.[metric.metric] ?? null,
    shots: cell.numFewshot[task] ?? null,
    limit: cell.limit,
  };
}

function checkNode(node: TaskNode, rows: readonly Row[], problems: Problem[]): void {
  checkColumn(node.column, rows, problems);
  for (const child of node.children) checkNode(child, rows, problems);
}

/** Every row that has the task has the number, made in the same way. */
function checkColumn(column: Column, rows: readonly Row[], problems: Problem[]): void {
  for (const row of rows) {
    const cell = row.cells.get(column.cell);
    if (cell === undefined) continue;
    readScore(row, column, problems);
    const other = columnOf(column.task, column.cell, column.metric, cell);
    const name = `${cellName(row.model, row.checkpoint, column.cell)} (${column.task})`;
    for (const what of ['shots', 'limit', 'chance'] as const) {
      const expected = String(column[what] ?? 'none');
      const found = String(other[what] ?? 'none');
      if (found !== expected) problems.push(messages.settingDiffers(name, what, expected, found));
    }
  }
}

function toExtras(tasks: readonly TaskNode[], rows: readonly Row[]): readonly Column[] {
  return tasks.flatMap(({ column }) => {
    const cell = rows.find((row) => hasScore(row, column))?.cells.get(column.cell);
    const metrics = cell?.results[column.task]?.metrics;
    if (cell === undefined || metrics === undefined) return [];
    return extraMetrics(metrics, column.metric, cell.higherIsBetter[column.task]).map((metric) =>
      columnOf(column.task, column.cell, metric, cell),
    );
  });
}

function namesOf(list: readonly { readonly name: string }[]): readonly string[] {
  return list.map(({ name }) => name);
}

function twice(what: string, names: readonly string[]): readonly Problem[] {
  const doubled = names.filter((name, index) => names.indexOf(name) < index);
  return [...new Set(doubled)].map((name) => messages.listedTwice(what, name));
}

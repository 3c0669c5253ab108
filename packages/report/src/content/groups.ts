/** Groups: their categories from first to last, the best and worst tasks at the last checkpoint, the most changed. */
import { formatCount } from '../format.ts';
import type { ReportModel } from '../input.ts';
import {
  hasScore,
  leavesOf,
  type ReportData,
  type Row,
  type Score,
  scoreOf,
  type TaskNode,
} from '../scores.ts';
import { endsOf, isSeries, ranked, rankedAt, rowsOf } from '../select.ts';
import { type Block, heading, paragraph, tableBlock, textCell } from './blocks.ts';
import {
  chanceCell,
  checkpointText,
  countCell,
  gainCell,
  metricText,
  placeText,
  scoreCell,
  taskText,
} from './cells.ts';
import { type Form, overStepsTable } from './over-steps.ts';

/** Best, worst and most changed so many; a group of at most twice as many tasks is ranked whole. */
const EXTREMES = 5;

/** @param chartsOf the charts of a group */
export function groupsSection(
  data: ReportData,
  chartsOf: (group: string) => readonly Block[],
  form: Form = 'page',
): readonly Block[] {
  const groups = data.tasks.filter((node) => node.children.length > 0);
  const parts = groups.flatMap((group): readonly Block[] => {
    const models = data.input.models.filter((model) => rowsWith(data, group, model).length > 0);
    const series = models.filter(isSeries);
    const references = models.filter((model) => !isSeries(model));
    return [
      heading(3, group.name),
      ...chartsOf(group.name),
      ...series.map((model) => seriesTable(data, group, model, form)),
      ...(references.length > 0 ? [referenceTable(data, group, references)] : []),
      ...(form === 'screen' && isSmall(group)
        ? []
        : [
            ...(series.length > 0 ? series : references).flatMap((model) => extremes(data, group, model)),
            ...series.flatMap((model) => mostChanged(data, group, model)),
          ]),
      ...series.map((model) => allTasks(data, group, model, form)),
    ];
  });
  return parts.length === 0 ? [] : [heading(2, 'Groups'), ...parts];
}

function extremes(data: ReportData, group: TaskNode, model: ReportModel): readonly Block[] {
  const rows = rowsWith(data, group, model);
  const leaves = leavesOf(group);
  const row = rankedAt(
    rows,
    leaves.map(({ column }) => column),
  );
  if (row === null) return [];
  const inOrder = ranked(leaves, row, ({ column }) => column).map((leaf) => ({
    leaf,
    score: scoreOf(row, leaf.column),
  }));
  const place = isSeries(model) ? `${placeText(row)}, the last checkpoint` : placeText(row);
  const show = (title: string, list: typeof inOrder): readonly Block[] => {
    const label = `${title} of ${formatCount(leaves.length)} at ${place}`;
    return [
      paragraph(`${label}${list.length === inOrder.length ? ', best first' : ''}:`),
      tableBlock(
        `${group.name}: ${label}`,
        ['Task', metricText(group.column.metric), 'Documents', 'Chance'],
        list.map(({ leaf, score }) => [
          textCell(taskText(leaf.column)),
          scoreCell(score, leaf.column.metric),
          countCell(score.documents),
          chanceCell(leaf.column),
        ]),
      ),
    ];
  };
  return inOrder.length <= 2 * EXTREMES
    ? show('All', inOrder)
    : [
        ...show(`Best ${EXTREMES}`, inOrder.slice(0, EXTREMES)),
        ...show(`Worst ${EXTREMES}`, inOrder.slice(-EXTREMES)),
      ];
}

/** Tasks by how far they moved from the first to the last checkpoint, whichever way. */
function mostChanged(data: ReportData, group: TaskNode, model: ReportModel): readonly Block[] {
  const { first, last } = endsOf(rowsWith(data, group, model));
  const leaves = leavesOf(group);
  if (first === last || leaves.length <= EXTREMES) return [];
  const change = (one: { readonly start: Score; readonly end: Score }): number =>
    Math.abs(one.end.value - one.start.value);
  const byChange = leaves
    .map((leaf) => ({ leaf, start: scoreOf(first, leaf.column), end: scoreOf(last, leaf.column) }))
    .sort((a, b) => change(b) - change(a) || byName(a, b));
  const label =
    `Most changed ${EXTREMES} of ${formatCount(leaves.length)} of ${model.name}, ` +
    `${checkpointText(first)} to ${checkpointText(last)}`;
  return [
    paragraph(`${label}:`),
    tableBlock(
      `${group.name}: ${label}`,
      [
        'Task',
        'Documents',
        `First (${checkpointText(first)})`,
        `Last (${checkpointText(last)})`,
        'Gain',
        'Chance',
      ],
      byChange
        .slice(0, EXTREMES)
        .map(({ leaf, start, end }) => [
          textCell(taskText(leaf.column)),
          countCell(end.documents),
          scoreCell(start, leaf.column.metric),
          scoreCell(end, leaf.column.metric),
          gainCell(start, end),
          chanceCell(leaf.column),
        ]),
    ),
  ];
}

/** Every task of a group, for whoever looks for one. */
function allTasks(data: ReportData, group: TaskNode, model: ReportModel, form: Form): Block {
  const table = overStepsTable(
    rowsWith(data, group, model),
    leavesOf(group).map(({ column }) => column),
    { title: `${group.name}: all tasks of ${model.name}`, label: 'Task', hasMetrics: false, form },
  );
  // A screen folds nothing away: a small group stands there whole, a large one by its extremes.
  return { ...table, isDetail: form === 'page' || !isSmall(group) };
}

function isSmall(group: TaskNode): boolean {
  return leavesOf(group).length <= 2 * EXTREMES;
}

function byName(a: { readonly leaf: TaskNode }, b: { readonly leaf: TaskNode }): number {
  return a.leaf.name < b.leaf.name ? -1 : 1;
}

/** The model's checkpoints that are evaluated on the group. */
function rowsWith(data: ReportData, group: TaskNode, model: ReportModel): readonly Row[] {
  return rowsOf(data, model).filter((row) => hasScore(row, group.column));
}

/** The group itself, then its categories. */
export function categoriesOf(group: TaskNode): readonly TaskNode[] {
  return [group, ...group.children.filter((child) => child.children.length > 0)];
}

function referenceTable(data: ReportData, group: TaskNode, models: readonly ReportModel[]): Block {
  const rows = models.map((model) => endsOf(rowsWith(data, group, model)).last);
  const { first } = endsOf(rows);
  const lines = categoriesOf(group).map(({ column }) => [
    textCell(taskText(column)),
    countCell(scoreOf(first, column).documents),
    chanceCell(column),
    ...rows.map((row) => scoreCell(scoreOf(row, column), column.metric)),
  ]);
  return tableBlock(
    `${group.name}: categories of models of one checkpoint`,
    ['Category', 'Documents', 'Chance', ...rows.map(placeText)],
    lines,
  );
}

function seriesTable(data: ReportData, group: TaskNode, model: ReportModel, form: Form): Block {
  return overStepsTable(
    rowsWith(data, group, model),
    categoriesOf(group).map(({ column }) => column),
    {
      title: `${group.name}: categories of ${model.name}`,
      label: `Category (${model.name})`,
      hasMetrics: false,
      form,
    },
  );
}

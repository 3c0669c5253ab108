/** Groups: their categories from first to last, and the best and worst tasks at the best checkpoint. */
import { formatCount } from '../format.ts';
import type { ReportModel } from '../input.ts';
import { hasScore, leavesOf, type ReportData, type Row, scoreOf, type TaskNode } from '../scores.ts';
import { bestOf, endsOf, isSeries, rowsOf, scored } from '../select.ts';
import { chanceText, checkpointText, gainText, metricText, placeText, scoreText, taskText } from './cells.ts';
import { escapeText } from './escape.ts';
import { table } from './table.ts';

/** Best and worst so many; a group of at most twice as many tasks is shown whole. */
const EXTREMES = 5;

/** @param chartOf the Markdown of a group's chart, or nothing */
export function groupsSection(data: ReportData, chartOf: (group: string) => readonly string[]): string {
  const groups = data.tasks.filter((node) => node.children.length > 0);
  const parts = groups.flatMap((group) => {
    const models = data.input.models.filter((model) => rowsWith(data, group, model).length > 0);
    const series = models.filter(isSeries);
    const references = models.filter((model) => !isSeries(model));
    return [
      `### ${escapeText(group.name)}`,
      ...chartOf(group.name),
      ...series.map((model) => seriesTable(data, group, model)),
      ...(references.length > 0 ? [referenceTable(data, group, references)] : []),
      ...(series.length > 0 ? series : references).flatMap((model) => extremes(data, group, model)),
    ];
  });
  return parts.length === 0 ? '' : ['## Groups', ...parts].join('\n\n');
}

function extremes(data: ReportData, group: TaskNode, model: ReportModel): readonly string[] {
  const rows = rowsWith(data, group, model);
  const best = bestOf(scored(rows, group.column), group.column.metric.higherIsBetter).row;
  const leaves = leavesOf(group);
  const ranked = leaves
    .map((leaf) => ({ leaf, score: scoreOf(best, leaf.column) }))
    .sort((a, b) => {
      const order = b.score.value - a.score.value;
      return (group.column.metric.higherIsBetter ? order : -order) || (a.leaf.name < b.leaf.name ? -1 : 1);
    });
  const line = ({ leaf, score }: (typeof ranked)[number]): string[] => [
    taskText(leaf.column),
    scoreText(score, leaf.column.metric),
    formatCount(score.documents),
    chanceText(leaf.column),
  ];
  const header = ['Task', metricText(group.column.metric), 'Documents', 'Chance'];
  const at = `of ${formatCount(leaves.length)} at ${placeText(best)}`;
  const whole = ranked.length <= 2 * EXTREMES;
  return whole
    ? [`All ${at}, best first:`, table(header, ranked.map(line))]
    : [
        `Best ${EXTREMES} ${at}:`,
        table(header, ranked.slice(0, EXTREMES).map(line)),
        `Worst ${EXTREMES} ${at}:`,
        table(header, ranked.slice(-EXTREMES).map(line)),
      ];
}

/** The model's checkpoints that are evaluated on the group. */
function rowsWith(data: ReportData, group: TaskNode, model: ReportModel): readonly Row[] {
  return rowsOf(data, model).filter((row) => hasScore(row, group.column));
}

/** The group itself, then its categories. */
function categoriesOf(group: TaskNode): readonly TaskNode[] {
  return [group, ...group.children.filter((child) => child.children.length > 0)];
}

function referenceTable(data: ReportData, group: TaskNode, models: readonly ReportModel[]): string {
  const rows = models.map((model) => endsOf(rowsWith(data, group, model)).last);
  const { first } = endsOf(rows);
  const lines = categoriesOf(group).map(({ column }) => [
    taskText(column),
    formatCount(scoreOf(first, column).documents),
    chanceText(column),
    ...rows.map((row) => scoreText(scoreOf(row, column), column.metric)),
  ]);
  return table(['Category', 'Documents', 'Chance', ...rows.map(placeText)], lines);
}

function seriesTable(data: ReportData, group: TaskNode, model: ReportModel): string {
  const rows = rowsWith(data, group, model);
  const { first, last } = endsOf(rows);
  const lines = categoriesOf(group).map(({ column }) => {
    const list = scored(rows, column);
    const ends = endsOf(list);
    const best = bestOf(list, column.metric.higherIsBetter);
    return [
      taskText(column),
      formatCount(ends.last.score.documents),
      chanceText(column),
      scoreText(ends.first.score, column.metric),
      scoreText(ends.last.score, column.metric),
      gainText(ends.first.score, ends.last.score),
      scoreText(best.score, column.metric),
      checkpointText(best.row),
    ];
  });
  const header = [
    `Category (${escapeText(model.name)})`,
    'Documents',
    'Chance',
    `First (${checkpointText(first)})`,
    `Last (${checkpointText(last)})`,
    'Gain',
    'Best',
    'at',
  ];
  return table(header, lines);
}

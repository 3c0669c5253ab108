/**
 * One group's curves: the group and its categories large, then every task of every category as a small panel.
 * All small panels share one range of scores, so that they can be compared by eye.
 */

import type { Chart, JsonObject } from '../chart.ts';
import { limitedText } from '../format.ts';
import { plainText } from '../plain-text.ts';
import { leavesOf, type ReportData, type TaskNode } from '../scores.ts';
import { scored } from '../select.ts';
import { type CurveData, curvePanel, reportedOf, shortened, TITLE_HEIGHT } from './curve.ts';
import { curveData, curvesNote, isDrawn, panelNote } from './learning-curves.ts';
import { chartOf } from './parts.ts';

/** Panels of one row; the large row is as wide as the small ones. Gaps hold the axes' labels. */
const SMALL = { width: 110, height: 64, columns: 7, gap: 46 } as const;
const LARGE = { height: 130, columns: 5, gap: 70, maxWidth: 260 } as const;
const ROW_WIDTH = SMALL.columns * (SMALL.width + SMALL.gap) - SMALL.gap;

/** One chart for each top-level group; none where no model is a series of steps. */
export function subjectCharts(data: ReportData): readonly Chart[] {
  return data.tasks
    .filter((node) => node.children.length > 0)
    .flatMap((group) => {
      const curves = curveData(
        data,
        below(group).map(({ column }) => column),
      );
      return isDrawn(group.column, curves) ? [subjects(data, group, curves)] : [];
    });
}

function below(node: TaskNode): readonly TaskNode[] {
  return [node, ...node.children.flatMap(below)];
}

function subjects(data: ReportData, group: TaskNode, curves: CurveData): Chart {
  const categories = group.children.filter((child) => child.children.length > 0);
  const loose = group.children.filter((child) => child.children.length === 0);
  const largeDomain = domainOf([group, ...categories], group, curves);
  const smallDomain = domainOf(leavesOf(group), group, curves);
  const shown = [group, ...categories];
  const columns = Math.min(LARGE.columns, shown.length);
  const width = Math.min(LARGE.maxWidth, Math.floor((ROW_WIDTH + LARGE.gap) / columns - LARGE.gap));
  const large = shown.map((node) =>
    curvePanel(node.column, curves, {
      title: node === group ? plainText(group.name) : shortName(node.name, [group.name]),
      note: panelNote(data, node.column, leavesOf(node).length),
      width,
      height: LARGE.height,
      tickCount: 2,
      showBest: true,
      showAxisTitles: true,
      domain: largeDomain,
    }),
  );
  const block = (name: string, parent: string, nodes: readonly TaskNode[]): JsonObject => ({
    title: { text: name, fontSize: 13, offset: 10 },
    columns: SMALL.columns,
    bounds: 'flush',
    spacing: { row: 46, column: SMALL.gap },
    concat: nodes.map((node) =>
      curvePanel(node.column, curves, {
        title: shortened(shortName(node.name, [parent, group.name])),
        note: '',
        width: SMALL.width,
        height: SMALL.height,
        tickCount: 2,
        showBest: false,
        showAxisTitles: false,
        domain: smallDomain,
      }),
    ),
  });
  const blocks = [
    ...categories.map((category) =>
      block(shortName(category.name, [group.name]), category.name, leavesOf(category)),
    ),
    ...(loose.length > 0 ? [block(categories.length > 0 ? 'other tasks' : 'tasks', group.name, loose)] : []),
  ];
  const title = `${plainText(group.name)}: ${categories.length > 0 ? 'categories and ' : ''}tasks`;
  return chartOf({
    name: `${group.name}-subjects`,
    about: { kind: 'group', task: group.name },
    title,
    subtitle: [
      `${curvesNote(
        curves,
        below(group).map(({ column }) => column),
        true,
      )} Small panels share one axis of scores.`,
      ...(group.column.limit === null ? [] : [`${limitedText(group.column.limit)}.`]),
    ],
    body: {
      spacing: 30,
      vconcat: [
        { columns, bounds: 'flush', spacing: { row: TITLE_HEIGHT + 50, column: LARGE.gap }, concat: large },
        ...blocks,
      ],
      resolve: { legend: { color: 'shared' }, scale: { color: 'shared' } },
    },
  });
}

/** Range of all shown scores, their errors and chance, rounded outwards to whole twentieths. */
function domainOf(
  nodes: readonly TaskNode[],
  group: TaskNode,
  curves: CurveData,
): readonly [number, number] | null {
  if (group.column.metric.kind !== 'fraction') return null;
  const rows = [
    ...curves.series.flatMap((series) => series.rows),
    ...curves.references.map(({ row }) => row),
  ];
  const values = nodes.flatMap(({ column }) => [
    ...reportedOf(curves, column).map(({ value }) => value),
    ...(column.chance === null ? [] : [column.chance]),
    ...scored(rows, column).flatMap(({ score }) => {
      const { value, stderr } = score;
      return [value - (stderr ?? 0), value + (stderr ?? 0)];
    }),
  ]);
  const step = 20;
  return [
    Math.max(0, Math.floor(Math.min(...values) * step) / step),
    Math.min(1, Math.ceil(Math.max(...values) * step) / step),
  ];
}

/** `mmlu_anatomy` -> `anatomy` under mmlu: without the first of the prefixes that the name begins with. */
export function shortName(name: string, prefixes: readonly string[]): string {
  const prefix = prefixes.find((candidate) => name.startsWith(`${candidate}_`));
  return plainText(prefix === undefined ? name : name.slice(prefix.length + 1)).replaceAll('_', ' ');
}

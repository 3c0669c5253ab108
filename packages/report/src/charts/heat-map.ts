/** A group's tasks over the steps: one row a task, one column a checkpoint, the colour its score. */

import type { Chart, JsonObject } from '../chart.ts';
import { checkpointText, placeText, scoreText } from '../content/cells.ts';
import { plainText } from '../plain-text.ts';
import { hasScore, leavesOf, type ReportData, type Row, scoreOf, type TaskNode } from '../scores.ts';
import { isSeries, rowsOf } from '../select.ts';
import { limitLine } from './learning-curves.ts';
import { chartOf } from './parts.ts';
import { shortName } from './subjects.ts';

const CELL = { width: 26, height: 15 } as const;
/** Few checkpoints get wider cells, so that the steps' numbers have room. */
const LEAST_WIDTH = 420;

/** One chart for each series and group. */
export function heatMaps(data: ReportData): readonly Chart[] {
  const groups = data.tasks.filter((node) => node.children.length > 0);
  return groups.flatMap((group) =>
    data.input.models.filter(isSeries).flatMap((model) => {
      const rows = rowsOf(data, model).filter((row) => hasScore(row, group.column));
      return rows.length < 2 ? [] : [heatMap(group, model.name, rows)];
    }),
  );
}

function heatMap(group: TaskNode, model: string, rows: readonly Row[]): Chart {
  const categories = group.children.filter((child) => child.children.length > 0);
  const loose = group.children.filter((child) => child.children.length === 0);
  const blocks = [
    ...categories.map((category) => ({
      name: shortName(category.name, [group.name]),
      prefixes: [category.name, group.name],
      leaves: leavesOf(category),
    })),
    ...(loose.length > 0
      ? [{ name: categories.length > 0 ? 'other tasks' : '', prefixes: [group.name], leaves: loose }]
      : []),
  ];
  const steps = rows.map(checkpointText);
  const width = Math.max(LEAST_WIDTH, rows.length * CELL.width);
  const values = leavesOf(group).flatMap(({ column }) => rows.map((row) => scoreOf(row, column).value));
  const isFraction = group.column.metric.kind === 'fraction';
  const { chance } = group.column;
  const title = `${plainText(group.name)}: tasks over the steps of ${plainText(model)}`;
  const panels = blocks.map(({ name, prefixes, leaves }, index): JsonObject => {
    const labels = uniqueLabels(leaves.map((leaf) => shortName(leaf.name, prefixes)));
    return {
      ...(name === '' ? {} : { title: { text: name, fontSize: 12.5, offset: 6, frame: 'group' } }),
      width,
      height: leaves.length * CELL.height,
      data: {
        values: leaves.flatMap((leaf, at) =>
          rows.map((row, place) => {
            const score = scoreOf(row, leaf.column);
            return {
              task: labels[at] ?? '',
              step: steps[place] ?? '',
              score: score.value,
              about: `${plainText(leaf.name)}, ${placeText(row)}: ${scoreText(score, leaf.column.metric)}`,
            };
          }),
        ),
      },
      mark: { type: 'rect', stroke: '#ffffff', strokeWidth: 0.6 },
      encoding: {
        description: { field: 'about' },
        x: {
          field: 'step',
          type: 'ordinal',
          sort: steps,
          scale: { domain: steps },
          axis:
            index === blocks.length - 1
              ? {
                  title: 'training step',
                  labelAngle: 0,
                  labelOverlap: 'greedy',
                  labelSeparation: 8,
                  domain: false,
                  ticks: false,
                }
              : null,
        },
        y: {
          field: 'task',
          type: 'nominal',
          sort: labels,
          scale: { domain: labels },
          axis: { title: null, labelFontSize: 11 },
        },
        color: {
          field: 'score',
          type: 'quantitative',
          scale: { scheme: 'cividis', domain: [Math.min(...values), Math.max(...values)] },
          legend: {
            orient: 'top',
            title: 'score',
            titleFontWeight: 400,
            gradientLength: 220,
            ...(isFraction ? { format: '.2f' } : {}),
          },
        },
      },
    };
  });
  return chartOf({
    name: `${group.name}-heat-map-${model}`,
    about: { kind: 'group', task: group.name },
    title,
    subtitle: [
      `A row a task, a column a checkpoint.${chance === null ? '' : ` Chance: ${chance.toFixed(2)}.`}`,
      ...limitLine([group.column]),
    ],
    body: {
      spacing: 14,
      vconcat: panels,
      resolve: { scale: { color: 'shared', x: 'shared' } },
    },
  });
}

/** Two tasks of one short name would fall on one row. */
function uniqueLabels(names: readonly string[]): readonly string[] {
  return names.map((name, index) => {
    const earlier = names.slice(0, index).filter((other) => other === name).length;
    return earlier === 0 ? name : `${name} (${earlier + 1})`;
  });
}

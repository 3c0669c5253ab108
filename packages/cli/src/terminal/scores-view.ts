/** Scores of a pipeline in a terminal: over the steps, checkpoint x task, groups, models side by side. */
import {
  bestOf,
  formatCount,
  formatDifference,
  formatPerplexity,
  formatScore,
  formatWithError,
  hasScore,
  isAtChance,
  isMissing,
  isSeries,
  type Column as Measure,
  metricLabel,
  type ReportData,
  type ReportModel,
  type Row,
  ranked,
  rankedAt,
  rowsOf,
  scored,
  scoreOf,
} from '@evalgraph/report/data';
import { sparkline } from './marks.ts';
import { type Group, measuresOf, type Selection } from './measures.ts';
import { paint, type Screen } from './screen.ts';
import { type Cell, type Column, cell, column, tableLines } from './table.ts';
import { safeLine, wrap } from './text.ts';

/** Longest sparkline: 27 checkpoints have a character each. */
const TREND_WIDTH = 30;
/** What the other columns of a trend need. */
const BESIDE_TREND = 60;
/** So many tasks of a group are shown whole; of more, the best and the worst. */
const WHOLE_GROUP = 12;
const EXTREMES = 5;

const LIMITED = '†';
const BEST = '*';
const NOT_RUN = '-';
const MISSING = 'missing';

/** Everything about tasks; comparisons stand in a view of their own. */
export function scoresView(data: ReportData, screen: Screen, metric: Selection): readonly string[] {
  const measures = measuresOf(data, metric);
  const series = data.input.models.filter(isSeries);
  const singles = data.input.models.filter((model) => !isSeries(model));
  return [
    ...series.flatMap((model) => trendSection(data, model, measures.tasks, screen)),
    ...series.flatMap((model) =>
      section(
        `Scores of ${safeLine(model.name)}`,
        scoreTable(rowsOf(data, model), measures.tasks, 'step', stepText, screen),
        screen,
      ),
    ),
    ...(singles.length === 0
      ? []
      : section(
          series.length === 0 ? 'Scores' : 'Models at their last checkpoint',
          scoreTable(
            data.input.models.flatMap((model) => rowsOf(data, model).slice(-1)),
            measures.tasks,
            'model',
            placeText,
            screen,
          ),
          screen,
        )),
    ...measures.groups.flatMap((group) =>
      data.input.models.filter(isSeries).flatMap((model) => groupSection(data, model, group, screen)),
    ),
    ...legend(data, measures.tasks, screen),
  ];
}

export function section(title: string, lines: readonly string[], screen: Screen): readonly string[] {
  return lines.length === 0 ? [] : ['', paint(screen, 'cyan', title), ...lines];
}

function trendSection(
  data: ReportData,
  model: ReportModel,
  measures: readonly Measure[],
  screen: Screen,
): readonly string[] {
  const rows = rowsOf(data, model);
  const atChance = measures.filter((measure) => {
    const last = rows.findLast((row) => hasScore(row, measure));
    return last !== undefined && isAtChance(scoreOf(last, measure), measure);
  });
  const note =
    atChance.length === 0
      ? []
      : wrap(
          `Not above chance at the last checkpoint (within 1.96 standard errors): ${atChance.map(taskText).join(', ')}.`,
          screen.width,
        ).map((line) => paint(screen, 'dim', line));
  return section(
    `${safeLine(model.name)} over ${formatCount(rows.length)} checkpoints, ${stepRange(rows)}`,
    [...trendTable(rows, measures, 'task', screen), ...note],
    screen,
  );
}

function trendTable(
  rows: readonly Row[],
  measures: readonly Measure[],
  what: string,
  screen: Screen,
): readonly string[] {
  const columns: Column[] = [
    column(what, 'left'),
    column('metric', 'left', true),
    column('trend', 'left'),
    ...['first', 'last', 'gain', 'best', 'at'].map((head) => column(head)),
    column('chance', 'right', true),
  ];
  const trendWidth = Math.max(10, Math.min(TREND_WIDTH, screen.width - BESIDE_TREND));
  const lines = measures.flatMap((measure, index): readonly (readonly Cell[])[] => {
    const list = scored(rows, measure);
    const [first, last] = [list[0], list.at(-1)];
    if (first === undefined || last === undefined) return [];
    const best = bestOf(list, measure.metric.higherIsBetter);
    const trend = rows.map((row) => (hasScore(row, measure) ? scoreOf(row, measure).value : null));
    // The headings say first and last: another checkpoint's score has no place under them.
    const at = (row: Row | undefined): Cell => (row === undefined ? cell(NOT_RUN) : plainScore(row, measure));
    const gain = last.score.value - first.score.value;
    const isBetter = gain > 0 === measure.metric.higherIsBetter;
    const isWhole = first.row === rows[0] && last.row === rows.at(-1);
    return [
      [
        cell(isExtra(measures, index) ? `  ${metricText(measure)}` : taskText(measure)),
        cell(metricText(measure), 'dim'),
        cell(sparkline(trend, trendWidth), 'cyan'),
        at(rows[0]),
        at(rows.at(-1)),
        isWhole
          ? cell(formatDifference(gain), gain === 0 ? null : isBetter ? 'green' : 'red')
          : cell(NOT_RUN, 'dim'),
        cell(valueText(best.score.value, measure), 'bold'),
        cell(stepText(best.row)),
        cell(measure.chance === null ? 'n/a' : formatScore(measure.chance), 'dim'),
      ],
    ];
  });
  return tableLines({ columns, rows: lines, foot: [] }, screen);
}

/** A second metric of the task above, which has its name already. */
function isExtra(measures: readonly Measure[], index: number): boolean {
  return index > 0 && measures[index - 1]?.task === measures[index]?.task;
}

/** Checkpoint x task: standard errors, the best of a column marked, chance below. */
function scoreTable(
  rows: readonly Row[],
  measures: readonly Measure[],
  what: string,
  name: (row: Row) => string,
  screen: Screen,
): readonly string[] {
  const shown = measures.filter((measure) =>
    rows.some((row) => hasScore(row, measure) || isMissing(row, measure)),
  );
  const bests = shown.map((measure) => {
    const list = scored(rows, measure);
    const isLevel = new Set(list.map(({ score }) => score.value)).size < 2;
    return isLevel ? null : bestOf(list, measure.metric.higherIsBetter).score.value;
  });
  const lines = rows.map((row) => [
    cell(name(row)),
    ...shown.map((measure, index) => scoreCell(row, measure, bests[index] ?? null)),
  ]);
  const chance = [
    cell('chance', 'dim'),
    ...shown.map(({ chance: value }) => cell(value === null ? 'n/a ' : `${formatScore(value)} `, 'dim')),
  ];
  const columns = [
    column([what, ''], what === 'step' ? 'right' : 'left'),
    ...shown.map((measure) => column([`${taskText(measure)} `, `${metricText(measure)} `])),
  ];
  return tableLines({ columns, rows: lines, foot: [chance] }, screen);
}

/** A place is kept after every number, so that they stand below each other whether they are the best or not. */
function scoreCell(row: Row, measure: Measure, best: number | null): Cell {
  if (!hasScore(row, measure)) return absent(row, measure, ' ');
  const score = scoreOf(row, measure);
  const text = formatWithError(valueText(score.value, measure), score.stderr);
  return score.value === best ? cell(`${text}${BEST}`, 'bold') : cell(`${text} `);
}

function plainScore(row: Row, measure: Measure): Cell {
  if (!hasScore(row, measure)) return absent(row, measure, '');
  return cell(valueText(scoreOf(row, measure).value, measure));
}

function absent(row: Row, measure: Measure, after: string): Cell {
  return isMissing(row, measure) ? cell(`${MISSING}${after}`, 'yellow') : cell(`${NOT_RUN}${after}`, 'dim');
}

function groupSection(
  data: ReportData,
  model: ReportModel,
  { node, categories, leaves }: Group,
  screen: Screen,
): readonly string[] {
  const rows = rowsOf(data, model);
  const last = rankedAt(rows, leaves);
  if (last === null) return [];
  const title = `${safeLine(node)} of ${safeLine(model.name)}`;
  const byCategory = categories.length === 0 ? [] : trendTable(rows, categories, 'category', screen);
  if (leaves.length <= WHOLE_GROUP) {
    return section(
      title,
      [...byCategory, ...(byCategory.length > 0 ? [''] : []), ...trendTable(rows, leaves, 'task', screen)],
      screen,
    );
  }
  const inOrder = ranked(leaves, last, (leaf) => leaf);
  const count = formatCount(leaves.length);
  return [
    ...section(title, byCategory, screen),
    ...section(
      `Best ${EXTREMES} of ${count} at ${placeText(last)}, the last checkpoint`,
      trendTable(rows, inOrder.slice(0, EXTREMES), 'task', screen),
      screen,
    ),
    ...section(
      `Worst ${EXTREMES} of ${count} at ${placeText(last)}, the last checkpoint`,
      trendTable(rows, inOrder.slice(-EXTREMES), 'task', screen),
      screen,
    ),
  ];
}

function legend(data: ReportData, measures: readonly Measure[], screen: Screen): readonly string[] {
  const hasHoles = data.rows.some((row) => measures.some((measure) => isMissing(row, measure)));
  const parts = [
    '± standard error',
    `${BEST} best of its column, of equals the first`,
    'chance: what guessing gets',
    ...(measures.some(({ metric }) => !metric.higherIsBetter) ? ['↓ lower is better'] : []),
    ...(hasHoles ? [`${MISSING} (· in a trend): still to come`] : []),
    ...(measures.some(({ limit }) => limit !== null)
      ? [`${LIMITED} limited run, not comparable with full ones`]
      : []),
  ];
  return ['', ...wrap(parts.join('; '), screen.width).map((line) => paint(screen, 'dim', line))];
}

export function valueText(value: number, { metric }: Pick<Measure, 'metric'>): string {
  return metric.kind === 'perplexity' ? formatPerplexity(value) : formatScore(value);
}

export function taskText({ task, limit }: Measure): string {
  return safeLine(task) + (limit === null ? '' : LIMITED);
}

function metricText({ metric }: Measure): string {
  return safeLine(metricLabel(metric)) + (metric.higherIsBetter ? '' : ' ↓');
}

export function stepText({ checkpoint }: Row): string {
  return checkpoint.step === null ? safeLine(checkpoint.name) : formatCount(checkpoint.step);
}

function stepRange(rows: readonly Row[]): string {
  const [first, last] = [rows[0], rows.at(-1)];
  return first === undefined || last === undefined ? '' : `${stepText(first)} to ${stepText(last)}`;
}

export function placeText({ model, checkpoint }: Row): string {
  const name = safeLine(model.name);
  if (checkpoint.step !== null) return `${name} ${formatCount(checkpoint.step)}`;
  return model.checkpoints.length === 1 ? name : `${name} ${safeLine(checkpoint.name)}`;
}

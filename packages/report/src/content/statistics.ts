/** Statistics over the steps of a series, as they were computed elsewhere: a table for each model. */
import {
  formatCount,
  formatDifference,
  formatP,
  formatPercent,
  formatRatio,
  formatScore,
  NOT_AVAILABLE,
} from '../format.ts';
import type { SeriesFigure, SeriesStatistics } from '../input.ts';
import { plainText } from '../plain-text.ts';
import type { ReportData } from '../scores.ts';
import {
  type Block,
  type Cell,
  heading,
  numberCell,
  paragraph,
  type TableBlock,
  tableBlock,
  textCell,
} from './blocks.ts';

const WRITERS: Readonly<Record<SeriesFigure['unit'], (value: number) => string>> = {
  score: formatScore,
  difference: formatDifference,
  percent: formatPercent,
  ratio: formatRatio,
  p: formatP,
  step: formatCount,
  count: formatCount,
};

/** `Task` and five figures are as much as a terminal and a comment show side by side. */
const FIGURES_A_TABLE = 5;

export function statisticsSection(data: ReportData): readonly Block[] {
  const { statistics = [] } = data.input;
  if (statistics.length === 0) return [];
  const models = [...new Set(statistics.map(({ model }) => model))];
  const parts = models.flatMap((model): readonly Block[] => {
    const own = statistics.filter((one) => one.model === model);
    const name = plainText(model);
    const subtasks = own.filter(({ isDetail }) => isDetail === true);
    return [
      ...(models.length > 1 ? [heading(3, name)] : []),
      ...figureTables(
        `Over the steps of ${name}`,
        own.filter(({ isDetail }) => isDetail !== true),
        FIGURES_A_TABLE,
      ),
      ...figureTables(`Over the steps of ${name}, every subtask`, subtasks, Number.POSITIVE_INFINITY).map(
        (table) => ({ ...table, isDetail: true }),
      ),
    ];
  });
  return [
    heading(2, 'Over the steps'),
    ...parts,
    paragraph('What the columns are:'),
    { kind: 'list', items: notesOf(statistics.flatMap(({ figures }) => figures)) },
  ];
}

/** Whether early checkpoints rank the models as the last ones do. */
export function rankingsSection(data: ReportData): readonly Block[] {
  const { rankings = [] } = data.input;
  if (rankings.length === 0) return [];
  return [
    heading(2, 'Ranking of the models'),
    paragraph('Do early checkpoints rank the models as the last common step does?'),
    ...figureTables(
      'Ranking of the models',
      rankings.map(({ task, models, figures }) => ({
        task,
        figures: [
          { label: 'Models', value: models, unit: 'count', note: 'series that were ranked.' },
          ...figures,
        ],
      })),
      FIGURES_A_TABLE,
    ),
    { kind: 'list', items: notesOf(rankings.flatMap(({ figures }) => figures)) },
  ];
}

type Line = Pick<SeriesStatistics, 'task' | 'figures'>;

function figureTables(title: string, lines: readonly Line[], most: number): readonly TableBlock[] {
  const labels = [...new Set(lines.flatMap(({ figures }) => figures.map(({ label }) => label)))];
  if (lines.length === 0 || labels.length === 0) return [];
  const size = Math.ceil(labels.length / Math.ceil(labels.length / most));
  const tables: TableBlock[] = [];
  for (let start = 0; start < labels.length; start += size) {
    const columns = labels.slice(start, start + size);
    const part = labels.length > size ? `, ${start / size + 1}` : '';
    tables.push(
      tableBlock(
        `${title}${part}`,
        ['Task', ...columns],
        lines.map(({ task, figures }) => [
          textCell(task),
          ...columns.map((label) => figureCell(figures.find((figure) => figure.label === label))),
        ]),
      ),
    );
  }
  return tables;
}

function notesOf(figures: readonly SeriesFigure[]): readonly string[] {
  return [...new Set(figures.map(({ label, note }) => `${label}: ${note}`))].map(plainText);
}

/** A statistic that is not defined for a series (too few checkpoints) is n/a, never a number. */
function figureCell(figure: SeriesFigure | undefined): Cell {
  if (figure === undefined || figure.value === null) return numberCell(NOT_AVAILABLE, null);
  return numberCell(WRITERS[figure.unit](figure.value), figure.value);
}

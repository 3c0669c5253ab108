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
import type { SeriesFigure } from '../input.ts';
import { plainText } from '../plain-text.ts';
import type { ReportData } from '../scores.ts';
import { type Block, type Cell, heading, numberCell, paragraph, tableBlock, textCell } from './blocks.ts';

const WRITERS: Readonly<Record<SeriesFigure['unit'], (value: number) => string>> = {
  score: formatScore,
  difference: formatDifference,
  percent: formatPercent,
  ratio: formatRatio,
  p: formatP,
  step: formatCount,
};

export function statisticsSection(data: ReportData): readonly Block[] {
  const { statistics = [] } = data.input;
  if (statistics.length === 0) return [];
  const models = [...new Set(statistics.map(({ model }) => model))];
  const parts = models.flatMap((model): readonly Block[] => {
    const own = statistics.filter((one) => one.model === model);
    const labels = [...new Set(own.flatMap(({ figures }) => figures.map(({ label }) => label)))];
    const rows = own.map(({ task, figures }) => [
      textCell(task),
      ...labels.map((label) => figureCell(figures.find((figure) => figure.label === label))),
    ]);
    const name = plainText(model);
    return [
      ...(models.length > 1 ? [heading(3, name)] : []),
      tableBlock(`Over the steps of ${name}`, ['Task', ...labels], rows),
    ];
  });
  const notes = [
    ...new Set(statistics.flatMap(({ figures }) => figures.map(({ label, note }) => `${label}: ${note}`))),
  ];
  return [
    heading(2, 'Over the steps'),
    ...parts,
    paragraph('What the columns are:'),
    { kind: 'list', items: notes.map(plainText) },
  ];
}

/** A statistic that is not defined for a series (too few checkpoints) is n/a, never a number. */
function figureCell(figure: SeriesFigure | undefined): Cell {
  if (figure === undefined || figure.value === null) return numberCell(NOT_AVAILABLE, null);
  return numberCell(WRITERS[figure.unit](figure.value), figure.value);
}

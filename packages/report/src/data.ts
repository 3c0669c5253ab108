/** What else reads a report's input as tables does: the terminal. Loads no chart library, so a command starts at once. */

export {
  type Block,
  heading,
  note,
  numberCell,
  paragraph,
  type TableBlock,
  tableBlock,
  textCell,
} from './content/blocks.ts';
export { cellFigure } from './content/cell-figure.ts';
export { comparisonReport } from './content/comparison-report.ts';
export { importedNote } from './content/imported.ts';
export { perplexityTable } from './content/perplexity.ts';
export { limitNotes } from './content/report.ts';
export { comparisonScreen, perplexityScreen, scoreScreen } from './content/screen.ts';
export {
  formatCount,
  formatDifference,
  formatInterval,
  formatLimit,
  formatP,
  formatPercent,
  formatPercentDifference,
  formatPerplexity,
  formatRatio,
  formatScore,
  formatWithError,
  NOT_AVAILABLE,
} from './format.ts';
export { headlineMetric, type Metric, metricLabel } from './headline-metric.ts';
export type {
  ChartTemplate,
  MakingInput,
  ReferenceFigure,
  ReportInput,
  ReportModel,
  SampleSource,
  SeriesFigure,
} from './input.ts';
export { escapeText } from './markdown/escape.ts';
export { renderMarkdown } from './markdown/render.ts';
export { renderComparison } from './markdown/report.ts';
export { reportData } from './report-data.ts';
export { FULL, readSample, type Sample } from './samples/read-row.ts';
export {
  type Column,
  hasScore,
  isMissing,
  leavesOf,
  missingCells,
  type ReportData,
  type Row,
  type Score,
  scoreOf,
  type TaskNode,
} from './scores.ts';
export { bestOf, isSeries, rowsOf, scored } from './select.ts';
export { byMetric, metricNames } from './select-metric.ts';
export { csvField } from './tables/tables.ts';

/** What else reads a report's input as tables does: the terminal. Loads no chart library, so a command starts at once. */

export { pairedValue, perplexityLabel } from './content/comparison.ts';
export { perplexityFacts, perplexityWays } from './content/perplexity.ts';
export { headlineCurves, stepsText } from './content/series-comparison.ts';
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
export { renderComparison, renderComparisonSet, renderSeriesComparison } from './markdown/report.ts';
export { FULL, readSample, type Sample } from './samples/read-row.ts';
export {
  type Column,
  hasScore,
  isMissing,
  leavesOf,
  missingCells,
  type ReportData,
  type Row,
  reportData,
  type Score,
  scoreOf,
  type TaskNode,
} from './scores.ts';
export { bestOf, isAtChance, isSeries, ranked, rankedAt, rowsOf, scored } from './select.ts';
export { csvField } from './tables/tables.ts';

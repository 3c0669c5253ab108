export { buildReport } from './build-report.ts';
export type {
  ChartTemplate,
  MakingInput,
  RankingStatistics,
  ReferenceFigure,
  ReportCheckpoint,
  ReportInput,
  ReportModel,
  SamplePlace,
  SampleSource,
  SeriesFigure,
  SeriesStatistics,
  Waterfall,
} from './input.ts';
export { renderComparison } from './markdown/report.ts';
export type { ReportFormat } from './render-tables.ts';
export { REPORT_FORMATS, renderReportAs } from './render-tables.ts';

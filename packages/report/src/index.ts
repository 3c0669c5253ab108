export { buildReport } from './build-report.ts';
export type { ReportCheckpoint, ReportInput, ReportModel } from './input.ts';
export { renderComparison } from './markdown/comparison.ts';

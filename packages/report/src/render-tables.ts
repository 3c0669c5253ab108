/** The report as one text: Markdown to read, or its tables for papers, spreadsheets and notebooks. */
import { buildCharts } from './charts/charts.ts';
import { reportBlocks } from './content/report.ts';
import type { ReportInput } from './input.ts';
import { renderMarkdown } from './markdown/render.ts';
import { reportData } from './report-data.ts';
import { renderCsv, renderJson, renderLatex } from './tables/tables.ts';

export const REPORT_FORMATS = ['md', 'csv', 'latex', 'json'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** @throws UserError with everything that is missing, doubled or damaged */
export function renderReportAs(input: ReportInput, format: ReportFormat): string {
  const data = reportData(input);
  if (format === 'md') return renderMarkdown(reportBlocks(data, buildCharts(data)));
  const blocks = reportBlocks(data, []);
  return format === 'csv' ? renderCsv(blocks) : format === 'latex' ? renderLatex(blocks) : renderJson(blocks);
}

/** report.md and comparison_report.md. */
import { UserError } from '@evalgraph/formats';
import type { Chart } from '../charts/theme.ts';
import { checkComparison } from '../check-comparison.ts';
import type { ReportedComparison } from '../comparison-record.ts';
import { comparisonBlocks } from '../content/comparison.ts';
import { reportBlocks } from '../content/report.ts';
import type { ReportData } from '../scores.ts';
import { renderMarkdown } from './render.ts';

export function renderReport(data: ReportData, charts: readonly Chart[]): string {
  return renderMarkdown(reportBlocks(data, charts));
}

/** @throws UserError where the record holds a number that is not finite */
export function renderComparison(record: ReportedComparison): string {
  const problems = checkComparison(record);
  if (problems.length > 0) throw new UserError(problems);
  return renderMarkdown(comparisonBlocks(record));
}

/** report.md and comparison_report.md. */

import type { AnyComparison } from '@evalgraph/formats';
import type { Chart } from '../chart.ts';
import { comparisonReport } from '../content/comparison-report.ts';
import { reportBlocks } from '../content/report.ts';
import type { ReportData } from '../scores.ts';
import { renderMarkdown } from './render.ts';

export function renderReport(data: ReportData, charts: readonly Chart[]): string {
  return renderMarkdown(reportBlocks(data, charts));
}

/** @throws UserError where the record holds a number that is not finite */
export function renderComparison(record: AnyComparison): string {
  return renderMarkdown(comparisonReport(record));
}

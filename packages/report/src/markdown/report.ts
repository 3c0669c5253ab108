/** report.md and comparison_report.md. */

import {
  type ComparisonRecord,
  type ComparisonSet,
  type SeriesComparisonRecord,
  UserError,
} from '@evalgraph/formats';
import type { Chart } from '../charts/theme.ts';
import { checkComparison, checkSeries } from '../check-comparison.ts';
import { comparisonBlocks } from '../content/comparison.ts';
import { comparisonSetBlocks } from '../content/comparison-set.ts';
import { reportBlocks } from '../content/report.ts';
import { seriesBlocks } from '../content/series-comparison.ts';
import type { ReportData } from '../scores.ts';
import { renderMarkdown } from './render.ts';

export function renderReport(data: ReportData, charts: readonly Chart[]): string {
  return renderMarkdown(reportBlocks(data, charts));
}

/** @throws UserError where the record holds a number that is not finite */
export function renderComparison(record: ComparisonRecord): string {
  const problems = checkComparison(record);
  if (problems.length > 0) throw new UserError(problems);
  return renderMarkdown(comparisonBlocks(record));
}

/** @throws UserError as `renderComparison` */
export function renderComparisonSet(set: ComparisonSet): string {
  const problems = set.models.flatMap(checkComparison);
  if (problems.length > 0) throw new UserError(problems);
  return renderMarkdown(comparisonSetBlocks(set));
}

/** @throws UserError as `renderComparison` */
export function renderSeriesComparison(record: SeriesComparisonRecord): string {
  const problems = checkSeries(record);
  if (problems.length > 0) throw new UserError(problems);
  return renderMarkdown(seriesBlocks(record));
}

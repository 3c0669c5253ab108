/** comparison_report.md, of whichever form the comparison is. */
import { type AnyComparison, UserError } from '@evalgraph/formats';
import { checkComparison, checkSeries } from '../check-comparison.ts';
import type { Block } from './blocks.ts';
import { comparisonBlocks } from './comparison.ts';
import { comparisonSetBlocks } from './comparison-set.ts';
import { seriesBlocks } from './series-comparison.ts';

/** @throws UserError where the record holds a number that is not finite */
export function comparisonReport(record: AnyComparison): readonly Block[] {
  const isPair = !('form' in record);
  const problems = isPair
    ? checkComparison(record)
    : record.form === 'several'
      ? record.models.flatMap(checkComparison)
      : checkSeries(record);
  if (problems.length > 0) throw new UserError(problems);
  if (isPair) return comparisonBlocks(record);
  return record.form === 'several' ? comparisonSetBlocks(record) : seriesBlocks(record);
}

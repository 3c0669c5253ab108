/** The report's section of comparisons: pairs, several models of one dense model, series. */
import type { ComparisonRecord } from '@evalgraph/formats';
import type { ReportData } from '../scores.ts';
import { type Block, heading } from './blocks.ts';
import { limitNote, reportHeading, summaryTable, taskTable } from './comparison.ts';
import { setSection } from './comparison-set.ts';
import { seriesSection } from './series-comparison.ts';

/** @param chartsOf the charts of a comparison */
export function comparisonsSection(
  data: ReportData,
  chartsOf: (comparison: string) => readonly Block[],
): readonly Block[] {
  const { comparisons, seriesComparisons = [] } = data.input;
  const parts = [
    ...setsOf(comparisons).flatMap(({ name, records: [record, ...others] }): readonly Block[] => {
      if (record === undefined) return [];
      if (record.among !== undefined) return setSection(name, [record, ...others], chartsOf);
      return [
        reportHeading(name),
        ...(record.limit === null ? [] : [limitNote(record.limit)]),
        summaryTable(record),
        ...chartsOf(name),
        ...(record.tasks.length === 0 ? [] : [taskTable(record)]),
      ];
    }),
    ...seriesComparisons.flatMap((record) => seriesSection(record, chartsOf(record.name))),
  ];
  return parts.length === 0 ? [] : [heading(2, 'Comparisons'), ...parts];
}

/** Comparisons as they stand in a report: those of one set together, at the first one's place. */
export function setsOf(
  comparisons: readonly ComparisonRecord[],
): readonly { readonly name: string; readonly records: readonly ComparisonRecord[] }[] {
  const sets = new Map<string, ComparisonRecord[]>();
  for (const record of comparisons) {
    const name = record.among?.comparison ?? record.name;
    const records = sets.get(name) ?? [];
    sets.set(name, records);
    records.push(record);
  }
  return [...sets].map(([name, records]) => ({ name, records }));
}

/** What a terminal shows of a report: the sections that a reader between two runs asks for, without charts. */
import type { ReportInput } from '../input.ts';
import type { ReportData } from '../scores.ts';
import { type Block, heading, paragraph } from './blocks.ts';
import { pairBlocks } from './comparison.ts';
import { setTopBlocks } from './comparison-set.ts';
import { setsOf } from './comparisons.ts';
import { groupsSection } from './groups.ts';
import { headlineSection } from './headline.ts';
import { perplexitySection } from './perplexity.ts';
import { modelsSection, scoresSection } from './scores.ts';
import { seriesTopBlocks } from './series-comparison.ts';

const TREND_NOTE =
  'A trend goes from the lowest to the highest score of its line, a character a checkpoint; \u00b7 has no result.';

/** Everything about tasks. */
export function scoreScreen(data: ReportData): readonly Block[] {
  const headline = headlineSection(data, 'screen');
  return [
    ...headline,
    ...(headline.length === 0 ? [] : [paragraph(TREND_NOTE)]),
    ...scoresSection(data, 'screen'),
    ...modelsSection(data, 'screen'),
    ...groupsSection(data, () => [], 'screen'),
  ];
}

export function perplexityScreen(data: ReportData): readonly Block[] {
  return perplexitySection(data, []);
}

/** Each comparison as its own report begins. */
export function comparisonScreen({
  comparisons,
  seriesComparisons = [],
}: Pick<ReportInput, 'comparisons' | 'seriesComparisons'>): readonly Block[] {
  return [
    ...setsOf(comparisons).flatMap(({ name, records }): readonly Block[] => {
      const [first] = records;
      if (first === undefined) return [];
      const blocks = first.among === undefined ? pairBlocks(first, 3) : setTopBlocks(name, records, 3);
      return [heading(2, `Comparison ${name}`), ...blocks];
    }),
    ...seriesComparisons.flatMap((record) => [
      heading(2, `Comparison ${record.name}`),
      ...seriesTopBlocks(record, 3),
    ]),
  ];
}

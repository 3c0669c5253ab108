/** Every chart, in the report's order. To add one: its file, and its line here. */
import { type Problem, UserError } from '@evalgraph/formats';
import type { Chart } from '../chart.ts';
import { setsOf } from '../content/comparisons.ts';
import { messages } from '../messages.ts';
import type { ReportData } from '../scores.ts';
import { categoryCharts } from './categories.ts';
import { comparisonChart } from './comparison.ts';
import { comparisonSetChart } from './comparison-set.ts';
import { firstLastCharts } from './first-last.ts';
import { flipsChart } from './flips.ts';
import { heatMaps } from './heat-map.ts';
import { learningCurves } from './learning-curves.ts';
import { seriesComparisonChart } from './series-comparison.ts';
import { sparsityMap } from './sparsity-map.ts';
import { subjectCharts } from './subjects.ts';
import { withTemplates } from './templates.ts';
import { trainingCharts } from './training.ts';
import { perplexityChart, waterfallCharts } from './waterfall.ts';

/** Every chart that the data can carry. @throws UserError same-file-name */
export function buildCharts(data: ReportData): readonly Chart[] {
  const curves = learningCurves(data);
  const ours = [
    ...(curves === null ? [] : [curves]),
    ...firstLastCharts(data),
    ...categoryCharts(data),
    ...subjectCharts(data),
    ...heatMaps(data),
    ...trainingCharts(data),
    ...waterfallCharts(data.input.waterfalls ?? []),
    ...setsOf(data.input.comparisons).flatMap(({ name, records }) =>
      [
        ...(records.some(({ among }) => among !== undefined) ? [comparisonSetChart(name, records)] : []),
        ...records.flatMap((record) => [
          // One picture shows the scores of a whole set.
          ...(record.among === undefined ? [comparisonChart(record)] : []),
          flipsChart(record),
          perplexityChart(record),
          sparsityMap(record),
        ]),
      ].filter((chart) => chart !== null),
    ),
    ...(data.input.seriesComparisons ?? []).flatMap((record) => seriesComparisonChart(record) ?? []),
  ];
  const charts = withTemplates(ours, data);
  const problems = charts.flatMap(({ name, title }, index): readonly Problem[] => {
    const earlier = charts.slice(0, index).find((other) => other.name.toLowerCase() === name.toLowerCase());
    return earlier === undefined ? [] : [messages.sameFileName(earlier.title, title, name)];
  });
  if (problems.length > 0) throw new UserError(problems);
  return charts;
}

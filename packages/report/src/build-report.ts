/** The whole report: checked input -> charts -> Markdown, summary and images. Writes nothing. */
import { type Problem, prettyJson, UserError } from '@evalgraph/formats';
import { comparisonChart } from './charts/comparison.ts';
import { learningCurves } from './charts/learning-curves.ts';
import { renderChart } from './charts/render.ts';
import { subjectCharts } from './charts/subjects.ts';
import type { Chart } from './charts/theme.ts';
import type { ReportInput } from './input.ts';
import { renderReport } from './markdown/report.ts';
import { sameFileName } from './messages.ts';
import { type ReportData, reportData } from './scores.ts';
import { renderSummary } from './summary.ts';

/**
 * @returns file name (with `/`) -> content: `report.md`, `summary.json`, `charts/<name>.vl.json`, `.svg`, `.png`;
 *   the same bytes for the same input
 * @throws UserError with everything that is missing, doubled or damaged
 */
export async function buildReport(input: ReportInput): Promise<ReadonlyMap<string, Uint8Array | string>> {
  const data = reportData(input);
  const charts = buildCharts(data);
  const files = new Map<string, Uint8Array | string>([
    ['report.md', renderReport(data, charts)],
    ['summary.json', renderSummary(data)],
  ]);
  for (const { name, spec } of charts) {
    const { svg, png } = await renderChart(spec);
    files.set(`charts/${name}.vl.json`, prettyJson(spec));
    files.set(`charts/${name}.svg`, svg);
    files.set(`charts/${name}.png`, png);
  }
  return files;
}

/** Every chart that the data can carry. @throws UserError same-file-name */
export function buildCharts(data: ReportData): readonly Chart[] {
  const curves = learningCurves(data);
  const charts = [
    ...(curves === null ? [] : [curves]),
    ...subjectCharts(data),
    ...data.input.comparisons.flatMap((record) => comparisonChart(record) ?? []),
  ];
  const problems = charts.flatMap(({ name, title }, index): readonly Problem[] => {
    const earlier = charts.slice(0, index).find((other) => other.name.toLowerCase() === name.toLowerCase());
    return earlier === undefined ? [] : [sameFileName(earlier.title, title, name)];
  });
  if (problems.length > 0) throw new UserError(problems);
  return charts;
}

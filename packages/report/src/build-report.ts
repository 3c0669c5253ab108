/** The whole report: checked input -> charts -> Markdown, page, summary and images. Writes nothing. */
import { type Problem, prettyJson, UserError } from '@evalgraph/formats';
import { categoryCharts } from './charts/categories.ts';
import { comparisonChart } from './charts/comparison.ts';
import { comparisonSetChart } from './charts/comparison-set.ts';
import { firstLastCharts } from './charts/first-last.ts';
import { flipsChart } from './charts/flips.ts';
import { heatMaps } from './charts/heat-map.ts';
import { learningCurves } from './charts/learning-curves.ts';
import { renderChart } from './charts/render.ts';
import { seriesComparisonChart } from './charts/series-comparison.ts';
import { sparsityMap } from './charts/sparsity-map.ts';
import { subjectCharts } from './charts/subjects.ts';
import { withTemplates } from './charts/templates.ts';
import type { Chart } from './charts/theme.ts';
import { trainingCharts } from './charts/training.ts';
import { perplexityChart, waterfallCharts } from './charts/waterfall.ts';
import { setsOf } from './content/comparisons.ts';
import { reportBlocks } from './content/report.ts';
import { renderPage } from './html/page.ts';
import type { ReportInput } from './input.ts';
import { renderMarkdown } from './markdown/render.ts';
import { messages } from './messages.ts';
import { sampleFiles } from './samples/sample-files.ts';
import { type ReportData, reportData } from './scores.ts';
import { renderSummary } from './summary.ts';

/**
 * @returns file name (with `/`) -> content: `report.md`, `summary.json`, `index.html`, `charts/<name>.vl.json`,
 *   `.svg`, `.png`, `.dark.svg`, `.dark.png`, and `samples/<n>-<part>.js` where the input has samples; the same bytes
 *   for the same input
 * @throws UserError with everything that is missing, doubled or damaged
 */
export async function buildReport(input: ReportInput): Promise<ReadonlyMap<string, Uint8Array | string>> {
  const data = reportData(input);
  const charts = buildCharts(data);
  const blocks = reportBlocks(data, charts);
  const files = new Map<string, Uint8Array | string>([
    ['report.md', renderMarkdown(blocks)],
    ['summary.json', renderSummary(data)],
  ]);
  const pictures = new Map<string, string>();
  const drawings: Promise<(readonly [string, Uint8Array])[]>[] = [];
  for (const { name, spec } of charts) {
    const { svg, png, darkSvg, darkPng } = await renderChart(spec);
    pictures.set(name, svg);
    files.set(`charts/${name}.vl.json`, prettyJson(spec));
    files.set(`charts/${name}.svg`, svg);
    files.set(`charts/${name}.dark.svg`, darkSvg);
    const names = [`charts/${name}.png`, `charts/${name}.dark.png`] as const;
    drawings.push(
      Promise.all([png, darkPng]).then(([one, dark]) => [
        [names[0], one],
        [names[1], dark],
      ]),
    );
  }
  // Samples are read while the pixels are drawn; neither failure may be left unheard.
  const [samples, drawn] = await Promise.all([
    input.samples === undefined ? null : sampleFiles(data, input.samples),
    Promise.all(drawings),
  ]);
  for (const [name, content] of drawn.flat()) files.set(name, content);
  files.set('index.html', renderPage(blocks, pictures, samples));
  for (const [name, content] of samples?.files ?? []) files.set(name, content);
  return files;
}

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

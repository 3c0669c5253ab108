/** The whole report: checked input -> charts -> Markdown, page, summary and images. Writes nothing. */
import { prettyJson } from '@evalgraph/formats';
import { buildCharts } from './charts/charts.ts';
import { renderChart } from './charts/render.ts';
import { reportBlocks } from './content/report.ts';
import { renderPage } from './html/page.ts';
import type { ReportInput } from './input.ts';
import { renderMarkdown } from './markdown/render.ts';
import { reportData } from './report-data.ts';
import { sampleFiles } from './samples/sample-files.ts';
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

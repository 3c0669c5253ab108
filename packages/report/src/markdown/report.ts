/** report.md: the sections in their order. */
import type { Chart } from '../charts/theme.ts';
import type { ReportData } from '../scores.ts';
import { LIMITED } from './cells.ts';
import { limitNote, summaryTable, taskTable } from './comparison.ts';
import { escapePath, escapeText } from './escape.ts';
import { groupsSection } from './groups.ts';
import { headlineSection } from './headline.ts';
import { perplexitySection } from './perplexity.ts';
import { provenanceSection } from './provenance.ts';
import { modelsSection, scoresSection } from './scores.ts';

export function renderReport(data: ReportData, charts: readonly Chart[]): string {
  const { pipeline } = data.input;
  const limit = limitOf(data);
  const images = (choose: (chart: Chart) => boolean): readonly string[] =>
    charts.filter(choose).map(({ title, name }) => `![${escapeText(title)}](charts/${escapePath(name)}.png)`);
  const sections = [
    `# ${escapeText(pipeline.title)}${limit === null ? '' : ` ${LIMITED}`}`,
    limit === null ? '' : limitNote(limit),
    headlineSection(data),
    ...images(({ about }) => about.kind === 'curves'),
    scoresSection(data),
    modelsSection(data),
    groupsSection(data, (task) => images(({ about }) => about.kind === 'group' && about.task === task)),
    perplexitySection(data),
    comparisonsSection(data, (name) =>
      images(({ about }) => about.kind === 'comparison' && about.comparison === name),
    ),
    provenanceSection(data),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** Limited where the pipeline is, or any of its results. */
function limitOf(data: ReportData): number | null {
  const limits = [data.input.pipeline.limit, ...data.input.cells.map((cell) => cell.limit)];
  const stated = limits.filter((limit) => limit !== null);
  return stated.length === 0 ? null : Math.max(...stated);
}

function comparisonsSection(data: ReportData, chartOf: (name: string) => readonly string[]): string {
  const parts = data.input.comparisons.flatMap((record) => [
    `### [${escapeText(record.name)}](../comparisons/${escapePath(record.name)}/comparison_report.md)`,
    ...(record.limit === null ? [] : [limitNote(record.limit)]),
    summaryTable(record),
    ...chartOf(record.name),
    ...(record.tasks.length === 0 ? [] : [taskTable(record)]),
  ]);
  return parts.length === 0 ? '' : ['## Comparisons', ...parts].join('\n\n');
}

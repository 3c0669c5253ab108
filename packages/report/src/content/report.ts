/** The report: its sections in their order. */
import type { Chart } from '../chart.ts';
import type { ReportData } from '../scores.ts';
import { type Block, heading } from './blocks.ts';
import { LIMITED } from './cells.ts';
import { limitNote } from './comparison.ts';
import { comparisonsSection } from './comparisons.ts';
import { groupsSection } from './groups.ts';
import { headlineSection } from './headline.ts';
import { importedNote, importedSection } from './imported.ts';
import { makingSection } from './making.ts';
import { missingNote, missingSection } from './missing.ts';
import { perplexitySection } from './perplexity.ts';
import { provenanceSection } from './provenance.ts';
import { modelsSection, scoresSection } from './scores.ts';
import { rankingsSection, statisticsSection } from './statistics.ts';

export function reportBlocks(data: ReportData, charts: readonly Chart[]): readonly Block[] {
  const limits = limitNotes(data);
  const shown = (choose: (chart: Chart) => boolean): readonly Block[] =>
    charts.filter(choose).map(({ name, title }) => ({ kind: 'chart', name, title }));
  const own = shown(({ about }) => about.kind === 'own');
  return [
    heading(1, `${data.input.pipeline.title}${limits.length === 0 ? '' : ` ${LIMITED}`}`),
    ...limits,
    ...missingNote(data),
    ...importedNote(data),
    ...headlineSection(data),
    ...shown(({ about }) => about.kind === 'curves'),
    ...scoresSection(data),
    ...modelsSection(data),
    ...statisticsSection(data),
    ...rankingsSection(data),
    ...groupsSection(data, (task) => shown(({ about }) => about.kind === 'group' && about.task === task)),
    ...perplexitySection(
      data,
      shown(({ about }) => about.kind === 'perplexity'),
    ),
    ...comparisonsSection(data, (name) =>
      shown(({ about }) => about.kind === 'comparison' && about.comparison === name),
    ),
    ...makingSection(
      data,
      shown(({ about }) => about.kind === 'training'),
    ),
    ...(own.length === 0 ? [] : [heading(2, 'More charts'), ...own]),
    ...missingSection(data),
    ...importedSection(data),
    ...provenanceSection(data),
  ];
}

/** Empty where every document was asked. */
export function limitNotes(data: ReportData): readonly Block[] {
  const limits = limitsOf(data);
  return limits.length === 0 ? [] : [limitNote(...limits)];
}

/** Limited where the pipeline is, or any of its results: the largest number of documents, the largest share. */
function limitsOf(data: ReportData): readonly number[] {
  const stated = [data.input.pipeline.limit, ...data.input.cells.map((cell) => cell.limit)].filter(
    (limit) => limit !== null,
  );
  const [counts, shares] = [stated.filter((limit) => limit >= 1), stated.filter((limit) => limit < 1)];
  return [counts, shares].filter((list) => list.length > 0).map((list) => Math.max(...list));
}

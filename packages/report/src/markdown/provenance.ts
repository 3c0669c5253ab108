/** Last section: how the numbers were made, so that they can be made again. */
import { formatCount, formatDigest, NOT_AVAILABLE } from '../format.ts';
import { type Column, hasScore, type ReportData } from '../scores.ts';
import { chanceText, LIMITED, metricText, taskText } from './cells.ts';
import { escapeText } from './escape.ts';
import { table } from './table.ts';

export function provenanceSection(data: ReportData): string {
  const { pipeline, computed, models } = data.input;
  const { engine, versions } = computed;
  const facts = [
    ['Pipeline', escapeText(pipeline.name)],
    ['Engine', `${escapeText(engine.name)}, numerics version ${formatCount(engine.numericsVersion)}`],
    ['Data type', escapeText(engine.dtype)],
    [
      'Documents',
      pipeline.limit === null ? 'all' : `${LIMITED} at most ${formatCount(pipeline.limit)} a task`,
    ],
    ...Object.entries(versions)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, version]) => [escapeText(name), escapeText(version)]),
  ];
  const tasks = data.tasks.map(({ column }) => [
    taskText(column),
    escapeText(String(versionOf(data, column) ?? NOT_AVAILABLE)),
    metricText(column.metric),
    column.shots === null ? NOT_AVAILABLE : formatCount(column.shots),
    chanceText(column),
  ]);
  const checkpoints = models.flatMap((model) =>
    model.checkpoints.map((checkpoint) => [
      escapeText(model.name),
      escapeText(checkpoint.name),
      checkpoint.step === null ? NOT_AVAILABLE : formatCount(checkpoint.step),
      escapeText(formatDigest(checkpoint.digest)),
      escapeText(model.source),
    ]),
  );
  return [
    '## How it was computed',
    table(['What', 'Value'], facts),
    table(['Task', 'Version', 'Headline', 'Shots', 'Chance'], tasks),
    table(['Model', 'Checkpoint', 'Step', 'Weights', 'Source'], checkpoints),
  ].join('\n\n');
}

function versionOf(data: ReportData, column: Column): number | string | undefined {
  const row = data.rows.find((one) => hasScore(one, column));
  return row?.cells.get(column.cell)?.versions[column.task];
}

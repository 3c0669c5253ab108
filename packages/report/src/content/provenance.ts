/** Last section: how the numbers were made, so that they can be made again. */
import { formatCount, formatDigest, formatLimit, NOT_AVAILABLE } from '../format.ts';
import { type Column, hasScore, type ReportData } from '../scores.ts';
import { type Block, heading, numberCell, tableBlock, textCell } from './blocks.ts';
import { chanceCell, countCell, LIMITED, metricText, taskText } from './cells.ts';
import { isImported } from './imported.ts';

export function provenanceSection(data: ReportData): readonly Block[] {
  const { pipeline, computed, models } = data.input;
  const { engine, versions } = computed;
  const facts = [
    ['Pipeline', pipeline.name],
    ...(models.every(isImported)
      ? []
      : [
          ['Engine', `${engine.name}, numerics version ${formatCount(engine.numericsVersion)}`],
          ['Data type', engine.dtype],
        ]),
    [
      'Documents',
      pipeline.limit === null
        ? 'all'
        : pipeline.limit < 1
          ? `${LIMITED} ${formatLimit(pipeline.limit)}`
          : `${LIMITED} at most ${formatCount(pipeline.limit)} a task`,
    ],
    ...Object.entries(versions).sort(([a], [b]) => (a < b ? -1 : 1)),
  ];
  const tasks = data.tasks.map(({ column }) => [
    textCell(taskText(column)),
    textCell(String(versionOf(data, column) ?? NOT_AVAILABLE)),
    textCell(metricText(column.metric)),
    countCell(column.shots),
    chanceCell(column),
  ]);
  const checkpoints = models.flatMap((model) =>
    model.checkpoints.map((checkpoint) => [
      textCell(model.name),
      textCell(checkpoint.name),
      checkpoint.step === null
        ? numberCell(NOT_AVAILABLE, null)
        : numberCell(formatCount(checkpoint.step), checkpoint.step),
      textCell(checkpoint.origin === undefined ? formatDigest(checkpoint.digest) : 'imported'),
      textCell(model.source),
    ]),
  );
  return [
    heading(2, 'How it was computed'),
    tableBlock(
      'How it was computed',
      ['What', 'Value'],
      facts.map((line) => line.map((text) => textCell(text))),
    ),
    tableBlock('Tasks', ['Task', 'Version', 'Headline', 'Shots', 'Chance'], tasks),
    tableBlock('Checkpoints', ['Model', 'Checkpoint', 'Step', 'Weights', 'Source'], checkpoints),
  ];
}

function versionOf(data: ReportData, column: Column): number | string | undefined {
  const row = data.rows.find((one) => hasScore(one, column));
  return row?.cells.get(column.cell)?.versions[column.task];
}

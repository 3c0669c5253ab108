/** What is said of an original and its pruned version; the report and comparison_report.md say the same. */
import type { CheckpointIdentity, ComparisonRecord, PairedTask } from '@evalgraph/formats';
import {
  formatCount,
  formatDifference,
  formatDigest,
  formatInterval,
  formatP,
  formatPercent,
  formatPercentDifference,
  formatPerplexity,
  formatRatio,
  formatScore,
  NOT_AVAILABLE,
} from '../format.ts';
import { metricLabel } from '../headline-metric.ts';
import { plainText } from '../plain-text.ts';
import type { ReportData } from '../scores.ts';
import {
  type Block,
  type Cell,
  heading,
  note,
  numberCell,
  paragraph,
  type TableBlock,
  tableBlock,
  textCell,
} from './blocks.ts';
import { LIMITED } from './cells.ts';

/** @param chartsOf the charts of a comparison */
export function comparisonsSection(
  data: ReportData,
  chartsOf: (comparison: string) => readonly Block[],
): readonly Block[] {
  const parts = data.input.comparisons.flatMap((record): readonly Block[] => [
    {
      kind: 'heading',
      level: 3,
      text: plainText(record.name),
      path: ['..', 'comparisons', record.name, 'comparison_report.md'],
    },
    ...(record.limit === null ? [] : [limitNote(record.limit)]),
    summaryTable(record),
    ...chartsOf(record.name),
    ...(record.tasks.length === 0 ? [] : [taskTable(record)]),
  ]);
  return parts.length === 0 ? [] : [heading(2, 'Comparisons'), ...parts];
}

/** comparison_report.md. */
export function comparisonBlocks(record: ComparisonRecord): readonly Block[] {
  return [
    heading(1, `${record.name}: original and pruned`),
    ...(record.limit === null ? [] : [limitNote(record.limit)]),
    paragraph(`Original: ${identity(record.dense)}\nPruned: ${identity(record.pruned)}`),
    heading(2, 'Summary'),
    summaryTable(record),
    ...(record.tasks.length === 0 ? [] : [heading(2, 'Task Results'), taskTable(record)]),
    heading(2, 'How to read this'),
    { kind: 'list', items: READING },
  ];
}

function summaryTable(record: ComparisonRecord): TableBlock {
  const { dense, pruned } = record.sparsity;
  const sparsity = (label: string, part: 'linear' | 'all'): readonly Cell[] => {
    const original = dense[part].zeros / dense[part].elements;
    const after = pruned[part].zeros / pruned[part].elements;
    return [
      textCell(label),
      numberCell(formatPercent(original), original),
      numberCell(formatPercent(after), after),
      numberCell(formatPercentDifference(after - original), after - original),
    ];
  };
  const perplexities = record.perplexity.map(({ dense: original, pruned: after, ratio }) => {
    const difference = after.perplexity - original.perplexity;
    return [
      textCell(perplexityLabel(original)),
      numberCell(formatPerplexity(original.perplexity), original.perplexity),
      numberCell(formatPerplexity(after.perplexity), after.perplexity),
      numberCell(`${formatDifference(difference)} (${formatRatio(ratio)})`, difference),
    ];
  });
  return tableBlock(
    `${record.name}: summary`,
    ['Metric', 'Original', 'Pruned', 'Difference'],
    [sparsity('Sparsity', 'linear'), sparsity('Sparsity, all weights', 'all'), ...perplexities],
  );
}

function taskTable(record: ComparisonRecord): TableBlock {
  const absent = numberCell(NOT_AVAILABLE, null);
  const header = [
    'Task',
    'Original',
    'Pruned',
    'Difference',
    'Relative',
    '95 % interval',
    'McNemar p',
    'Documents',
  ];
  const lines = record.tasks.map((task) => [
    textCell(`${task.task} (${metricLabel(task)})${record.limit === null ? '' : LIMITED}`),
    numberCell(pairedValue(task.dense, task), task.dense),
    numberCell(pairedValue(task.pruned, task), task.pruned),
    numberCell(formatDifference(task.difference), task.difference),
    task.relative === null ? absent : numberCell(formatPercentDifference(task.relative), task.relative),
    task.interval95 === null ? absent : numberCell(formatInterval(task.interval95), task.interval95[0]),
    task.mcnemar === null ? absent : numberCell(formatP(task.mcnemar.p), task.mcnemar.p),
    numberCell(formatCount(task.documents), task.documents),
  ]);
  return tableBlock(`${record.name}: tasks`, header, lines);
}

export function limitNote(limit: number): Block {
  return note(
    `${LIMITED} `,
    { strong: 'Limited run' },
    `: at most ${formatCount(limit)} documents a task. ` +
      'These numbers are a test of the setup; they cannot be compared with full runs.',
  );
}

const READING: readonly string[] = [
  'Difference is pruned minus original. Task scores are fractions.',
  'Sparsity counts exact zeros in the matrices of the linear layers, as papers do: embeddings, head and norms left out.',
  'The interval belongs to the difference: both models answered the same documents, so it is paired (normal, 95 %).',
  "McNemar's exact test, two-sided, asks whether as many documents went from right to wrong as from wrong to right; " +
    'p is not corrected for the number of tasks.',
  'Perplexities are comparable only within one line: protocol, text, window and tokenizer decide the figure.',
];

function identity({ model, checkpoint, step, digest }: CheckpointIdentity): string {
  const name = checkpoint === model ? plainText(model) : `${plainText(model)}, ${plainText(checkpoint)}`;
  const at = step === null ? '' : `, step ${formatCount(step)}`;
  return `${name}${at} (weights ${plainText(formatDigest(digest))})`;
}

export function perplexityLabel({
  corpus,
  protocol,
  seqlen,
}: ComparisonRecord['perplexity'][number]['dense']): string {
  const name = /wikitext-?2/i.test(corpus) ? 'WikiText2' : plainText(corpus);
  return `${name} PPL (${plainText(protocol)}, seqlen ${formatCount(seqlen)})`;
}

function pairedValue(value: number, { metric }: PairedTask): string {
  return /perplexity/.test(metric) ? formatPerplexity(value) : formatScore(value);
}

/** comparison_report.md, and the tables of a comparison that the report repeats. */
import {
  type CheckpointIdentity,
  type ComparisonRecord,
  type PairedTask,
  UserError,
} from '@evalgraph/formats';
import { checkComparison } from '../check-comparison.ts';
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
import { LIMITED } from './cells.ts';
import { escapeText } from './escape.ts';
import { table } from './table.ts';

/** @throws UserError where the record holds a number that is not finite */
export function renderComparison(record: ComparisonRecord): string {
  const problems = checkComparison(record);
  if (problems.length > 0) throw new UserError(problems);
  return `${[
    `# ${escapeText(record.name)}: original and pruned`,
    ...(record.limit === null ? [] : [limitNote(record.limit)]),
    `Original: ${identity(record.dense)}  \nPruned: ${identity(record.pruned)}`,
    '## Summary',
    summaryTable(record),
    ...(record.tasks.length === 0 ? [] : ['## Task Results', taskTable(record)]),
    '## How to read this',
    READING.map((line) => `- ${line}`).join('\n'),
  ].join('\n\n')}\n`;
}

export function summaryTable(record: ComparisonRecord): string {
  const { dense, pruned } = record.sparsity;
  const sparsity = (label: string, part: 'linear' | 'all'): string[] => {
    const original = dense[part].zeros / dense[part].elements;
    const after = pruned[part].zeros / pruned[part].elements;
    return [label, formatPercent(original), formatPercent(after), formatPercentDifference(after - original)];
  };
  const perplexities = record.perplexity.map(({ dense: original, pruned: after, ratio }) => [
    perplexityLabel(original),
    formatPerplexity(original.perplexity),
    formatPerplexity(after.perplexity),
    `${formatDifference(after.perplexity - original.perplexity)} (${formatRatio(ratio)})`,
  ]);
  return table(
    ['Metric', 'Original', 'Pruned', 'Difference'],
    [sparsity('Sparsity', 'linear'), sparsity('Sparsity, all weights', 'all'), ...perplexities],
  );
}

export function taskTable(record: ComparisonRecord): string {
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
    pairedLabel(task) + (record.limit === null ? '' : LIMITED),
    pairedValue(task.dense, task),
    pairedValue(task.pruned, task),
    formatDifference(task.difference),
    task.relative === null ? NOT_AVAILABLE : formatPercentDifference(task.relative),
    task.interval95 === null ? NOT_AVAILABLE : formatInterval(task.interval95),
    task.mcnemar === null ? NOT_AVAILABLE : formatP(task.mcnemar.p),
    formatCount(task.documents),
  ]);
  return table(header, lines);
}

export function limitNote(limit: number): string {
  return (
    `> ${LIMITED} **Limited run**: at most ${formatCount(limit)} documents a task. ` +
    'These numbers are a test of the setup; they cannot be compared with full runs.'
  );
}

const READING = [
  'Difference is pruned minus original. Task scores are fractions.',
  'Sparsity counts exact zeros in the matrices of the linear layers, as papers do: embeddings, head and norms left out.',
  'The interval belongs to the difference: both models answered the same documents, so it is paired (normal, 95 %).',
  "McNemar's exact test, two-sided, asks whether as many documents went from right to wrong as from wrong to right; " +
    'p is not corrected for the number of tasks.',
  'Perplexities are comparable only within one line: protocol, text, window and tokenizer decide the figure.',
];

function identity({ model, checkpoint, step, digest }: CheckpointIdentity): string {
  const name = checkpoint === model ? escapeText(model) : `${escapeText(model)}, ${escapeText(checkpoint)}`;
  const at = step === null ? '' : `, step ${formatCount(step)}`;
  return `${name}${at} (weights ${escapeText(formatDigest(digest))})`;
}

function perplexityLabel({
  corpus,
  protocol,
  seqlen,
}: ComparisonRecord['perplexity'][number]['dense']): string {
  const name = /wikitext-?2/i.test(corpus) ? 'WikiText2' : escapeText(corpus);
  return `${name} PPL (${escapeText(protocol)}, seqlen ${formatCount(seqlen)})`;
}

function pairedLabel(task: PairedTask): string {
  return `${escapeText(task.task)} (${escapeText(metricLabel(task))})`;
}

function pairedValue(value: number, { metric }: PairedTask): string {
  return /perplexity/.test(metric) ? formatPerplexity(value) : formatScore(value);
}

/** What is said of a dense model and its pruned version; the report and comparison_report.md say the same. */
import type { CheckpointIdentity, ComparisonRecord, PairedTask } from '@evalgraph/formats';
import { metricFacts } from '@evalgraph/metrics';
import {
  formatCount,
  formatDifference,
  formatDigest,
  formatInterval,
  formatLimit,
  formatP,
  formatPercent,
  formatPercentDifference,
  formatPerplexity,
  formatScore,
} from '../format.ts';
import { metricLabel } from '../headline-metric.ts';
import { plainText } from '../plain-text.ts';
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
import { absent } from './comparison-cells.ts';
import { detailBlocks } from './comparison-details.ts';
import { findingItems } from './comparison-findings.ts';
import { summaryPerplexityRows } from './comparison-perplexity.ts';
import { patternText } from './comparison-sparsity.ts';
import { corpusName } from './figure.ts';

/** A comparison's heading in the report of the pipeline: it leads to the comparison's own. */
export function reportHeading(name: string): Block {
  return {
    kind: 'heading',
    level: 3,
    text: plainText(name),
    path: ['..', 'comparisons', ...name.split('/'), 'comparison_report.md'],
  };
}

/** comparison_report.md. */
export function comparisonBlocks(record: ComparisonRecord): readonly Block[] {
  return [
    heading(1, `${record.name}: dense and pruned`),
    ...pairBlocks(record, 2),
    ...detailBlocks(record),
    heading(2, 'How to read this'),
    { kind: 'list', items: readingOf(record) },
  ];
}

/** What stands first of a pair, wherever it stands: which models, the summary, the tasks. */
export function pairBlocks(record: ComparisonRecord, level: 2 | 3): readonly Block[] {
  const findings = findingItems(record);
  const pattern = patternText(record);
  return [
    ...(record.limit === null ? [] : [limitNote(record.limit)]),
    paragraph(`Dense: ${identity(record.dense)}\nPruned: ${identity(record.pruned)}`),
    heading(level, 'Summary'),
    summaryTable(record),
    ...(pattern === '' ? [] : [paragraph(pattern)]),
    ...(record.tasks.length === 0 ? [] : [heading(level, 'Task Results')]),
    ...(findings.length === 0 ? [] : [{ kind: 'list', items: findings } as const]),
    ...(record.tasks.length === 0 ? [] : [taskTable(record)]),
  ];
}

export function summaryTable(record: ComparisonRecord): TableBlock {
  const { dense, pruned } = record.sparsity;
  const sparsity = (label: string, part: 'linear' | 'all'): readonly Cell[] => {
    const before = dense[part].zeros / dense[part].elements;
    const after = pruned[part].zeros / pruned[part].elements;
    return [
      textCell(label),
      numberCell(formatPercent(before), before),
      numberCell(formatPercent(after), after),
      numberCell(formatPercentDifference(after - before), after - before),
    ];
  };
  return tableBlock(
    `${record.name}: summary`,
    ['Metric', 'Dense', 'Pruned', 'Difference'],
    [
      sparsity('Sparsity', 'linear'),
      sparsity('Sparsity, all weights', 'all'),
      ...summaryPerplexityRows(record),
    ],
  );
}

export function taskTable(record: ComparisonRecord): TableBlock {
  const isJudged = record.tasks.some(({ verdict }) => verdict !== undefined);
  const header = [
    'Task',
    'Dense',
    'Pruned',
    'Difference',
    'Relative',
    '95 % interval',
    ...(isJudged ? ['p (Holm)', 'Verdict'] : ['McNemar p']),
    'Documents',
  ];
  const lines = record.tasks.map((task) => {
    const interval = task.analysis?.normal95 ?? task.interval95;
    return [
      textCell(`${task.task} (${metricLabel(task)})${record.limit === null ? '' : LIMITED}`),
      numberCell(pairedValue(task.dense, task), task.dense),
      numberCell(pairedValue(task.pruned, task), task.pruned),
      numberCell(formatDifference(task.difference), task.difference),
      task.relative === null ? absent() : numberCell(formatPercentDifference(task.relative), task.relative),
      interval === null ? absent() : numberCell(formatInterval(interval), interval[0]),
      ...(isJudged ? judgedCells(task) : [mcnemarCell(task)]),
      numberCell(formatCount(task.documents), task.documents),
    ];
  });
  return tableBlock(`${record.name}: tasks`, header, lines);
}

export function judgedCells({
  adjustedP = null,
  verdict = null,
}: Pick<PairedTask, 'adjustedP' | 'verdict'>): readonly Cell[] {
  return [
    adjustedP === null ? absent() : numberCell(formatP(adjustedP), adjustedP),
    textCell(verdict ?? 'not tested'),
  ];
}

function mcnemarCell({ mcnemar }: PairedTask): Cell {
  return mcnemar === null ? absent() : numberCell(formatP(mcnemar.p), mcnemar.p);
}

export function limitNote(...limits: readonly number[]): Block {
  return note(
    `${LIMITED} `,
    { strong: 'Limited run' },
    `: ${limits.map(formatLimit).join(', or ')}. ` +
      'These numbers are a test of the setup; they cannot be compared with full runs.',
  );
}

const SCALE: readonly string[] = [
  'Difference is pruned minus dense. Task scores are fractions.',
  'Sparsity counts exact zeros in the matrices of the linear layers, as papers do: embeddings, head and norms left out.',
];

const PLAIN: readonly string[] = [
  'The interval belongs to the difference: both models answered the same documents, so it is paired (normal, 95 %).',
  "McNemar's exact test, two-sided, asks whether as many documents went from right to wrong as from wrong to right; " +
    'p is not corrected for the number of tasks.',
];

const ONE_LINE =
  'Perplexities are comparable only within one line: protocol, text, window and tokenizer decide the figure.';

/** @param among where several models are one comparison: how many */
export function readingOf({
  analysis,
  among,
}: Pick<ComparisonRecord, 'analysis' | 'among'>): readonly string[] {
  if (analysis === undefined) return [...SCALE, ...PLAIN, ONE_LINE];
  const family =
    among === undefined
      ? 'the table'
      : `the ${formatCount(among.models)} pruned models of the comparison ${plainText(among.comparison)}`;
  const { alpha, power, relevantDifference, resamples, seed } = analysis;
  return [
    ...SCALE,
    'The interval belongs to the difference: both models answered the same documents, so it is paired (normal, 95 %); documents that share a context count as one draw.',
    `p: McNemar's exact test where answers are right or wrong and no context is shared, else the sign-flip permutation test; corrected by Holm's method over all rows of ${family}.`,
    'The interval is that of its row alone, p is corrected for all rows: an interval may leave out 0 where the verdict does not say significant.',
    `significant: corrected p below ${alpha}. not significant: and a difference of ${formatScore(relevantDifference)} would have been found with ${formatPercent(power)} probability. underpowered: not significant, and this test could have missed such a difference. not tested: the metric is no mean over documents.`,
    `Bootstrap: ${formatCount(resamples)} draws, seed ${seed}; the same file gives the same report.`,
    ONE_LINE,
  ];
}

export function identity({ model, checkpoint, step, digest }: CheckpointIdentity): string {
  const name = checkpoint === model ? plainText(model) : `${plainText(model)}, ${plainText(checkpoint)}`;
  const at = step === null ? '' : `, step ${formatCount(step)}`;
  return `${name}${at} (weights ${plainText(formatDigest(digest))})`;
}

export function perplexityLabel({
  corpus,
  protocol,
  seqlen,
}: ComparisonRecord['perplexity'][number]['dense']): string {
  return `${corpusName({ corpus })} PPL (${plainText(protocol)}, seqlen ${formatCount(seqlen)})`;
}

export function pairedValue(value: number, { metric }: Pick<PairedTask, 'metric'>): string {
  return metricFacts(metric).unit === 'perplexity' ? formatPerplexity(value) : formatScore(value);
}

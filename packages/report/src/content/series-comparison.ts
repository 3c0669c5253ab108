/** Two series beside each other, step by step: scores, differences and where they lead. */
import type { ReportedCurve, ReportedSeries } from '../comparison-record.ts';
import {
  formatCount,
  formatDifference,
  formatInterval,
  formatP,
  formatPercent,
  formatPerplexity,
  formatRatio,
  formatScore,
} from '../format.ts';
import { metricLabel } from '../headline-metric.ts';
import { plainText } from '../plain-text.ts';
import { type Block, type Cell, heading, numberCell, paragraph, tableBlock } from './blocks.ts';
import { LIMITED } from './cells.ts';
import { absent, judgedCells, limitNote, pairedValue, reportHeading } from './comparison.ts';
import { corpusName } from './figure.ts';

type Point = ReportedCurve['points'][number];

/** comparison_report.md. */
export function seriesBlocks(record: ReportedSeries): readonly Block[] {
  const [first] = record.steps;
  if (first === undefined) return [];
  return [
    heading(1, `${record.name}: two series by step`),
    ...(record.limit === null ? [] : [limitNote(record.limit)]),
    paragraph(
      `Original: ${plainText(first.dense.model)}\nPruned: ${plainText(first.pruned.model)}\n${stepsText(record)}`,
    ),
    heading(2, 'Summary'),
    weightsTable(record),
    ...(record.curves.length === 0
      ? []
      : [
          heading(2, 'Over the steps'),
          { kind: 'list' as const, items: trendItems(record) },
          stepsTable(record),
          heading(2, 'Task Results'),
          ...record.curves.flatMap((curve) => [heading(3, curveName(curve)), curveTable(record, curve)]),
        ]),
    heading(2, 'How to read this'),
    { kind: 'list', items: readingOf(record) },
  ];
}

/** In the report of the pipeline. */
export function seriesSection(record: ReportedSeries, charts: readonly Block[]): readonly Block[] {
  return [
    reportHeading(record.name),
    ...(record.limit === null ? [] : [limitNote(record.limit)]),
    paragraph(stepsText(record)),
    ...(record.curves.length === 0 ? [] : [{ kind: 'list' as const, items: trendItems(record) }]),
    ...charts,
    weightsTable(record),
    ...(record.curves.length === 0 ? [] : [stepsTable(record)]),
    ...record.curves.map((curve) => ({ ...curveTable(record, curve), isDetail: true })),
  ];
}

/** `demo_arc (acc)` */
export function curveName(curve: ReportedCurve): string {
  return `${plainText(curve.task)} (${metricLabel(curve)})`;
}

/** Which steps stand side by side, and which do not. */
export function stepsText({ steps, onlyDense, onlyPruned, leftOut }: ReportedSeries): string {
  const list = (numbers: readonly number[]): string => numbers.map(formatCount).join('; ');
  const [first] = steps;
  const [dense, pruned] = [first?.dense.model ?? '', first?.pruned.model ?? ''].map(plainText);
  return [
    `Compared at ${formatCount(steps.length)} step${steps.length === 1 ? '' : 's'} that both have: ${list(steps.map(({ step }) => step))}.`,
    ...(onlyDense.length === 0 ? [] : [`Not compared, because only ${dense} has them: ${list(onlyDense)}.`]),
    ...(onlyPruned.length === 0
      ? []
      : [`Not compared, because only ${pruned} has them: ${list(onlyPruned)}.`]),
    ...(leftOut.length === 0 ? [] : [`Left out of this quick run: ${list(leftOut)}.`]),
  ].join(' ');
}

function trendItems({ curves }: ReportedSeries): readonly string[] {
  return curves.map((curve) => `${curveName(curve)}: ${standing(curve)} ${movement(curve)}`.trimEnd());
}

/** At how many steps the pruned series is worse or better, and at how many that is more than chance. */
function standing({ points, higherIsBetter }: ReportedCurve): string {
  const worse = points.filter(({ difference }) => difference !== 0 && difference < 0 === higherIsBetter);
  const better = points.filter(({ difference }) => difference !== 0 && difference > 0 === higherIsBetter);
  const isTested = points.some(({ verdict }) => verdict !== null);
  const part = (word: string, some: readonly Point[]): string => {
    if (some.length === 0) return '';
    const found = some.filter(({ verdict }) => verdict === 'significant');
    const steps = found.length < some.length || points.length === 1 ? ` (${atSteps(found)})` : '';
    const sure = !isTested
      ? ''
      : found.length === 0
        ? ', significantly at none'
        : `, significantly at ${found.length === some.length ? 'each' : formatCount(found.length)}${found.length === some.length ? '' : steps}`;
    return `${word} at ${formatCount(some.length)} of ${formatCount(points.length)} step${points.length === 1 ? '' : 's'}${sure}`;
  };
  const parts = [part('pruned is worse', worse), part('pruned is better', better)].filter(
    (text) => text !== '',
  );
  return `${parts.length === 0 ? 'pruned equals original at every step' : parts.join('; ')}.`;
}

function atSteps(points: readonly Point[]): string {
  return points.map(({ step }) => formatCount(step)).join('; ');
}

/** What becomes of the difference from the first step to the last. */
function movement({ points, change }: ReportedCurve): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || first === last) return '';
  const [from, to] = [first, last].map(({ difference }) => formatDifference(difference));
  const ends = `Difference at step ${formatCount(first.step)} ${from}, at ${formatCount(last.step)} ${to}`;
  if (change === null) return `${ends}.`;
  const { value, interval95, adjustedP, verdict } = change;
  const numbers = `${formatDifference(value)}${interval95 === null ? '' : ` ${formatInterval(interval95)}`}, p ${formatP(adjustedP)}`;
  const words: Readonly<Record<string, string>> = {
    significant: `it ${Math.abs(last.difference) > Math.abs(first.difference) ? 'grew' : 'shrank'} significantly`,
    'not significant': 'no change that matters',
    underpowered: 'whether it changed cannot be told at this number of documents',
  };
  return `${ends}: ${words[verdict] ?? verdict} (${numbers}).`;
}

/** A line a step, a column a task: original, pruned, difference. */
function stepsTable(record: ReportedSeries) {
  const rows = record.steps.map(({ step }) => [
    numberCell(formatCount(step), step),
    ...record.curves.map((curve): Cell => {
      const point = curve.points.find((one) => one.step === step);
      if (point === undefined) return absent();
      const [dense, pruned] = [point.dense, point.pruned].map((value) => pairedValue(value, curve));
      return numberCell(`${dense}, ${pruned} (${formatDifference(point.difference)})`, point.difference);
    }),
  ]);
  return tableBlock(
    `${record.name}: original, pruned (difference) by step`,
    ['Step', ...record.curves.map((curve) => `${curveName(curve)}${mark(record)}`)],
    rows,
  );
}

function curveTable(record: ReportedSeries, curve: ReportedCurve) {
  const rows = curve.points.map((point) => [
    numberCell(formatCount(point.step), point.step),
    numberCell(pairedValue(point.dense, curve), point.dense),
    numberCell(pairedValue(point.pruned, curve), point.pruned),
    numberCell(formatDifference(point.difference), point.difference),
    intervalCell(point.interval95, formatDifference),
    point.recovery === null
      ? absent()
      : numberCell(formatPercent(point.recovery.value), point.recovery.value),
    intervalCell(point.recovery?.interval95 ?? null, formatPercent),
    ...judgedCells(point),
    numberCell(formatCount(point.documents), point.documents),
  ]);
  return tableBlock(
    `${record.name}: ${curveName(curve)}${mark(record)} by step`,
    [
      'Step',
      'Original',
      'Pruned',
      'Difference',
      '95 % interval',
      'Recovery',
      '95 % of recovery',
      'p (Holm)',
      'Verdict',
      'Documents',
    ],
    rows,
  );
}

function mark({ limit }: ReportedSeries): string {
  return limit === null ? '' : LIMITED;
}

function intervalCell(interval: readonly [number, number] | null, write: (value: number) => string): Cell {
  return interval === null
    ? absent()
    : numberCell(`[${write(interval[0])}, ${write(interval[1])}]`, interval[0]);
}

/** Sparsity and perplexities by step. */
function weightsTable(record: ReportedSeries) {
  const labels = record.perplexity.map(
    ({ corpus, protocol, seqlen }) =>
      `${corpusName({ corpus })} token PPL (${plainText(protocol)}, seqlen ${formatCount(seqlen)})`,
  );
  const rows = record.sparsity.map(({ step, dense, pruned }) => [
    numberCell(formatCount(step), step),
    numberCell(formatPercent(dense), dense),
    numberCell(formatPercent(pruned), pruned),
    ...record.perplexity.flatMap(({ points }): readonly Cell[] => {
      const point = points.find((one) => one.step === step);
      if (point === undefined) return [absent(), absent(), absent()];
      const { ratio, interval95 } = point;
      const range = interval95 === null ? '' : ` [${interval95.map(formatRatio).join(', ')}]`;
      return [
        numberCell(formatPerplexity(point.dense), point.dense),
        numberCell(formatPerplexity(point.pruned), point.pruned),
        numberCell(`${formatRatio(ratio)}${range}`, ratio),
      ];
    }),
  ]);
  return tableBlock(
    `${record.name}: weights by step`,
    [
      'Step',
      'Sparsity, original',
      'Sparsity, pruned',
      ...labels.flatMap((label) => [`${label}, original`, `${label}, pruned`, 'Ratio']),
    ],
    rows,
  );
}

function readingOf({ analysis }: ReportedSeries): readonly string[] {
  const { alpha, power, relevantDifference } = analysis;
  return [
    'Difference is pruned minus original, at the same step. Task scores are fractions.',
    'Sparsity counts exact zeros in the matrices of the linear layers, as papers do: embeddings, head and norms left out.',
    'The interval belongs to the difference: both models answered the same documents, so it is paired (normal, 95 %); documents that share a context count as one draw.',
    "p: McNemar's exact test where answers are right or wrong and no context is shared, else the sign-flip permutation test; corrected by Holm's method over all tasks at all steps.",
    'Every step answers the same documents: neighbouring differences rise and fall together, and several steps that say the same are not several proofs of it.',
    'The change from the first step to the last is tested for itself, document by document: its p is corrected over the tasks. It says nothing of what lies between.',
    `significant: corrected p below ${alpha}. not significant: and a difference of ${formatScore(relevantDifference)} would have been found with ${formatPercent(power)} probability. underpowered: not significant, and this test could have missed such a difference. not tested: the metric is no mean over documents.`,
    'Perplexities are a token’s, comparable only within one column: protocol, text, window and tokenizer decide the figure.',
  ];
}

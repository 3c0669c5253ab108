/** Two series beside each other, step by step: scores, differences and where they lead. */
import { type ComparedCurve, metricKey, type SeriesComparisonRecord } from '@evalgraph/formats';
import {
  formatCount,
  formatDifference,
  formatPercent,
  formatPerplexity,
  formatRatio,
  formatScore,
} from '../format.ts';
import { headlineMetric, metricLabel } from '../headline-metric.ts';
import { plainText } from '../plain-text.ts';
import {
  type Block,
  type Cell,
  heading,
  numberCell,
  paragraph,
  type TableBlock,
  tableBlock,
  textCell,
} from './blocks.ts';
import { LIMITED } from './cells.ts';
import { judgedCells, limitNote, pairedValue, reportHeading } from './comparison.ts';
import { absent } from './comparison-cells.ts';
import { corpusName } from './figure.ts';

type Point = ComparedCurve['points'][number];

/** comparison_report.md. */
export function seriesBlocks(record: SeriesComparisonRecord): readonly Block[] {
  const [first] = record.steps;
  if (first === undefined) return [];
  return [
    heading(1, `${record.name}: two series by step`),
    ...seriesTopBlocks(record, 2),
    ...(record.curves.length === 0
      ? []
      : [
          heading(2, 'Task Results'),
          ...record.curves.flatMap((curve) => [heading(3, curveName(curve)), curveTable(record, curve)]),
        ]),
    heading(2, 'How to read this'),
    { kind: 'list', items: readingOf(record) },
  ];
}

/** What stands first of two series, wherever they stand: which models, the weights, the tasks over the steps. */
export function seriesTopBlocks(record: SeriesComparisonRecord, level: 2 | 3): readonly Block[] {
  const [first] = record.steps;
  const [dense, pruned] = [first?.dense.model ?? '', first?.pruned.model ?? ''].map(plainText);
  return [
    ...(record.limit === null ? [] : [limitNote(record.limit)]),
    paragraph(`Dense: ${dense}\nPruned: ${pruned}\n${stepsText(record)}`),
    heading(level, 'Summary'),
    ...weightsBlocks(record),
    ...(record.curves.length === 0
      ? []
      : [heading(level, 'Over the steps'), ...trendList(record), ...changeTable(record), stepsTable(record)]),
  ];
}

/** The section in the report of the pipeline. */
export function seriesSection(record: SeriesComparisonRecord, charts: readonly Block[]): readonly Block[] {
  return [
    reportHeading(record.name),
    ...(record.limit === null ? [] : [limitNote(record.limit)]),
    paragraph(stepsText(record)),
    ...trendList(record),
    ...charts,
    ...weightsBlocks(record),
    ...(record.curves.length === 0 ? [] : [...changeTable(record), stepsTable(record)]),
    ...record.curves.map((curve) => ({ ...curveTable(record, curve), isDetail: true })),
  ];
}

/** `demo_arc (acc)` */
export function curveName(curve: ComparedCurve): string {
  return `${plainText(curve.task)} (${metricLabel(curve)})`;
}

/** Which steps stand side by side, and which do not. */
export function stepsText({ steps, onlyDense, onlyPruned, leftOut }: SeriesComparisonRecord): string {
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

function trendList(record: SeriesComparisonRecord): readonly Block[] {
  const items = trendItems(record);
  return items.length === 0 ? [] : [{ kind: 'list', items }];
}

/** The findings in sentences: where the series part, and what becomes of the difference between them. */
function trendItems({ curves, steps }: SeriesComparisonRecord): readonly string[] {
  const tested = curves.filter(({ points }) => points.some(({ verdict }) => verdict !== null));
  const parting = (word: string, isSide: (worse: boolean) => boolean): readonly string[] => {
    const found = tested.flatMap((curve) => {
      const points = curve.points.filter(
        (point) => point.verdict === 'significant' && isSide(isLoss(point.difference, curve)),
      );
      return points.length === 0 ? [] : [`${curveName(curve)} at step ${atSteps(points)}`];
    });
    return found.length === 0 ? [] : [`Pruned is significantly ${word}: ${found.join(', ')}.`];
  };
  const alike = tested.filter(({ points }) => points.every(({ verdict }) => verdict !== 'significant'));
  const [first, last] = [steps[0]?.step ?? 0, steps.at(-1)?.step ?? 0];
  const moved = (
    word: string,
    choose: (curve: ComparedCurve, change: Change) => boolean,
    more = '',
  ): string[] => {
    const found = curves.flatMap((curve) => {
      const { change } = curve;
      if (change === null || !choose(curve, change)) return [];
      return [
        `${curveName(curve)}${change.verdict === 'significant' ? ` ${formatDifference(change.value)}` : ''}`,
      ];
    });
    return found.length === 0 ? [] : [`${word} (${formatCount(found.length)}): ${found.join(', ')}.${more}`];
  };
  const span = `From step ${formatCount(first)} to ${formatCount(last)}`;
  return [
    ...parting('worse', (worse) => worse),
    ...parting('better', (worse) => !worse),
    ...(alike.length === 0
      ? []
      : [
          `At no step a significant difference (${formatCount(alike.length)}): ${alike.map(curveName).join(', ')}. Where the tables say underpowered, one could have been missed.`,
        ]),
    ...moved(
      `${span} pruned lost ground, significantly`,
      (curve, { value, verdict }) => verdict === 'significant' && isLoss(value, curve),
    ),
    ...moved(
      `${span} pruned gained ground, significantly`,
      (curve, { value, verdict }) => verdict === 'significant' && !isLoss(value, curve),
    ),
    ...moved(`${span} no change that matters`, (_, { verdict }) => verdict === 'not significant'),
    ...moved(
      `${span} a change cannot be told at this number of documents`,
      (_, { verdict }) => verdict === 'underpowered',
      ' This is no finding of a steady distance.',
    ),
  ];
}

type Change = NonNullable<ComparedCurve['change']>;

function isLoss(difference: number, { higherIsBetter }: ComparedCurve): boolean {
  return difference < 0 === higherIsBetter;
}

function atSteps(points: readonly Point[]): string {
  return points.map(({ step }) => formatCount(step)).join('; ');
}

/** What becomes of the difference from the first step to the last; none with one step. */
function changeTable(record: SeriesComparisonRecord): readonly TableBlock[] {
  const { curves, steps } = record;
  const [first, last] = [steps[0]?.step ?? 0, steps.at(-1)?.step ?? 0];
  if (first === last || curves.length === 0) return [];
  const rows = curves.map((curve) => {
    const { points, change } = curve;
    const worse = points.filter(({ difference }) => difference !== 0 && isLoss(difference, curve));
    const better = points.filter(({ difference }) => difference !== 0 && !isLoss(difference, curve));
    const found = points.filter(({ verdict }) => verdict === 'significant');
    const ends = [points[0], points.at(-1)].map((point) =>
      point === undefined ? absent() : numberCell(formatDifference(point.difference), point.difference),
    );
    return [
      textCell(`${curveName(curve)}${mark(record)}`),
      ...[worse, better, found].map(({ length }) => numberCell(formatCount(length), length)),
      ...ends,
      change === null ? absent() : numberCell(formatDifference(change.value), change.value),
      intervalCell(change?.interval95 ?? null, formatDifference),
      ...judgedCells(change === null ? {} : change),
    ];
  });
  return [
    tableBlock(
      `${record.name}: from the first step to the last`,
      [
        'Task',
        'Steps worse',
        'Steps better',
        'Significant steps',
        `At ${formatCount(first)}`,
        `At ${formatCount(last)}`,
        'Change',
        '95 % interval',
        'p (Holm)',
        'Verdict',
      ],
      rows,
    ),
  ];
}

/** One for each task: the metric that the report of a pipeline would take for it. */
export function headlineCurves({ curves }: SeriesComparisonRecord): readonly ComparedCurve[] {
  return [...new Set(curves.map(({ task }) => task))].flatMap((name) => {
    const own = curves.filter(({ task }) => task === name);
    const headline = headlineMetric(Object.fromEntries(own.map((curve) => [metricKey(curve), 0])));
    const found = own.find((one) => one.metric === headline?.metric && one.filter === headline.filter);
    return found === undefined ? own.slice(0, 1) : [found];
  });
}

/** Writes one line a step and one column a task: dense, pruned and difference. */
function stepsTable(record: SeriesComparisonRecord): TableBlock {
  const curves = headlineCurves(record);
  const rows = record.steps.map(({ step }) => [
    numberCell(formatCount(step), step),
    ...curves.map((curve): Cell => {
      const point = curve.points.find((one) => one.step === step);
      if (point === undefined) return absent();
      const [dense, pruned] = [point.dense, point.pruned].map((value) => pairedValue(value, curve));
      return numberCell(`${dense}, ${pruned} (${formatDifference(point.difference)})`, point.difference);
    }),
  ]);
  return tableBlock(
    `${record.name}: dense, pruned (difference) by step`,
    ['Step', ...curves.map((curve) => `${curveName(curve)}${mark(record)}`)],
    rows,
  );
}

function curveTable(record: SeriesComparisonRecord, curve: ComparedCurve) {
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
      'Dense',
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

function mark({ limit }: SeriesComparisonRecord): string {
  return limit === null ? '' : LIMITED;
}

function intervalCell(interval: readonly [number, number] | null, write: (value: number) => string): Cell {
  return interval === null
    ? absent()
    : numberCell(`[${write(interval[0])}, ${write(interval[1])}]`, interval[0]);
}

/** Sparsity and perplexities by step; before them, what the perplexities are of. */
function weightsBlocks(record: SeriesComparisonRecord): readonly Block[] {
  const { perplexity, sparsity } = record;
  const names = perplexity.map(perplexityName);
  const rows = sparsity.map(({ step, dense, pruned }) => [
    numberCell(formatCount(step), step),
    numberCell(formatPercent(dense), dense),
    numberCell(formatPercent(pruned), pruned),
    ...perplexity.flatMap(({ points }): readonly Cell[] => {
      const point = points.find((one) => one.step === step);
      if (point === undefined) return [absent(), absent(), absent(), absent()];
      const { ratio, interval95 } = point;
      return [
        numberCell(formatPerplexity(point.dense), point.dense),
        numberCell(formatPerplexity(point.pruned), point.pruned),
        numberCell(formatRatio(ratio), ratio),
        intervalCell(interval95, formatScore),
      ];
    }),
  ]);
  const table = tableBlock(
    `${record.name}: weights by step`,
    [
      'Step',
      'Sparsity, dense',
      'Sparsity, pruned',
      ...names.flatMap((name) => [`${name}, dense`, `${name}, pruned`, 'Ratio', '95 % interval']),
    ],
    rows,
  );
  const texts = perplexity.map(
    ({ corpus, protocol, seqlen }, index) =>
      `${names[index] ?? ''}: a token's perplexity on ${corpusName({ corpus })} by the protocol ${plainText(protocol)}, seqlen ${formatCount(seqlen)}.`,
  );
  return [...(texts.length === 0 ? [] : [paragraph(texts.join('\n'))]), table];
}

/** `wanda PPL`; with its window where another figure has the protocol, and with its text where that is not enough. */
export function perplexityName(
  one: SeriesComparisonRecord['perplexity'][number],
  _index: number,
  all: SeriesComparisonRecord['perplexity'],
): string {
  const alike = all.filter(({ protocol }) => protocol === one.protocol);
  const sameWindow = alike.filter(({ seqlen }) => seqlen === one.seqlen);
  const name = `${plainText(one.protocol)} PPL`;
  if (alike.length < 2) return name;
  return sameWindow.length < 2
    ? `${name} (seqlen ${formatCount(one.seqlen)})`
    : `${name} (${corpusName(one)}, seqlen ${formatCount(one.seqlen)})`;
}

function readingOf({ analysis }: SeriesComparisonRecord): readonly string[] {
  const { alpha, power, relevantDifference } = analysis;
  return [
    'Difference is pruned minus dense, at the same step. Task scores are fractions.',
    'Sparsity counts exact zeros in the matrices of the linear layers, as papers do: embeddings, head and norms left out.',
    'The interval belongs to the difference: both models answered the same documents, so it is paired (normal, 95 %); documents that share a context count as one draw.',
    "p: McNemar's exact test where answers are right or wrong and no context is shared, else the sign-flip permutation test; corrected by Holm's method over all tasks at all steps.",
    'Every step answers the same documents: neighbouring differences rise and fall together, and several steps that say the same are not several proofs of it.',
    'The change from the first step to the last is tested for itself, document by document: its p is corrected over the tasks. It says nothing of what lies between.',
    `significant: corrected p below ${alpha}. not significant: and a difference of ${formatScore(relevantDifference)} would have been found with ${formatPercent(power)} probability. underpowered: not significant, and this test could have missed such a difference. not tested: the metric is no mean over documents.`,
    "Perplexities are a token's, whatever the protocol's own program prints, and comparable only within one column: protocol, text, window and tokenizer decide the figure. The ratio's interval is paired by window.",
  ];
}

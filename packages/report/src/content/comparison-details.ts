/**
 * What a reviewer asks after the table: what a difference that was not found could have been, what flipped, how far the
 * distributions moved, where two programs' perplexities part, and what exactly is zero.
 */
import type {
  FlipCount,
  Interval,
  ReportedComparison,
  ReportedDivergence,
  ReportedEstimate,
  ReportedPerplexity,
  ReportedReconciliation,
  ReportedTask,
  ZeroCount,
} from '../comparison-record.ts';
import {
  formatCount,
  formatDifference,
  formatDigest,
  formatInterval,
  formatPercent,
  formatPerplexity,
  formatRatio,
  formatScore,
  NOT_AVAILABLE,
} from '../format.ts';
import { metricLabel } from '../headline-metric.ts';
import { plainText } from '../plain-text.ts';
import { type Block, type Cell, heading, numberCell, paragraph, tableBlock, textCell } from './blocks.ts';
import { corpusName, figureLabel, reportedValue } from './figure.ts';

/** Rows of a list of subjects: the ones that turned most. */
const SHOWN_SUBJECTS = 10;
const SHOWN_PLACES = 10;
const TEXT_BEFORE = 60;
/** Factors within 2 % of each other. */
const ALIKE = 0.02;

export function detailBlocks(record: ReportedComparison): readonly Block[] {
  return [
    ...powerBlocks(record),
    ...flipBlocks(record),
    ...perplexityBlocks(record),
    ...(record.reconciliations ?? []).flatMap((one) => reconciliationBlocks(record, one)),
    ...(record.divergence === undefined || record.divergence === null
      ? []
      : divergenceBlocks(record, record.divergence)),
    ...sparsityBlocks(record),
  ];
}

/** The findings of the task table in sentences. */
export function findingItems(record: ReportedComparison): readonly string[] {
  const judged = record.tasks.filter(({ verdict }) => typeof verdict === 'string');
  if (judged.length === 0) return [];
  const named = (verdict: string): readonly ReportedTask[] =>
    judged.filter((task) => task.verdict === verdict);
  const list = (tasks: readonly ReportedTask[]): string =>
    tasks.map((task) => `${taskName(task)} ${formatDifference(task.difference)}`).join(', ');
  const [significant, underpowered, none] = [
    named('significant'),
    named('underpowered'),
    named('not significant'),
  ];
  const worse = significant.filter(isWorse);
  const better = significant.filter((task) => !isWorse(task));
  return [
    ...(worse.length === 0
      ? []
      : [`Significantly worse (${worse.length} of ${judged.length}): ${list(worse)}.`]),
    ...(better.length === 0
      ? []
      : [`Significantly better (${better.length} of ${judged.length}): ${list(better)}.`]),
    ...(none.length === 0 ? [] : [`No difference that matters (${none.length}): ${names(none)}.`]),
    ...(underpowered.length === 0
      ? []
      : [
          `Cannot be told at this number of documents (${underpowered.length}): ${names(underpowered)}. This is no finding of equality.`,
        ]),
  ];
}

function names(tasks: readonly ReportedTask[]): string {
  return tasks.map(taskName).join(', ');
}

function isWorse({ difference, higherIsBetter }: ReportedTask): boolean {
  return difference < 0 === higherIsBetter;
}

export function taskName(task: ReportedTask): string {
  return `${plainText(task.task)} (${metricLabel(task)})`;
}

function powerBlocks(record: ReportedComparison): readonly Block[] {
  const rows = record.tasks.flatMap((task) => {
    const { analysis } = task;
    if (analysis === undefined || analysis === null) return [];
    const { recovery, minimumDetectable } = analysis;
    return [
      [
        textCell(taskName(task)),
        recovery === null ? absent() : numberCell(formatPercent(recovery.value), recovery.value),
        recovery?.interval95 === undefined || recovery.interval95 === null
          ? absent()
          : numberCell(percentInterval(recovery.interval95), recovery.interval95[0]),
        analysis.bootstrap95 === null
          ? absent()
          : numberCell(formatInterval(analysis.bootstrap95), analysis.bootstrap95[0]),
        minimumDetectable === null ? absent() : numberCell(formatScore(minimumDetectable), minimumDetectable),
        textCell(analysis.test === 'mcnemar' ? "McNemar's exact" : 'sign-flip permutation'),
        numberCell(formatCount(analysis.clusters), analysis.clusters),
      ],
    ];
  });
  if (rows.length === 0) return [];
  return [
    heading(2, 'Recovery and power'),
    paragraph(
      'Recovery is pruned / original. The detectable difference is what this number of documents would find with 80 % probability at the uncorrected 5 % level: where it is large, a small p is the only thing that says anything. Groups are documents that share a context (or single documents); they, not documents, are the independent draws.',
    ),
    tableBlock(
      `${record.name}: recovery and power`,
      [
        'Task',
        'Recovery',
        '95 % of recovery',
        'Bootstrap 95 % of difference',
        'Detectable',
        'Test',
        'Groups',
      ],
      rows,
    ),
  ];
}

function flipBlocks(record: ReportedComparison): readonly Block[] {
  const turned = record.tasks.flatMap((task) =>
    task.flips === undefined || task.flips === null ? [] : [{ task, flips: task.flips }],
  );
  if (turned.length === 0) return [];
  const rows = turned.map(({ task, flips }) =>
    flipRow(taskName(task), {
      name: '',
      documents: flips.documents,
      rightToWrong: flips.rightToWrong.length,
      wrongToRight: flips.wrongToRight.length,
    }),
  );
  const header = ['Right to wrong', 'Wrong to right', 'Net', 'Turned', 'Documents'];
  return [
    heading(2, 'Flips'),
    paragraph(
      'Answers that changed sides. A balanced exchange leaves the score where it was, and the model is another one all the same. The documents themselves are in comparison_results.json.',
    ),
    tableBlock(`${record.name}: flips`, ['Task', ...header], rows),
    ...firstOfEach(turned).flatMap(({ task, flips }) => [
      ...subjectTable(record, task, 'Category', flips.byCategory, header),
      ...subjectTable(record, task, 'Subject', flips.bySubject, header),
    ]),
  ];
}

/** By subject once a task: its other metrics turn much the same documents. */
function firstOfEach<Turned extends { readonly task: ReportedTask }>(
  turned: readonly Turned[],
): readonly Turned[] {
  return [...new Map(turned.toReversed().map((one) => [one.task.task, one])).values()].reverse();
}

function subjectTable(
  record: ReportedComparison,
  task: ReportedTask,
  what: string,
  counts: readonly FlipCount[],
  header: readonly string[],
): readonly Block[] {
  if (counts.length < 2) return [];
  const turned = (count: FlipCount): number => count.rightToWrong + count.wrongToRight;
  const sorted = counts.toSorted(
    (a, b) => turned(b) / b.documents - turned(a) / a.documents || (a.name < b.name ? -1 : 1),
  );
  const shown = sorted.slice(0, SHOWN_SUBJECTS);
  const rest = sorted.length - shown.length;
  return [
    heading(3, `${taskName(task)} by ${what.toLowerCase()}`),
    tableBlock(
      `${record.name}: flips of ${taskName(task)} by ${what.toLowerCase()}`,
      [what, ...header],
      shown.map((count) => flipRow(plainText(count.name), count)),
    ),
    ...(rest === 0 ? [] : [paragraph(`${formatCount(rest)} more, which turned less.`)]),
  ];
}

function flipRow(name: string, { rightToWrong, wrongToRight, documents }: FlipCount): readonly Cell[] {
  const share = documents === 0 ? 0 : (rightToWrong + wrongToRight) / documents;
  const net = wrongToRight - rightToWrong;
  return [
    textCell(name),
    numberCell(formatCount(rightToWrong), rightToWrong),
    numberCell(formatCount(wrongToRight), wrongToRight),
    numberCell(net > 0 ? `+${formatCount(net)}` : formatCount(net), net),
    numberCell(formatPercent(share), share),
    numberCell(formatCount(documents), documents),
  ];
}

function perplexityBlocks(record: ReportedComparison): readonly Block[] {
  const detailed = record.perplexity.filter(({ dense }) => dense.reported !== undefined);
  if (detailed.length === 0) return [];
  const rows = detailed.flatMap(perplexityRows);
  const facts = detailed.map(({ dense }) => {
    const tokens = `${formatCount(dense.tokens)} tokens scored in ${formatCount(dense.windows)} windows of at most ${formatCount(dense.seqlen)}`;
    const part = typeof dense.nsamples === 'number' ? `, the first ${formatCount(dense.nsamples)} only` : '';
    return `${plainText(dense.protocol)}: ${corpusName(dense)}, ${tokens}${part}; tokenizer ${formatDigest(dense.tokenizerDigest)}.`;
  });
  return [
    heading(2, 'Perplexity'),
    tableBlock(
      `${record.name}: perplexity`,
      ['Figure', 'Original', 'Pruned', 'Ratio', '95 % of ratio'],
      rows,
    ),
    { kind: 'list', items: facts },
  ];
}

function perplexityRows({
  dense,
  pruned,
  ratio,
  interval95,
}: ReportedPerplexity): readonly (readonly Cell[])[] {
  const line = (
    label: string,
    a: number,
    b: number,
    own: number,
    interval: Interval | null,
  ): readonly Cell[] => [
    textCell(label),
    numberCell(formatPerplexity(a), a),
    numberCell(formatPerplexity(b), b),
    numberCell(formatRatio(own), own),
    interval === null ? absent() : numberCell(ratioInterval(interval), interval[0]),
  ];
  const name = plainText(dense.protocol);
  const also = (label: string, of: 'perWord' | 'perByte' | 'bitsPerByte'): readonly (readonly Cell[])[] => {
    const [a, b] = [dense[of], pruned[of]];
    return typeof a === 'number' && typeof b === 'number'
      ? [line(`${name}, ${label}`, a, b, b / a, null)]
      : [];
  };
  return [
    line(`${name}, a token`, dense.perplexity, pruned.perplexity, ratio, interval95 ?? null),
    ...(dense.recipe?.divisor === 'tokens'
      ? []
      : [...also('a word', 'perWord'), ...also('a byte', 'perByte'), ...also('bits a byte', 'bitsPerByte')]),
  ];
}

const FACTOR_NAMES: Readonly<Record<string, string>> = {
  text: 'Text',
  averaging: 'Averaging',
  tail: 'Tail',
  bos: 'BOS',
  documents: 'Documents',
  windows: 'Windows',
  context: 'Context',
  divisor: 'Divided by',
};

function reconciliationBlocks(record: ReportedComparison, one: ReportedReconciliation): readonly Block[] {
  const [from, to] = [plainText(one.from.name), plainText(one.to.name)];
  const pair = (values: readonly number[], write: (value: number) => string): readonly Cell[] =>
    [0, 1].map((model) => {
      const value = values[model];
      return value === undefined ? absent() : numberCell(write(value), value);
    });
  const rows = [
    [textCell(from), textCell(''), ...pair(one.start, formatPerplexity), none(), none()],
    ...one.rows.map((row) => [
      textCell(`${FACTOR_NAMES[row.factor] ?? row.factor}`),
      textCell(`${row.from} \u2192 ${row.to}`),
      ...pair(row.after, formatPerplexity),
      ...pair(row.factors, formatRatio),
    ]),
    [
      textCell(to),
      textCell('all factors multiplied'),
      ...pair(one.end, formatPerplexity),
      ...pair(one.whole, formatRatio),
    ],
  ];
  const [wholeDense = Number.NaN, wholePruned = Number.NaN] = one.whole;
  const against = one.againstFirst[1];
  return [
    heading(2, `From ${from} to ${to}`),
    paragraph(
      `The same weights and text, two programs: ${from} prints ${formatPerplexity(one.start[1] ?? Number.NaN)} for the pruned model, ${to} ${formatPerplexity(one.end[1] ?? Number.NaN)}. Each line changes one choice and measures again, so the factors multiply to the whole.`,
    ),
    tableBlock(
      `${record.name}: from ${from} to ${to}`,
      ['Step', 'Change', 'Original', 'Pruned', 'Factor, original', 'Factor, pruned'],
      rows,
    ),
    ...(against === undefined
      ? []
      : [
          paragraph(
            `From ${from} to ${to} the original's figure is multiplied by ${formatRatio(wholeDense).slice(1)}, the pruned model's by ${formatRatio(wholePruned).slice(1)}. Pruned / original is ${formatRatio(against.from)} under ${from} and ${formatRatio(against.to)} under ${to}. ${gapText(one)}`,
          ),
        ]),
  ];
}

/** The step that treats the two models most differently; a gap that is the method's alone has none. */
function gapText({ rows, whole }: ReportedReconciliation): string {
  const [dense = Number.NaN, pruned = Number.NaN] = whole;
  if (Math.abs(Math.log(pruned / dense)) < ALIKE) {
    return 'The two factors are alike: the gap between the programs is the method and says nothing of the pruning.';
  }
  const apart = (factors: readonly number[]): number =>
    Math.abs(Math.log((factors[1] ?? Number.NaN) / (factors[0] ?? Number.NaN)));
  const [step] = rows.toSorted((a, b) => apart(b.factors) - apart(a.factors));
  if (step === undefined) return '';
  const [first = Number.NaN, second = Number.NaN] = step.factors;
  return `A gap of the method alone would be the same factor for both. They part most at the step ${FACTOR_NAMES[step.factor] ?? step.factor} (${step.from} \u2192 ${step.to}): ${formatRatio(first)} for the original, ${formatRatio(second)} for the pruned model. What that step leaves out or spreads otherwise is where pruning cost more than elsewhere.`;
}

function divergenceBlocks(record: ReportedComparison, found: ReportedDivergence): readonly Block[] {
  const { klNats } = found;
  const row = (
    label: string,
    { value, interval95 }: ReportedEstimate,
    write: (value: number) => string,
    writeInterval: (interval: Interval) => string,
  ): readonly Cell[] => [
    textCell(label),
    numberCell(write(value), value),
    interval95 === null ? absent() : numberCell(writeInterval(interval95), interval95[0]),
  ];
  const nats = (label: string, estimate: ReportedEstimate): readonly Cell[] =>
    row(label, estimate, formatScore, plainInterval);
  const places = found.parts
    .slice(0, SHOWN_PLACES)
    .map((part) => [
      textCell(`...${visible(part.before.slice(-TEXT_BEFORE))}`),
      textCell(visible(part.token)),
      textCell(`${visible(part.denseTop)}`),
      textCell(`${visible(part.prunedTop)}`),
      numberCell(formatScore(part.denseP), part.denseP),
      numberCell(formatScore(part.prunedP), part.prunedP),
      numberCell(formatScore(part.klNats), part.klNats),
    ]);
  return [
    heading(2, 'Divergence'),
    paragraph(
      `Both models' whole next-token distributions at the same ${formatCount(found.positions)} positions (${formatCount(found.windows)} windows of ${formatCount(found.seqlen)} tokens of ${plainText(found.corpus)}). KL(original || pruned) in nats; intervals from resampled windows.`,
    ),
    tableBlock(
      `${record.name}: divergence`,
      ['Measure', 'Value', '95 % interval'],
      [
        nats('KL, mean', klNats.mean),
        nats('KL, median', klNats.median),
        nats('KL, 90th percentile', klNats.p90),
        nats('KL, 95th percentile', klNats.p95),
        nats('KL, 99th percentile', klNats.p99),
        nats('KL, 99.9th percentile', klNats.p999),
        nats('KL, maximum', klNats.max),
        row('Same most probable token', found.sameTop, formatPercent, percentInterval),
        row("Right token's probability, RMS change", found.rmsDeltaP, formatScore, plainInterval),
        row("Right token's probability, mean change", found.meanDeltaP, formatDifference, formatInterval),
        row('Perplexity, pruned / original', found.perplexityRatio, formatRatio, ratioInterval),
      ],
    ),
    ...(places.length === 0
      ? []
      : [
          heading(3, 'Where the models part'),
          tableBlock(
            `${record.name}: where the models part`,
            [
              'Text before',
              'Next in the text',
              'Original expects',
              'Pruned expects',
              'P original',
              'P pruned',
              'KL',
            ],
            places,
          ),
        ]),
  ];
}

function sparsityBlocks(record: ReportedComparison): readonly Block[] {
  const profile = record.sparsityProfile;
  if (profile === undefined) return [];
  const { dense, pruned } = profile;
  const line = (label: string, before: ZeroCount | undefined, after: ZeroCount): readonly Cell[] => [
    textCell(label),
    before === undefined ? absent() : shareCell(before),
    shareCell(after),
    numberCell(formatCount(after.elements), after.elements),
  ];
  const header = ['Zeros', 'Original', 'Pruned', 'Weights'];
  const groups = [
    line('Linear layers (what papers call sparsity)', dense.groups.linear, pruned.groups.linear),
    line('Embedding', dense.groups.embedding, pruned.groups.embedding),
    line('Head', dense.groups.head, pruned.groups.head),
    line('Norms, biases', dense.groups.other, pruned.groups.other),
  ].filter(
    (_, index) =>
      [pruned.groups.linear, pruned.groups.embedding, pruned.groups.head, pruned.groups.other][index]
        ?.elements !== 0,
  );
  return [
    heading(2, 'Sparsity'),
    paragraph(patternText(record)),
    tableBlock(`${record.name}: zeros by part`, header, groups),
    tableBlock(
      `${record.name}: zeros by kind of matrix`,
      ['Linear matrices', ...header.slice(1)],
      pruned.byKind.map((one) =>
        line(
          plainText(one.kind),
          dense.byKind.find(({ kind }) => kind === one.kind),
          one,
        ),
      ),
    ),
    tableBlock(
      `${record.name}: zeros by layer`,
      ['Layer', ...header.slice(1)],
      pruned.byLayer.map((one) =>
        line(
          formatCount(one.layer),
          dense.byLayer.find(({ layer }) => layer === one.layer),
          one,
        ),
      ),
    ),
    ...(pruned.groups.head.elements === 0
      ? [paragraph('The head shares its weights with the embedding, or the files hold none.')]
      : []),
  ];
}

/** What the zeros look like: a pattern that hardware can use, blocks, or neither. */
export function patternText(record: ReportedComparison): string {
  const pruned = record.sparsityProfile?.pruned;
  if (pruned === undefined) return '';
  const { nOfM, blocks, matrices } = pruned;
  const all = formatCount(matrices.length);
  if (nOfM !== null) {
    const { n, m, along } = nOfM.pattern;
    return `${n}:${m} along ${along} in ${formatCount(nOfM.matrices)} of ${all} linear matrices: of every ${m} neighbours at most ${n} are not zero.`;
  }
  if (blocks !== null) {
    const { size, tiers } = blocks.pattern;
    const parts = tiers.map(
      ({ sparsity, share }) => `${formatPercent(share)} of the blocks with ${formatPercent(sparsity)} zeros`,
    );
    return `Blocks of ${size}x${size} in ${formatCount(blocks.matrices)} of ${all} linear matrices, in ${tiers.length} tier${tiers.length === 1 ? '' : 's'}: ${parts.join(', ')}.`;
  }
  return pruned.groups.linear.zeros === 0
    ? 'No weight of the linear layers is zero.'
    : `Unstructured: neither an N:M pattern nor blocks of few sparsities were found in most of the ${all} linear matrices.`;
}

function shareCell({ zeros, elements }: ZeroCount): Cell {
  return elements === 0 ? absent() : numberCell(formatPercent(zeros / elements), zeros / elements);
}

/** White space that would vanish in a table. */
function visible(text: string): string {
  return text.replace(/\n/g, '\u21b5').replace(/^ | $/g, '\u2423').replace(/\t/g, '\u21e5');
}

/** Where there is nothing to say, because nothing comes before. */
function none(): Cell {
  return numberCell('-', null);
}

function absent(): Cell {
  return numberCell(NOT_AVAILABLE, null);
}

function plainInterval([low, high]: Interval): string {
  return `[${formatScore(low)}, ${formatScore(high)}]`;
}

function percentInterval([low, high]: Interval): string {
  return `[${formatPercent(low)}, ${formatPercent(high)}]`;
}

function ratioInterval([low, high]: Interval): string {
  return `[${formatRatio(low).slice(1)}, ${formatRatio(high).slice(1)}]`;
}

/** Figures of the summary, each as its program prints it. */
export function summaryPerplexityRows(record: ReportedComparison): readonly (readonly Cell[])[] {
  return record.perplexity.map(({ dense, pruned }) => {
    const [before, after] = [reportedValue(dense), reportedValue(pruned)];
    const difference = after - before;
    return [
      textCell(figureLabel(dense)),
      numberCell(formatPerplexity(before), before),
      numberCell(formatPerplexity(after), after),
      numberCell(`${formatDifference(difference)} (${formatRatio(after / before)})`, difference),
    ];
  });
}

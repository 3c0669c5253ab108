/** A comparison's perplexities, and where those of two programs part. */
import type { ComparedPerplexity, ComparisonRecord, Interval, Reconciliation } from '@evalgraph/formats';
import { formatCount, formatDifference, formatDigest, formatPerplexity, formatRatio } from '../format.ts';
import { plainText } from '../plain-text.ts';
import { type Block, type Cell, heading, numberCell, paragraph, tableBlock, textCell } from './blocks.ts';
import { absent, none, ratioInterval } from './comparison-cells.ts';
import { corpusName, figureLabel, reportedValue } from './figure.ts';

/** Factors within 2 % of each other. */
const ALIKE = 0.02;

/** Figures of the summary, each as its program prints it. */
export function summaryPerplexityRows(record: ComparisonRecord): readonly (readonly Cell[])[] {
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

export function perplexityBlocks(record: ComparisonRecord): readonly Block[] {
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
    tableBlock(`${record.name}: perplexity`, ['Figure', 'Dense', 'Pruned', 'Ratio', '95 % of ratio'], rows),
    { kind: 'list', items: facts },
  ];
}

function perplexityRows({
  dense,
  pruned,
  ratio,
  interval95,
}: ComparedPerplexity): readonly (readonly Cell[])[] {
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

export function reconciliationBlocks(record: ComparisonRecord, one: Reconciliation): readonly Block[] {
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
      ['Step', 'Change', 'Dense', 'Pruned', 'Factor, dense', 'Factor, pruned'],
      rows,
    ),
    ...(against === undefined
      ? []
      : [
          paragraph(
            `From ${from} to ${to} the dense model's figure is multiplied by ${formatRatio(wholeDense).slice(1)}, the pruned model's by ${formatRatio(wholePruned).slice(1)}. Pruned / dense is ${formatRatio(against.from)} under ${from} and ${formatRatio(against.to)} under ${to}. ${gapText(one)}`,
          ),
        ]),
  ];
}

/** The step that treats the two models most differently; a gap that is the method's alone has none. */
function gapText({ rows, whole }: Reconciliation): string {
  const [dense = Number.NaN, pruned = Number.NaN] = whole;
  if (Math.abs(Math.log(pruned / dense)) < ALIKE) {
    return 'The two factors are alike: the gap between the programs is the method and says nothing of the pruning.';
  }
  const apart = (factors: readonly number[]): number =>
    Math.abs(Math.log((factors[1] ?? Number.NaN) / (factors[0] ?? Number.NaN)));
  const [step] = rows.toSorted((a, b) => apart(b.factors) - apart(a.factors));
  if (step === undefined) return '';
  const [first = Number.NaN, second = Number.NaN] = step.factors;
  return `A gap of the method alone would be the same factor for both. They part most at the step ${FACTOR_NAMES[step.factor] ?? step.factor} (${step.from} \u2192 ${step.to}): ${formatRatio(first)} for the dense model, ${formatRatio(second)} for the pruned model. What that step leaves out or spreads otherwise is where pruning cost more than elsewhere.`;
}

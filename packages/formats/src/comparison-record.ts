/**
 * comparison_results.json: the one declaration of what a comparison leaves behind, for who writes it and who reads it.
 * What is optional was not measured, or the file is older than it; a section without its part is left out whole.
 */
import { type CheckpointIdentity, checkpointIdentity, perplexityFigure } from './records.ts';
import {
  amount,
  anything,
  count,
  flag,
  list,
  nullable,
  number,
  oneOf,
  optional,
  pair,
  record,
  type Shape,
  type ShapeOf,
  share,
  someOf,
  text,
  variant,
} from './shape.ts';

export const COMPARISON_FILE = 'comparison_results.json';

const interval = pair(number, number);
export type Interval = ShapeOf<typeof interval>;

const zeroCount = record({ zeros: count, elements: count });
export type ZeroCount = ShapeOf<typeof zeroCount>;

const sparsitySummary = record({
  /** Zeros and elements of the linear layers' matrices, embeddings and head left out, as papers count. */
  linear: zeroCount,
  all: zeroCount,
  matrices: list(record({ name: text, zeros: count, elements: count })),
});
export type SparsitySummary = ShapeOf<typeof sparsitySummary>;

const flipCount = record({ name: text, documents: count, rightToWrong: count, wrongToRight: count });
export type FlipCount = ShapeOf<typeof flipCount>;

const flips = record({
  documents: count,
  rightToWrong: list(anything),
  wrongToRight: list(anything),
  bySubject: list(flipCount),
  byCategory: list(flipCount),
});

const estimate = record({ value: number, interval95: nullable(interval) });
export type ComparedEstimate = ShapeOf<typeof estimate>;

const verdict = oneOf('significant', 'not significant', 'underpowered');
/** `underpowered`: not significant, and a difference that matters would likely have been missed too. */
export type Verdict = ShapeOf<typeof verdict>;

const pairedTask = record({
  task: text,
  metric: text,
  filter: text,
  higherIsBetter: flag,
  documents: count,
  dense: number,
  pruned: number,
  /** pruned - dense. */
  difference: number,
  /** difference / dense, null where dense is 0. */
  relative: nullable(number),
  /** Standard error of the mean of the documents' differences; null where the metric is no mean over documents. */
  stderr: nullable(amount),
  /** difference -+ 1.96 stderr. */
  interval95: nullable(interval),
  /** Exact McNemar test, where every score is 0 or 1. */
  mcnemar: nullable(record({ rightToWrong: count, wrongToRight: count, p: share })),
  /** null: the metric is no mean over documents. */
  analysis: optional(
    nullable(
      record({
        documents: count,
        clusters: count,
        bootstrap95: nullable(interval),
        normal95: nullable(interval),
        test: text,
        p: share,
        recovery: nullable(estimate),
        minimumDetectable: nullable(amount),
      }),
    ),
  ),
  adjustedP: optional(nullable(share)),
  verdict: optional(nullable(verdict)),
  flips: optional(nullable(flips)),
});
export type PairedTask = ShapeOf<typeof pairedTask>;

const comparedPerplexity = record({
  dense: perplexityFigure,
  pruned: perplexityFigure,
  ratio: amount,
  /** The interval of the ratio, paired by window. */
  interval95: optional(nullable(interval)),
});
export type ComparedPerplexity = ShapeOf<typeof comparedPerplexity>;

/** What decided the verdicts. */
const analysis = record({
  seed: number,
  resamples: count,
  alpha: share,
  power: share,
  relevantDifference: amount,
});

const pattern = <T>(shape: Shape<T>) => nullable(record({ pattern: shape, matrices: count }));

const comparedSparsity = record({
  groups: record({ linear: zeroCount, embedding: zeroCount, head: zeroCount, other: zeroCount }),
  byLayer: list(record({ layer: count, zeros: count, elements: count })),
  byKind: list(record({ kind: text, zeros: count, elements: count })),
  matrices: list(anything),
  /** Whole rows and columns of zeros, as fractions; left out by records from before it was counted. */
  lines: optional(pattern(record({ rows: number, columns: number }))),
  nOfM: pattern(record({ n: count, m: count, along: text })),
  blocks: pattern(record({ size: count, tiers: list(record({ sparsity: number, share: number })) })),
});
export type ComparedSparsity = ShapeOf<typeof comparedSparsity>;

const reconciliation = record({
  from: record({ name: text }),
  to: record({ name: text }),
  /** The original first. */
  models: list(text),
  start: list(number),
  end: list(number),
  whole: list(number),
  rows: list(record({ factor: text, from: text, to: text, after: list(number), factors: list(number) })),
  againstFirst: list(record({ from: number, to: number })),
});
export type ComparedReconciliation = ShapeOf<typeof reconciliation>;

/** How far one checkpoint is from its original, as the comparison shows it. */
export const divergenceRecord = record({
  corpus: text,
  seqlen: count,
  positions: count,
  windows: count,
  tokenizerDigest: text,
  klNats: record({
    mean: estimate,
    median: estimate,
    p90: estimate,
    p95: estimate,
    p99: estimate,
    p999: estimate,
    max: estimate,
  }),
  sameTop: estimate,
  rmsDeltaP: estimate,
  meanDeltaP: estimate,
  perplexityRatio: estimate,
  parts: list(
    record({
      klNats: number,
      before: text,
      token: text,
      denseP: number,
      prunedP: number,
      denseTop: text,
      prunedTop: text,
    }),
  ),
});
export type ComparedDivergence = ShapeOf<typeof divergenceRecord>;

const pairFields = {
  format: oneOf(1),
  name: text,
  pipeline: text,
  /** Documents a task at most; null: all. */
  limit: nullable(number),
  dense: checkpointIdentity,
  pruned: checkpointIdentity,
  sparsity: record({ dense: sparsitySummary, pruned: sparsitySummary }),
  perplexity: list(comparedPerplexity),
  tasks: list(pairedTask),
  analysis: optional(analysis),
  sparsityProfile: optional(record({ dense: comparedSparsity, pruned: comparedSparsity })),
  reconciliations: optional(list(reconciliation)),
  divergence: optional(nullable(divergenceRecord)),
  /** One of several pruned models against one original: p is corrected over all of them. Its name is `set/model`. */
  among: optional(record({ comparison: text, models: count })),
} as const;

const pairRecord = record(pairFields);

/** comparison_results.json of a pruned model against its original. */
export type ComparisonRecord = ShapeOf<typeof pairRecord>;

const setRecord = record({
  format: oneOf(1),
  form: oneOf('several'),
  name: text,
  pipeline: text,
  limit: nullable(number),
  /** At least two, of the same original and the same tasks, in the pipeline's order. */
  models: someOf(pairRecord),
});

/** comparison_results.json of several pruned models against one original. */
export type ComparisonSet = ShapeOf<typeof setRecord>;

const curve = record({
  task: text,
  metric: text,
  filter: text,
  higherIsBetter: flag,
  /** At least one, by step. */
  points: someOf(
    record({
      step: count,
      documents: count,
      dense: number,
      pruned: number,
      difference: number,
      stderr: nullable(amount),
      interval95: nullable(interval),
      recovery: nullable(estimate),
      adjustedP: nullable(share),
      verdict: nullable(verdict),
    }),
  ),
  /** Difference at the last step minus that at the first; null: one step, or no mean over documents. */
  change: nullable(record({ value: number, interval95: nullable(interval), adjustedP: share, verdict })),
});
export type ComparedCurve = ShapeOf<typeof curve>;

const seriesRecord = record({
  format: oneOf(1),
  form: oneOf('series'),
  name: text,
  pipeline: text,
  limit: nullable(number),
  /** At least one, ascending. */
  steps: someOf(record({ step: count, dense: checkpointIdentity, pruned: checkpointIdentity })),
  onlyDense: list(count),
  onlyPruned: list(count),
  leftOut: list(count),
  curves: list(curve),
  perplexity: list(
    record({
      protocol: text,
      corpus: text,
      seqlen: count,
      points: list(
        record({
          step: count,
          /** A token's, whatever the protocol's own program prints. */
          dense: amount,
          pruned: amount,
          ratio: amount,
          interval95: nullable(interval),
        }),
      ),
    }),
  ),
  sparsity: list(record({ step: count, dense: share, pruned: share })),
  analysis,
});

/** comparison_results.json of two series, by step. */
export type SeriesComparisonRecord = ShapeOf<typeof seriesRecord>;

export type AnyComparison = ComparisonRecord | ComparisonSet | SeriesComparisonRecord;

const formed = variant('form', { several: setRecord, series: seriesRecord });

/** A pair's record has no form: it is older than the others. */
export const comparisonRecord: Shape<AnyComparison> = (value, place) =>
  typeof value === 'object' && value !== null && 'form' in value
    ? formed(value, place)
    : pairRecord(value, place);

/** The digests of each pair's two checkpoints, in the record's order. */
export function comparedDigests(comparison: AnyComparison): readonly string[] {
  const pairs = !('form' in comparison)
    ? [comparison]
    : comparison.form === 'series'
      ? comparison.steps
      : comparison.models;
  return pairs.flatMap(({ dense, pruned }: { dense: CheckpointIdentity; pruned: CheckpointIdentity }) => [
    dense.digest,
    pruned.digest,
  ]);
}

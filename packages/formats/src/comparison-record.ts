/**
 * comparison_results.json: the one declaration of what a comparison leaves behind, for who writes it and who reads it.
 * What is optional was not measured, or the file is older than it; a section without its part is left out whole.
 */
import {
  type CheckpointIdentity,
  checkpointIdentity,
  perplexityFigure,
  perplexityRecipe,
} from './records.ts';
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

const flippedDocument = record({ subject: text, document: number });

/** Answers that changed from right to wrong or back. */
const flips = record({
  documents: count,
  /** The documents themselves, in the order of the samples. */
  rightToWrong: list(flippedDocument),
  wrongToRight: list(flippedDocument),
  /** The subjects stand in order of first appearance; a subject is a task below the compared one. */
  bySubject: list(flipCount),
  /** The groups between the subjects and the compared task; empty where there are none. */
  byCategory: list(flipCount),
});
export type Flips = ShapeOf<typeof flips>;

/** The interval is null where it is not bounded, or where there are too few draws for one. */
const estimate = record({ value: number, interval95: nullable(interval) });
export type Estimate = ShapeOf<typeof estimate>;

/** Everything that is said of one paired score beside its plain difference. */
const pairedAnalysis = record({
  documents: count,
  /** Equal to `documents` where none share a context. */
  clusters: count,
  /** pruned - dense. */
  difference: number,
  /** Cluster-robust where documents share a context; null with fewer than two clusters in a stratum. */
  stderr: nullable(amount),
  normal95: nullable(interval),
  bootstrap95: nullable(interval),
  test: oneOf('mcnemar', 'permutation'),
  p: share,
  /** pruned / dense; null where dense is 0. */
  recovery: nullable(estimate),
  /** The difference that this number of documents would likely find; null: no difference could be found. */
  minimumDetectable: nullable(amount),
});
export type PairedAnalysis = ShapeOf<typeof pairedAnalysis>;

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
  /** null: the metric is no mean over documents (a perplexity), so nothing is paired. */
  analysis: optional(nullable(pairedAnalysis)),
  /** The p that Holm corrected over every row of every model in the table that has one. */
  adjustedP: optional(nullable(share)),
  verdict: optional(nullable(verdict)),
  /** null: scores are not right or wrong. */
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
const analysisOptions = record({
  /** The seed of the resampling, 0 to 2^32 - 1. */
  seed: number,
  resamples: count,
  /** The level of the whole family of tests, which Holm keeps. */
  alpha: share,
  /** Probability with which a difference of the minimum detectable size is found. */
  power: share,
  /** The smallest difference that matters, as a fraction (0.01: one point). */
  relevantDifference: amount,
});
export type AnalysisOptions = ShapeOf<typeof analysisOptions>;

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

/** A named protocol with its choices. */
const measuredProtocol = record({ name: text, recipe: perplexityRecipe });

const reconciliation = record({
  from: measuredProtocol,
  to: measuredProtocol,
  /** The dense one first. */
  models: list(text),
  /** What each model's figure is under the two protocols, and their ratio, to / from. */
  start: list(number),
  end: list(number),
  whole: list(number),
  /** One step for each choice that changes; each list has one number a model. */
  rows: list(
    record({
      factor: text,
      /** The choice before and after, in words. */
      from: text,
      to: text,
      before: list(number),
      after: list(number),
      /** after / before. */
      factors: list(number),
    }),
  ),
  /**
   * Each model's figure / the first model's, under the two protocols. Where both are near each other, the gap between
   * the protocols is the method's and not the second model's.
   */
  againstFirst: list(record({ from: number, to: number })),
});
export type Reconciliation = ShapeOf<typeof reconciliation>;

const divergenceFields = {
  format: oneOf(1),
  vocabulary: count,
  positions: count,
  windows: count,
  klNats: record({
    mean: estimate,
    median: estimate,
    p90: estimate,
    p95: estimate,
    p99: estimate,
    p999: estimate,
    max: estimate,
  }),
  /** Share of positions where both models' most probable token is the same. */
  sameTop: estimate,
  /** Root of the mean square of the change of the right token's probability. */
  rmsDeltaP: estimate,
  meanDeltaP: estimate,
  /** exp(mean(pruned nll - dense nll)): the ratio of perplexities a token over the same positions. */
  perplexityRatio: estimate,
  interval: record({ method: oneOf('percentile bootstrap over windows'), seed: number, resamples: count }),
} as const;

const divergenceSummary = record(divergenceFields);

/** How far two models' next-token distributions are apart. */
export type DivergenceSummary = ShapeOf<typeof divergenceSummary>;

/** How far one checkpoint is from its dense one: divergence.json, which the comparison carries whole. */
export const divergenceRecord = record({
  ...divergenceFields,
  key: text,
  corpus: text,
  seqlen: count,
  tokenizerDigest: text,
  /** The places where the models part most, the most divergent first. */
  parts: list(
    record({
      window: count,
      /** The token's place in its window. */
      at: count,
      klNats: number,
      before: text,
      /** The token that follows in the text. */
      token: text,
      denseP: number,
      prunedP: number,
      /** What each model takes for the most probable. */
      denseTop: text,
      prunedTop: text,
    }),
  ),
});
export type DivergenceRecord = ShapeOf<typeof divergenceRecord>;

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
  analysis: optional(analysisOptions),
  sparsityProfile: optional(record({ dense: comparedSparsity, pruned: comparedSparsity })),
  reconciliations: optional(list(reconciliation)),
  divergence: optional(nullable(divergenceRecord)),
  /** One of several pruned models against one dense model: p is corrected over all of them. Its name is `set/model`. */
  among: optional(record({ comparison: text, models: count })),
} as const;

const pairRecord = record(pairFields);

/** comparison_results.json of a pruned model against its dense one. */
export type ComparisonRecord = ShapeOf<typeof pairRecord>;

const setRecord = record({
  format: oneOf(1),
  form: oneOf('several'),
  name: text,
  pipeline: text,
  limit: nullable(number),
  /** There are at least two, of the same dense model and the same tasks, in the pipeline's order. */
  models: someOf(pairRecord),
});

/** comparison_results.json of several pruned models against one dense model. */
export type ComparisonSet = ShapeOf<typeof setRecord>;

const curvePoint = record({
  step: count,
  documents: count,
  dense: number,
  pruned: number,
  difference: number,
  /**
   * The standard error of the difference: paired, by contexts where documents share them; the interval is its normal
   * one.
   */
  stderr: nullable(amount),
  interval95: nullable(interval),
  recovery: nullable(estimate),
  /** The p that Holm corrected over all rows of all steps. */
  adjustedP: nullable(share),
  verdict: nullable(verdict),
});
export type CurvePoint = ShapeOf<typeof curvePoint>;

/** The difference at the last common step minus that at the first. */
const curveChange = record({
  value: number,
  interval95: nullable(interval),
  p: share,
  /** The p that Holm corrected over the changes of all rows; the differences at each step are a family of their own. */
  adjustedP: share,
  verdict,
});
export type CurveChange = ShapeOf<typeof curveChange>;

const curve = record({
  task: text,
  metric: text,
  filter: text,
  higherIsBetter: flag,
  /** There is at least one, and they stand by step. */
  points: someOf(curvePoint),
  /** null: there is one step, or the metric is no mean over documents. */
  change: nullable(curveChange),
});
export type ComparedCurve = ShapeOf<typeof curve>;

const perplexityPoint = record({
  step: count,
  /** A token's, whatever the protocol's own program prints. */
  dense: amount,
  pruned: amount,
  ratio: amount,
  /** The interval of the ratio, paired by window; null where there are fewer than two. */
  interval95: nullable(interval),
});
export type PerplexityPoint = ShapeOf<typeof perplexityPoint>;

const seriesRecord = record({
  format: oneOf(1),
  form: oneOf('series'),
  name: text,
  pipeline: text,
  limit: nullable(number),
  /** There is at least one, and they ascend. */
  steps: someOf(record({ step: count, dense: checkpointIdentity, pruned: checkpointIdentity })),
  /** Steps that only one of the two has, ascending. */
  onlyDense: list(count),
  onlyPruned: list(count),
  /** Steps of both that were not compared, such as those that a quick run skips. */
  leftOut: list(count),
  curves: list(curve),
  /** One for each protocol, text and window: figures of different ones make no curve. */
  perplexity: list(
    record({
      protocol: text,
      corpus: text,
      seqlen: count,
      points: list(perplexityPoint),
    }),
  ),
  /** Fractions of exact zeros in the linear layers' matrices. */
  sparsity: list(record({ step: count, dense: share, pruned: share })),
  analysis: analysisOptions,
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

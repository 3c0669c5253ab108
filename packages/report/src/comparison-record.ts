/**
 * comparison_results.json as the report reads it: the record that every comparison has, and what was worked out beside
 * it. What is optional was not measured, or the file is older than it; a section without its part is left out whole.
 */
import type { CheckpointIdentity, ComparisonRecord, PairedTask, PerplexityFigure } from '@evalgraph/formats';

export type Interval = readonly [number, number];

export interface ReportedComparison extends ComparisonRecord {
  readonly tasks: readonly ReportedTask[];
  readonly perplexity: readonly ReportedPerplexity[];
  /** What decided the verdicts. */
  readonly analysis?: {
    readonly seed: number;
    readonly resamples: number;
    readonly alpha: number;
    readonly power: number;
    readonly relevantDifference: number;
  };
  readonly sparsityProfile?: {
    readonly dense: ReportedSparsity;
    readonly pruned: ReportedSparsity;
  };
  readonly reconciliations?: readonly ReportedReconciliation[];
  readonly divergence?: ReportedDivergence | null;
  /** One of several pruned models against one original: p is corrected over all of them. Its name is `set/model`. */
  readonly among?: { readonly comparison: string; readonly models: number };
}

/** comparison_results.json of several pruned models against one original. */
export interface ReportedSet {
  readonly format: 1;
  readonly form: 'several';
  readonly name: string;
  readonly pipeline: string;
  readonly limit: number | null;
  /** At least two, of the same original and the same tasks, in the pipeline's order. */
  readonly models: readonly ReportedComparison[];
}

/** comparison_results.json of two series, by step. */
export interface ReportedSeries {
  readonly format: 1;
  readonly form: 'series';
  readonly name: string;
  readonly pipeline: string;
  readonly limit: number | null;
  /** At least one, ascending. */
  readonly steps: readonly {
    readonly step: number;
    readonly dense: CheckpointIdentity;
    readonly pruned: CheckpointIdentity;
  }[];
  readonly onlyDense: readonly number[];
  readonly onlyPruned: readonly number[];
  readonly leftOut: readonly number[];
  readonly curves: readonly ReportedCurve[];
  readonly perplexity: readonly {
    readonly protocol: string;
    readonly corpus: string;
    readonly seqlen: number;
    readonly points: readonly {
      readonly step: number;
      /** A token's, whatever the protocol's own program prints. */
      readonly dense: number;
      readonly pruned: number;
      readonly ratio: number;
      readonly interval95: Interval | null;
    }[];
  }[];
  readonly sparsity: readonly { readonly step: number; readonly dense: number; readonly pruned: number }[];
  readonly analysis: NonNullable<ReportedComparison['analysis']>;
}

export interface ReportedCurve {
  readonly task: string;
  readonly metric: string;
  readonly filter: string;
  readonly higherIsBetter: boolean;
  /** At least one, by step. */
  readonly points: readonly {
    readonly step: number;
    readonly documents: number;
    readonly dense: number;
    readonly pruned: number;
    readonly difference: number;
    readonly stderr: number | null;
    readonly interval95: Interval | null;
    readonly recovery: ReportedEstimate | null;
    readonly adjustedP: number | null;
    readonly verdict: string | null;
  }[];
  /** Difference at the last step minus that at the first; null: one step, or no mean over documents. */
  readonly change: {
    readonly value: number;
    readonly interval95: Interval | null;
    readonly adjustedP: number;
    readonly verdict: string;
  } | null;
}

export interface ReportedTask extends PairedTask {
  /** null: the metric is no mean over documents. */
  readonly analysis?: {
    readonly documents: number;
    readonly clusters: number;
    readonly bootstrap95: Interval | null;
    readonly normal95: Interval | null;
    readonly test: string;
    readonly p: number;
    readonly recovery: { readonly value: number; readonly interval95: Interval | null } | null;
    readonly minimumDetectable: number | null;
  } | null;
  readonly adjustedP?: number | null;
  readonly verdict?: string | null;
  readonly flips?: {
    readonly documents: number;
    readonly rightToWrong: readonly unknown[];
    readonly wrongToRight: readonly unknown[];
    readonly bySubject: readonly FlipCount[];
    readonly byCategory: readonly FlipCount[];
  } | null;
}

export interface FlipCount {
  readonly name: string;
  readonly documents: number;
  readonly rightToWrong: number;
  readonly wrongToRight: number;
}

export interface ReportedPerplexity {
  readonly dense: ReportedFigure;
  readonly pruned: ReportedFigure;
  readonly ratio: number;
  /** Of the ratio, paired by window. */
  readonly interval95?: Interval | null;
}

/** `perplexity` is a token's; `reported` is what the protocol's own program prints. */
export interface ReportedFigure extends PerplexityFigure {
  readonly reported?: number;
  readonly recipe?: { readonly divisor: string };
  readonly perWord?: number | null;
  readonly perByte?: number | null;
  readonly bitsPerByte?: number | null;
  readonly nsamples?: number | null;
}

export interface ReportedReconciliation {
  readonly from: { readonly name: string };
  readonly to: { readonly name: string };
  /** The original first. */
  readonly models: readonly string[];
  readonly start: readonly number[];
  readonly end: readonly number[];
  readonly whole: readonly number[];
  readonly rows: readonly {
    readonly factor: string;
    readonly from: string;
    readonly to: string;
    readonly after: readonly number[];
    readonly factors: readonly number[];
  }[];
  readonly againstFirst: readonly { readonly from: number; readonly to: number }[];
}

export interface ReportedEstimate {
  readonly value: number;
  readonly interval95: Interval | null;
}

export interface ReportedDivergence {
  readonly corpus: string;
  readonly seqlen: number;
  readonly positions: number;
  readonly windows: number;
  readonly tokenizerDigest: string;
  readonly klNats: Readonly<
    Record<'mean' | 'median' | 'p90' | 'p95' | 'p99' | 'p999' | 'max', ReportedEstimate>
  >;
  readonly sameTop: ReportedEstimate;
  readonly rmsDeltaP: ReportedEstimate;
  readonly meanDeltaP: ReportedEstimate;
  readonly perplexityRatio: ReportedEstimate;
  readonly parts: readonly {
    readonly klNats: number;
    readonly before: string;
    readonly token: string;
    readonly denseP: number;
    readonly prunedP: number;
    readonly denseTop: string;
    readonly prunedTop: string;
  }[];
}

export interface ZeroCount {
  readonly zeros: number;
  readonly elements: number;
}

export interface ReportedSparsity {
  readonly groups: Readonly<Record<'linear' | 'embedding' | 'head' | 'other', ZeroCount>>;
  readonly byLayer: readonly ({ readonly layer: number } & ZeroCount)[];
  readonly byKind: readonly ({ readonly kind: string } & ZeroCount)[];
  readonly matrices: readonly unknown[];
  /** Whole rows and columns of zeros, as fractions; left out by records from before it was counted. */
  readonly lines?: {
    readonly pattern: { readonly rows: number; readonly columns: number };
    readonly matrices: number;
  } | null;
  readonly nOfM: {
    readonly pattern: { readonly n: number; readonly m: number; readonly along: string };
    readonly matrices: number;
  } | null;
  readonly blocks: {
    readonly pattern: {
      readonly size: number;
      readonly tiers: readonly { readonly sparsity: number; readonly share: number }[];
    };
    readonly matrices: number;
  } | null;
}

/**
 * A series against a series: dense and pruned checkpoints of the same steps, as data for a table and a chart. A step
 * that only one of them has is named, never skipped in silence.
 */
import { UserError } from '@evalgraph/formats';
import type { ComparisonSide } from './compare.ts';
import { compareAll, type DetailedComparison, type DetailInput } from './detail.ts';
import { duplicateStep, noCommonStep, stepMissing } from './messages.ts';
import type { AnalysisOptions } from './statistics/analyse.ts';
import type { Recovery } from './statistics/recovery.ts';
import type { Verdict } from './statistics/verdict.ts';

export interface SeriesComparisonInput
  extends Pick<DetailInput, 'name' | 'pipeline' | 'limit' | 'tasks' | 'contexts'> {
  /** Checkpoints with a step each, in any order. */
  readonly dense: readonly ComparisonSide[];
  readonly pruned: readonly ComparisonSide[];
}

export interface SeriesPoint {
  readonly step: number;
  readonly dense: number;
  readonly pruned: number;
  readonly difference: number;
  readonly interval95: readonly [number, number] | null;
  readonly recovery: Recovery | null;
  readonly adjustedP: number | null;
  readonly verdict: Verdict | null;
}

export interface SeriesComparison {
  readonly format: 1;
  readonly name: string;
  readonly pipeline: string;
  readonly limit: number | null;
  /** Steps that only one of the two has, ascending: gaps of the curves. */
  readonly onlyDense: readonly number[];
  readonly onlyPruned: readonly number[];
  /** Points by step, ascending; for each task, metric and filter. */
  readonly curves: readonly {
    readonly task: string;
    readonly metric: string;
    readonly filter: string;
    readonly higherIsBetter: boolean;
    readonly points: readonly SeriesPoint[];
  }[];
  readonly perplexity: readonly {
    readonly protocol: string;
    readonly points: readonly {
      readonly step: number;
      readonly dense: number;
      readonly pruned: number;
      readonly ratio: number;
    }[];
  }[];
  readonly sparsity: readonly { readonly step: number; readonly dense: number; readonly pruned: number }[];
  readonly analysis: AnalysisOptions;
}

/** @throws UserError step-missing, duplicate-step, no-common-step, and as `comparePair` */
export function compareSeries(input: SeriesComparisonInput, options: AnalysisOptions): SeriesComparison {
  const problems = [...stepProblems(input.dense, 'dense'), ...stepProblems(input.pruned, 'pruned')];
  if (problems.length > 0) throw new UserError(problems);
  const dense = byStep(input.dense);
  const pruned = byStep(input.pruned);
  const steps = [...dense.keys()].filter((step) => pruned.has(step)).sort((a, b) => a - b);
  if (steps.length === 0) throw new UserError(noCommonStep([...dense.keys()], [...pruned.keys()]));
  const inputs = steps.flatMap((step): DetailInput[] => {
    const pair = [dense.get(step), pruned.get(step)] as const;
    if (pair[0] === undefined || pair[1] === undefined) return [];
    const { name, pipeline, limit, tasks, contexts } = input;
    return [{ name, pipeline, limit, tasks, contexts, dense: pair[0], pruned: pair[1] }];
  });
  const records = compareAll(inputs, options).map((record, index) => ({ step: steps[index] ?? 0, record }));
  return {
    format: 1,
    name: input.name,
    pipeline: input.pipeline,
    limit: input.limit,
    onlyDense: [...dense.keys()].filter((step) => !pruned.has(step)).sort((a, b) => a - b),
    onlyPruned: [...pruned.keys()].filter((step) => !dense.has(step)).sort((a, b) => a - b),
    curves: curvesOf(records),
    perplexity: perplexityOf(records),
    sparsity: records.map(({ step, record: { sparsity } }) => ({
      step,
      dense: sparsity.dense.linear.zeros / sparsity.dense.linear.elements,
      pruned: sparsity.pruned.linear.zeros / sparsity.pruned.linear.elements,
    })),
    analysis: options,
  };
}

type StepRecords = readonly { readonly step: number; readonly record: DetailedComparison }[];

function curvesOf(records: StepRecords): SeriesComparison['curves'] {
  const curves = new Map<string, SeriesComparison['curves'][number] & { points: SeriesPoint[] }>();
  for (const { step, record } of records) {
    for (const row of record.tasks) {
      const { task, metric, filter, higherIsBetter } = row;
      const key = `${task},${metric},${filter}`;
      const curve = curves.get(key) ?? { task, metric, filter, higherIsBetter, points: [] };
      curves.set(key, curve);
      curve.points.push({
        step,
        dense: row.dense,
        pruned: row.pruned,
        difference: row.difference,
        interval95: row.analysis?.bootstrap95 ?? null,
        recovery: row.analysis?.recovery ?? null,
        adjustedP: row.adjustedP,
        verdict: row.verdict,
      });
    }
  }
  return [...curves.values()];
}

function perplexityOf(records: StepRecords): SeriesComparison['perplexity'] {
  const curves = new Map<string, { step: number; dense: number; pruned: number; ratio: number }[]>();
  for (const { step, record } of records) {
    for (const { dense, pruned, ratio } of record.perplexity) {
      const points = curves.get(dense.protocol) ?? [];
      curves.set(dense.protocol, points);
      points.push({ step, dense: dense.perplexity, pruned: pruned.perplexity, ratio });
    }
  }
  return [...curves].map(([protocol, points]) => ({ protocol, points }));
}

function stepProblems(sides: readonly ComparisonSide[], name: string) {
  const seen = new Set<number>();
  return sides.flatMap(({ checkpoint: { checkpoint, step } }) => {
    if (step === null) return [stepMissing(name, checkpoint)];
    if (seen.has(step)) return [duplicateStep(name, step)];
    seen.add(step);
    return [];
  });
}

function byStep(sides: readonly ComparisonSide[]): ReadonlyMap<number, ComparisonSide> {
  return new Map(
    sides.flatMap((side) => (side.checkpoint.step === null ? [] : [[side.checkpoint.step, side]])),
  );
}

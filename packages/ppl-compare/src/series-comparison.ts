/**
 * A series against a series: dense and pruned checkpoints of the same steps, as data for a table and a chart. A step
 * that only one of them has is named, never skipped in silence.
 */
import {
  type AnalysisOptions,
  type ComparedCurve,
  type CurveChange,
  type CurvePoint,
  type PerplexityPoint,
  type SeriesComparisonRecord,
  UserError,
} from '@evalgraph/formats';
import type { ComparisonSide } from './compare.ts';
import { compareAll, type DetailedComparison, type DetailInput } from './detail.ts';
import { messages } from './messages.ts';
import { ratioInterval } from './protocols/ratio.ts';
import { gapChanges, rowKey } from './series/gap.ts';

export interface SeriesComparisonInput
  extends Pick<DetailInput, 'name' | 'pipeline' | 'limit' | 'tasks' | 'contexts'> {
  /** Checkpoints with a step each, in any order. */
  readonly dense: readonly ComparisonSide[];
  readonly pruned: readonly ComparisonSide[];
  /** Further steps, of which nothing is given: of one series alone, or of both and not compared now. */
  readonly besides?: StepsBesides;
}

export interface StepsBesides {
  readonly onlyDense: readonly number[];
  readonly onlyPruned: readonly number[];
  readonly leftOut: readonly number[];
}

/** @throws UserError step-missing, duplicate-step, no-common-step, and as `pairAll` */
export function compareSeries(
  input: SeriesComparisonInput,
  options: AnalysisOptions,
): SeriesComparisonRecord {
  const problems = [...stepProblems(input.dense, 'dense'), ...stepProblems(input.pruned, 'pruned')];
  if (problems.length > 0) throw new UserError(problems);
  const dense = byStep(input.dense);
  const pruned = byStep(input.pruned);
  const steps = ascending([...dense.keys()].filter((step) => pruned.has(step)));
  if (steps.length === 0) throw new UserError(messages.noCommonStep([...dense.keys()], [...pruned.keys()]));
  const inputs = steps.flatMap((step): DetailInput[] => {
    const pair = [dense.get(step), pruned.get(step)] as const;
    if (pair[0] === undefined || pair[1] === undefined) return [];
    const { name, pipeline, limit, tasks, contexts } = input;
    return [{ name, pipeline, limit, tasks, contexts, dense: pair[0], pruned: pair[1] }];
  });
  const records = compareAll(inputs, options).map((record, index) => ({ step: steps[index] ?? 0, record }));
  const [first, last] = [inputs[0], inputs.at(-1)];
  const changes =
    first === undefined || last === undefined || first === last
      ? new Map<string, CurveChange>()
      : gapChanges(first, last, options);
  const { onlyDense = [], onlyPruned = [], leftOut = [] } = input.besides ?? {};
  return {
    format: 1,
    form: 'series',
    name: input.name,
    pipeline: input.pipeline,
    limit: input.limit,
    steps: records.map(({ step, record }) => ({ step, dense: record.dense, pruned: record.pruned })),
    onlyDense: ascending([...onlyDense, ...[...dense.keys()].filter((step) => !pruned.has(step))]),
    onlyPruned: ascending([...onlyPruned, ...[...pruned.keys()].filter((step) => !dense.has(step))]),
    leftOut: ascending(leftOut),
    curves: curvesOf(records, changes),
    perplexity: perplexityOf(records, options),
    sparsity: records.map(({ step, record: { sparsity } }) => ({
      step,
      dense: sparsity.dense.linear.zeros / sparsity.dense.linear.elements,
      pruned: sparsity.pruned.linear.zeros / sparsity.pruned.linear.elements,
    })),
    analysis: options,
  };
}

type StepRecords = readonly { readonly step: number; readonly record: DetailedComparison }[];

function curvesOf(records: StepRecords, changes: ReadonlyMap<string, CurveChange>): readonly ComparedCurve[] {
  const curves = new Map<string, ComparedCurve & { points: CurvePoint[] }>();
  for (const { step, record } of records) {
    for (const row of record.tasks) {
      const { task, metric, filter, higherIsBetter } = row;
      const key = rowKey(row);
      const curve = curves.get(key) ?? {
        task,
        metric,
        filter,
        higherIsBetter,
        points: [],
        change: changes.get(key) ?? null,
      };
      curves.set(key, curve);
      curve.points.push({
        step,
        documents: row.documents,
        dense: row.dense,
        pruned: row.pruned,
        difference: row.difference,
        stderr: row.stderr,
        interval95: row.interval95,
        recovery: row.analysis?.recovery ?? null,
        adjustedP: row.adjustedP,
        verdict: row.verdict,
      });
    }
  }
  return [...curves.values()];
}

function perplexityOf(records: StepRecords, options: AnalysisOptions): SeriesComparisonRecord['perplexity'] {
  const curves = new Map<
    string,
    SeriesComparisonRecord['perplexity'][number] & { points: PerplexityPoint[] }
  >();
  for (const { step, record } of records) {
    for (const { dense, pruned, ratio } of record.perplexity) {
      const { protocol, corpus, seqlen } = dense;
      const key = JSON.stringify([protocol, corpus, seqlen]);
      const curve = curves.get(key) ?? { protocol, corpus, seqlen, points: [] };
      curves.set(key, curve);
      curve.points.push({
        step,
        dense: dense.perplexity,
        pruned: pruned.perplexity,
        ratio,
        interval95: ratioInterval(dense, pruned, options),
      });
    }
  }
  return [...curves.values()];
}

function ascending(steps: readonly number[]): readonly number[] {
  return [...steps].sort((a, b) => a - b);
}

function stepProblems(sides: readonly ComparisonSide[], name: string) {
  const seen = new Set<number>();
  return sides.flatMap(({ checkpoint: { checkpoint, step } }) => {
    if (step === null) return [messages.stepMissing(name, checkpoint)];
    if (seen.has(step)) return [messages.duplicateStep(name, step)];
    seen.add(step);
    return [];
  });
}

function byStep(sides: readonly ComparisonSide[]): ReadonlyMap<number, ComparisonSide> {
  return new Map(
    sides.flatMap((side) => (side.checkpoint.step === null ? [] : [[side.checkpoint.step, side]])),
  );
}

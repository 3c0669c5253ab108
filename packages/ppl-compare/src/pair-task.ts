/** One task's rows of a comparison: each compared metric with its paired statistics. */
import {
  agrees,
  type CellResults,
  FLOAT_NOISE,
  type MetricName,
  metricKey,
  type PairedTask,
  type Problem,
} from '@evalgraph/formats';
import { metricFacts, metricScale } from '@evalgraph/metrics';
import { type DocumentRow, type PairedScores, pairDocuments } from './documents.ts';
import { equalWeights, type Leaf, leavesOf, weightsBySize } from './groups.ts';
import { messages } from './messages.ts';
import { comparedMetrics, higherIsBetter } from './metrics.ts';
import { mcnemar } from './statistics/mcnemar.ts';
import { mean, sum } from './statistics/mean.ts';
import { pairedDifference, type Stratum } from './statistics/paired-difference.ts';

export interface TaskSide {
  readonly cell: CellResults;
  /** Samples of each task below the cell's task, by the task's name. */
  readonly documents: ReadonlyMap<string, readonly DocumentRow[]>;
}

/** results.json holds the same means, summed in another order; both may be off by the noise. */
const SAME = 2 * FLOAT_NOISE;

/** A leaf task's documents with their weight in the whole. */
export interface LeafScores extends Stratum, PairedScores {
  readonly leaf: string;
}

/** A row, and the documents that it stands on; null where the metric is no mean over documents. */
export interface PairedRow {
  readonly row: PairedTask;
  readonly leaves: readonly LeafScores[] | null;
}

/** @param problems gets what is wrong; a metric with a problem gives no row */
export function pairTask(
  task: string,
  dense: TaskSide,
  pruned: TaskSide,
  problems: Problem[],
): readonly PairedRow[] {
  const scores = dense.cell.results[task];
  const leaves = leavesOf(dense.cell, task);
  for (const leaf of leaves) {
    for (const [side, name] of sides(dense, pruned)) {
      if ((side.documents.get(leaf) ?? []).length === 0) problems.push(messages.samplesMissing(leaf, name));
    }
  }
  if (scores === undefined) {
    problems.push(messages.cellMissing(task, 'dense'));
    return [];
  }
  if (problems.length > 0) return [];
  const metrics = comparedMetrics(scores.metrics, pruned.cell.results[task]?.metrics ?? {});
  const children = dense.cell.groupSubtasks[task] ?? [];
  if (metrics.length === 0 && children.length > 0) {
    // A group without a metric of its own is a list of tasks.
    return children.flatMap((child) => pairTask(child, dense, pruned, problems));
  }
  if (metrics.length === 0) problems.push(messages.noMetricToCompare(task, Object.keys(scores.metrics)));
  return metrics.flatMap((metric) => pairMetric(task, metric, leaves, dense, pruned, problems) ?? []);
}

function pairMetric(
  task: string,
  compared: MetricName,
  leaves: readonly string[],
  dense: TaskSide,
  pruned: TaskSide,
  problems: Problem[],
): PairedRow | null {
  const key = metricKey(compared);
  const [denseValue, prunedValue] = sides(dense, pruned).map(([side, name]) => {
    const metrics = side.cell.results[task]?.metrics ?? {};
    const value = metrics[key];
    if (typeof value === 'number' && Number.isFinite(value))
      return value / metricScale(metrics, compared.metric);
    problems.push(messages.metricMissing(task, key, name));
    return undefined;
  });
  if (denseValue === undefined || prunedValue === undefined) return null;

  const pairings = leaves.map((leaf) =>
    pairDocuments(
      leaf,
      compared.metric,
      compared.filter,
      dense.documents.get(leaf) ?? [],
      pruned.documents.get(leaf) ?? [],
    ),
  );
  const found = pairings.flatMap((pairing) => pairing.problems);
  problems.push(...found);
  if (found.length > 0) return null;

  if (documentCount(leaves, compared.filter, dense) === 0) {
    problems.push(messages.nothingMeasured(`${task} (${key})`));
    return null;
  }
  const rows = pairings.flatMap((pairing) => (pairing.scores === null ? [] : [pairing.scores]));
  const strata =
    rows.length < leaves.length
      ? null
      : weighted(task, compared, leaves, rows, { dense: denseValue, pruned: prunedValue }, problems);
  const difference = prunedValue - denseValue;
  const paired = strata === null ? null : pairedDifference(strata);
  const row: PairedTask = {
    task,
    metric: compared.metric,
    filter: compared.filter,
    higherIsBetter: higherIsBetter(dense.cell, task, compared.metric),
    documents: strata === null ? documentCount(leaves, compared.filter, dense) : countOf(strata),
    dense: denseValue,
    pruned: prunedValue,
    difference,
    relative: denseValue === 0 ? null : difference / denseValue,
    stderr: paired === null ? null : paired.stderr,
    interval95: paired === null ? null : paired.interval95,
    mcnemar:
      strata === null
        ? null
        : mcnemar(
            strata.flatMap((stratum) => stratum.dense),
            strata.flatMap((stratum) => stratum.pruned),
          ),
  };
  return { row, leaves: strata };
}

/**
 * The leaves' scores with the weights under which they give the recorded values; null where no weights do and
 * the metric need not be a mean over documents.
 */
function weighted(
  task: string,
  { metric }: MetricName,
  leaves: readonly string[],
  rows: readonly PairedScores[],
  recorded: { readonly dense: number; readonly pruned: number },
  problems: Problem[],
): readonly LeafScores[] | null {
  if (rows.some((row) => row.dense.length === 0)) return null;
  const bySize = weightsBySize(
    leaves,
    rows.map((row) => row.dense.length),
  );
  for (const weights of [bySize, equalWeights(leaves)]) {
    const strata = rows.map((row, index) => ({
      leaf: leafAt(weights, index).task,
      weight: leafAt(weights, index).weight,
      ...row,
    }));
    const matches = (['dense', 'pruned'] as const).every((side) => same(total(strata, side), recorded[side]));
    if (matches) return strata;
  }
  if (!metricFacts(metric).isDocumentMean) return null;
  const strata = rows.map((row, index) => ({ weight: leafAt(bySize, index).weight, ...row }));
  for (const side of ['dense', 'pruned'] as const) {
    const found = total(strata, side);
    if (!same(found, recorded[side])) {
      problems.push(messages.scoresContradict(task, metric, side, recorded[side], found));
    }
  }
  return null;
}

function total(strata: readonly Stratum[], side: 'dense' | 'pruned'): number {
  return sum(strata.map((stratum) => stratum.weight * mean(stratum[side])));
}

function same(a: number, b: number): boolean {
  return agrees(a, b, SAME) || agrees(b, a, SAME);
}

function leafAt(weights: readonly Leaf[], index: number): Leaf {
  const leaf = weights[index];
  if (leaf === undefined) throw new RangeError(`no weight for task ${index}`);
  return leaf;
}

function countOf(strata: readonly Stratum[]): number {
  return strata.reduce((count, stratum) => count + stratum.dense.length, 0);
}

function documentCount(leaves: readonly string[], filter: string, side: TaskSide): number {
  const rows = leaves.flatMap((leaf) => side.documents.get(leaf) ?? []);
  return rows.filter((row) => row.filter === filter).length;
}

function sides(dense: TaskSide, pruned: TaskSide): readonly (readonly [TaskSide, 'dense' | 'pruned'])[] {
  return [
    [dense, 'dense'],
    [pruned, 'pruned'],
  ];
}

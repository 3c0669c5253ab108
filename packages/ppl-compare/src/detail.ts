/**
 * A comparison with all that may be said of each difference: two intervals, a test, Holm's correction over the whole
 * table, recovery, what could have been found at all, a verdict in words, and the documents that flipped.
 */
import type { AnalysisOptions, ComparisonRecord, Flips, PairedTask } from '@evalgraph/formats';
import { type ComparisonInput, pairAll } from './compare.ts';
import { categoriesOf } from './groups.ts';
import type { LeafScores } from './pair-task.ts';
import { analysePaired } from './statistics/analyse.ts';
import { flipsOf } from './statistics/flips.ts';
import { holm } from './statistics/holm.ts';
import type { PairedStratum } from './statistics/moments.ts';
import { verdictOf } from './statistics/verdict.ts';

export interface DetailInput extends ComparisonInput {
  /** What `sharedContexts` gives, by leaf task; the documents of a task that is not named are independent. */
  readonly contexts: ReadonlyMap<string, ReadonlyMap<number, string>>;
}

/** A record with all that a task's row may say. */
export interface DetailedComparison extends ComparisonRecord {
  readonly tasks: readonly Required<PairedTask>[];
  readonly analysis: AnalysisOptions;
}

/**
 * Several comparisons that are read as one table: more than two models against one dense model, or a series against a
 * series. Holm's correction is over all of them together.
 *
 * @throws UserError as `pairAll`, for the first that cannot be compared
 */
export function compareAll(
  inputs: readonly DetailInput[],
  options: AnalysisOptions,
): readonly DetailedComparison[] {
  const drafts = inputs.map((input) => {
    const { record, rows } = pairAll(input);
    return {
      record,
      rows: rows.map(({ row, leaves }) => ({
        row,
        analysis: leaves === null ? null : analysePaired(strataOf(leaves, input.contexts), options),
        flips: leaves === null ? null : flipsIn(input, row.task, leaves),
      })),
    };
  });
  const adjusted = holm(
    drafts.flatMap(({ rows }) => rows.flatMap(({ analysis }) => (analysis === null ? [] : [analysis.p]))),
  );
  let next = 0;
  return drafts.map(({ record, rows }) => ({
    ...record,
    analysis: options,
    tasks: rows.map(({ row, analysis, flips }): Required<PairedTask> => {
      const adjustedP = analysis === null ? null : (adjusted[next++] ?? null);
      const verdict =
        analysis === null || adjustedP === null
          ? null
          : verdictOf(adjustedP, analysis.minimumDetectable, options);
      // Where documents share a context, the plain standard error is too small: one error a row, the clusters'.
      const isClustered = analysis !== null && analysis.clusters < analysis.documents;
      const error = isClustered ? { stderr: analysis.stderr, interval95: analysis.normal95 } : {};
      return { ...row, ...error, analysis, adjustedP, verdict, flips };
    }),
  }));
}

function strataOf(leaves: readonly LeafScores[], contexts: DetailInput['contexts']): PairedStratum[] {
  return leaves.map(({ leaf, ids, weight, dense, pruned }) => {
    const shared = contexts.get(leaf);
    const clusters = shared === undefined ? null : ids.map((id) => shared.get(id) ?? `document ${id}`);
    return { weight, dense, pruned, clusters };
  });
}

function flipsIn(input: DetailInput, task: string, leaves: readonly LeafScores[]): Flips | null {
  const cell = input.dense.cells.find((candidate) => candidate.results[task] !== undefined);
  const categories = cell === undefined ? new Map<string, string | null>() : categoriesOf(cell, task);
  return flipsOf(
    leaves.flatMap(({ leaf, ids, dense, pruned }) =>
      ids.map((document, index) => ({
        subject: leaf,
        category: categories.get(leaf) ?? null,
        document,
        dense: dense[index] ?? Number.NaN,
        pruned: pruned[index] ?? Number.NaN,
      })),
    ),
  );
}

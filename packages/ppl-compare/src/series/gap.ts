/**
 * Whether the distance between two series changes: the difference of the last common step against that of the first,
 * document by document. Neighbouring steps answer the same documents, so their differences are no independent draws,
 * and a line through them would claim more than is known; this contrast does not.
 */
import { type AnalysisOptions, type CurveChange, type Problem, UserError } from '@evalgraph/formats';
import type { DetailInput } from '../detail.ts';
import { type PairedRow, pairTask } from '../pair-task.ts';
import { analysePaired } from '../statistics/analyse.ts';
import { holm } from '../statistics/holm.ts';
import type { PairedStratum } from '../statistics/moments.ts';
import { verdictOf } from '../statistics/verdict.ts';

/** Changes by `rowKey`. A row whose metric is no mean over documents has none. @throws UserError where documents differ */
export function gapChanges(
  first: DetailInput,
  last: DetailInput,
  options: AnalysisOptions,
): ReadonlyMap<string, CurveChange> {
  const problems: Problem[] = [];
  const dense = alongSteps(first, last, 'dense', problems);
  const pruned = alongSteps(first, last, 'pruned', problems);
  if (problems.length > 0) throw new UserError(problems);
  const found = [...dense].flatMap(([key, row]) => {
    const strata = gapStrata(row, pruned.get(key), first.contexts);
    return strata === null ? [] : [{ key, analysis: analysePaired(strata, options) }];
  });
  const adjusted = holm(found.map(({ analysis }) => analysis.p));
  return new Map(
    found.map(({ key, analysis: { difference, normal95, p, minimumDetectable } }, index) => {
      const adjustedP = adjusted[index] ?? p;
      const verdict = verdictOf(adjustedP, minimumDetectable, options);
      return [key, { value: difference, interval95: normal95, p, adjustedP, verdict }];
    }),
  );
}

export function rowKey({
  task,
  metric,
  filter,
}: Pick<PairedRow['row'], 'task' | 'metric' | 'filter'>): string {
  return `${task},${metric},${filter}`;
}

/** One series' first and last step as if they were two models: their documents are checked, and paired. */
function alongSteps(
  first: DetailInput,
  last: DetailInput,
  side: 'dense' | 'pruned',
  problems: Problem[],
): ReadonlyMap<string, PairedRow> {
  const rows = first.tasks.flatMap((task) => {
    const [before, after] = [first[side], last[side]].map(({ cells, documents }) => {
      const cell = cells.find((candidate) => candidate.task === task);
      return cell === undefined ? null : { cell, documents };
    });
    if (!before || !after) return [];
    const found: Problem[] = [];
    const paired = pairTask(task, before, after, found);
    problems.push(...found);
    return paired;
  });
  return new Map(rows.map((paired) => [rowKey(paired.row), paired]));
}

function gapStrata(
  dense: PairedRow,
  pruned: PairedRow | undefined,
  contexts: DetailInput['contexts'],
): readonly PairedStratum[] | null {
  const { leaves } = dense;
  const others = pruned?.leaves ?? null;
  if (leaves === null || others === null) return null;
  return leaves.map(({ leaf, ids, weight, dense: before, pruned: after }, index) => {
    const other = others[index];
    if (other === undefined || other.leaf !== leaf || other.ids.length !== ids.length) {
      throw new RangeError(`${leaf} has other documents in the other series`);
    }
    const shared = contexts.get(leaf);
    return {
      weight,
      dense: other.dense.map((score, at) => score - (before[at] ?? Number.NaN)),
      pruned: other.pruned.map((score, at) => score - (after[at] ?? Number.NaN)),
      clusters: shared === undefined ? null : ids.map((id) => shared.get(id) ?? `document ${id}`),
    };
  });
}

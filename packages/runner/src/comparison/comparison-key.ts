/**
 * key.json of a comparison: the key of every cell that it was made of. Its record names checkpoints alone, which stay the
 * same where a prompt, a row or a limit changed, and a comparison of the answers before that is not the pipeline's.
 */
import { prettyJson, type Shape, shape } from '@evalgraph/formats';
import { cellsOfComparison, type PlannedComparison } from '../plan/plan.ts';

interface ComparisonKey {
  /** The cells' keys, each under its cell's id. */
  readonly cells: Readonly<Record<string, string | null>>;
}

const { dictionary, nullable, oneOf, record, text } = shape;

export const comparisonKey: Shape<ComparisonKey> = record({
  format: oneOf(1),
  cells: dictionary(nullable(text)),
});

/** Content of key.json. */
export function comparisonKeyText(comparison: PlannedComparison): string {
  return prettyJson({ format: 1, cells: Object.fromEntries(keysOf(comparison)) });
}

/** Whether a comparison under this key was made of the cells as they are planned now. */
export function isKeyOf({ cells }: ComparisonKey, comparison: PlannedComparison): boolean {
  const now = keysOf(comparison);
  const then = new Map(Object.entries(cells));
  return then.size === now.size && [...now].every(([id, key]) => key !== null && then.get(id) === key);
}

function keysOf(comparison: PlannedComparison): ReadonlyMap<string, string | null> {
  return new Map(cellsOfComparison(comparison).map(({ id, key }) => [id, key]));
}

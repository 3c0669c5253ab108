/** The names of a closed set that are nearest to one that was typed. `wording.ts` makes "did you mean" of them. */

/** Longer names are cut to this before they are compared: the table of a comparison has its square of entries. */
const maxComparedLength = 64;

/**
 * Names of `candidates` that `name` may be a slip for, the likeliest first, at most `count`.
 * Case and the difference between `-` and `_` count for nothing; other slips are counted as insertions, deletions,
 * substitutions and swaps of neighbours (Damerau-Levenshtein, optimal string alignment), and one is allowed for
 * every three letters. A name that was not finished (`squad` for `squadv2`) is near as well.
 */
export function nearest(name: string, candidates: Iterable<string>, count: number): readonly string[] {
  const wanted = fold(name);
  const allowed = Math.max(1, Math.floor(wanted.length / 3));
  const found: { candidate: string; distance: number }[] = [];
  for (const candidate of new Set(candidates)) {
    if (candidate === name) continue;
    const distance = distanceBetween(wanted, fold(candidate), allowed);
    if (distance !== null) found.push({ candidate, distance });
  }
  found.sort((a, b) => a.distance - b.distance || compareText(a.candidate, b.candidate));
  return found.slice(0, count).map(({ candidate }) => candidate);
}

/** The likeliest of `candidates`, null where none is near. */
export function suggest(name: string, candidates: Iterable<string>): string | null {
  return nearest(name, candidates, 1)[0] ?? null;
}

function distanceBetween(wanted: string, candidate: string, allowed: number): number | null {
  const edits = editDistance(wanted, candidate, allowed);
  if (edits <= allowed) return edits;
  const unfinished = wanted.length >= 3 && candidate.startsWith(wanted);
  return unfinished ? allowed + (candidate.length - wanted.length) / maxComparedLength : null;
}

/**
 * Optimal string alignment distance between two texts, or `atMost + 1` as soon as it must be more than `atMost`.
 * Lengths count UTF-16 units.
 */
export function editDistance(a: string, b: string, atMost: number = Number.POSITIVE_INFINITY): number {
  if (Math.abs(a.length - b.length) > atMost) return atMost + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    let smallest = row;
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let edits = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1] && !same;
      if (swapped) edits = Math.min(edits, at(beforeLast, column - 2) + 1);
      current.push(edits);
      smallest = Math.min(smallest, edits);
    }
    // A swap reaches back two rows, so one row of values that are too large proves nothing before the next.
    if (smallest > atMost + 1) return atMost + 1;
    beforeLast = last;
    last = current;
  }
  return Math.min(at(last, b.length), atMost + 1);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}

function fold(name: string): string {
  return name.slice(0, maxComparedLength).toLowerCase().replaceAll('-', '_');
}

/** Compares by code units: that is the same on every machine, which localeCompare is not. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

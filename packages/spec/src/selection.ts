/** Selections: some checkpoints of a series, by place, step or name. */

import { isList, type SelectionInput } from './input.ts';
import type { Checkpoint, Selection } from './pipeline.ts';

export const everything: Selection = { kind: 'every', nth: 1 };
export const defaultQuick: Selection = { kind: 'list', items: ['first', 'middle', 'last'] };

const places: Readonly<Record<string, (count: number) => number>> = {
  first: () => 0,
  /** An even number has two in the middle; this takes the earlier. */
  middle: (count) => Math.floor((count - 1) / 2),
  last: (count) => count - 1,
};

/** Words that stand for a place in a series, and so cannot be the name of a checkpoint. */
export const placeWords: readonly string[] = Object.keys(places);

/**
 * The checkpoints of `series` that `selection` names, in the order of the series, each once. Items that the series
 * lacks select nothing. A series of one checkpoint is that checkpoint, whatever is selected: in a quick run a single
 * model stands beside a series whose steps are listed.
 */
export function selectCheckpoints(
  series: readonly Checkpoint[],
  selection: Selection,
): readonly Checkpoint[] {
  if (series.length <= 1) return series;
  if (selection.kind === 'every') return series.filter((_, index) => index % selection.nth === 0);
  const chosen = new Set(selection.items.map((item) => findCheckpoint(series, item)));
  return series.filter((checkpoint) => chosen.has(checkpoint));
}

/** One checkpoint by place, name or step; a name goes before a step. null: the series lacks it. */
export function findCheckpoint(series: readonly Checkpoint[], item: number | string): Checkpoint | null {
  const place = typeof item === 'string' && Object.hasOwn(places, item) ? places[item] : undefined;
  if (place !== undefined) return series[place(series.length)] ?? null;
  const named = series.find((checkpoint) => checkpoint.name === String(item));
  if (named !== undefined) return named;
  const step = typeof item === 'number' ? item : /^\d{1,16}$/.test(item) ? Number(item) : null;
  return step === null ? null : (series.find((checkpoint) => checkpoint.step === step) ?? null);
}

/** `undefined` -> the default; null where something in it was reported. */
export function normalizeSelection(
  input: SelectionInput | null | undefined,
  byDefault: Selection,
): Selection | null {
  if (input === undefined) return byDefault;
  if (input === null) return null;
  if (typeof input === 'string') return input === 'all' ? everything : { kind: 'list', items: [input] };
  if (isList<string | number>(input)) {
    const items = input.filter((item) => item !== null);
    return items.length < input.length ? null : { kind: 'list', items };
  }
  return typeof input.every === 'number' ? { kind: 'every', nth: input.every } : null;
}

/** `from, to, every` or `steps` -> the steps, ascending. */
import type { Context } from './context.ts';
import type { SeriesInput } from './input.ts';
import { messages } from './messages.ts';
import type { Path } from './problems.ts';

const bounds = ['from', 'to', 'every'] as const;

/** @param room reports and is false where a pipeline has no room for so many. @returns null where it was reported. */
export function normalizeSteps(
  input: SeriesInput,
  path: Path,
  room: (count: number) => boolean,
  { problems }: Context,
): readonly number[] | null {
  const given = bounds.filter((key) => input[key] !== undefined);
  const missing = bounds.filter((key) => input[key] === undefined);
  const listed = input.steps !== undefined;
  if (listed === given.length > 0 || (!listed && missing.length > 0)) {
    problems.value(path, messages.stepsOrRange(path, given, listed ? [] : missing));
    return null;
  }
  if (listed) return input.steps === null ? null : listedSteps(input.steps, path, room, problems);
  return range(input, path, room, problems);
}

function listedSteps(
  steps: readonly (number | null)[],
  path: Path,
  room: (count: number) => boolean,
  problems: Context['problems'],
): readonly number[] | null {
  if (!room(steps.length)) return null;
  const seen = new Set<number>();
  for (const [index, step] of steps.entries()) {
    if (step === null) continue;
    if (seen.has(step)) problems.value([...path, 'steps', index], messages.duplicateStep(step));
    seen.add(step);
  }
  // Without those that were reported; the pipeline is not used then.
  return [...seen].sort((a, b) => a - b);
}

function range(
  { from, to, every }: SeriesInput,
  path: Path,
  room: (count: number) => boolean,
  problems: Context['problems'],
): readonly number[] | null {
  if (typeof from !== 'number' || typeof to !== 'number') return null;
  if (from > to) {
    problems.value([...path, 'to'], messages.emptyRange(from, to));
    return null;
  }
  if (typeof every !== 'number') return null;
  const count = Math.floor((to - from) / every) + 1;
  return room(count) ? Array.from({ length: count }, (_, index) => from + index * every) : null;
}

/** What every part of normalize is given. */
import { lineAndColumn, type Position, positionOf } from '@evalgraph/formats';
import type { SpecDocument } from './document.ts';
import { messages } from './messages.ts';
import type { CheckpointLocation, ModelSource } from './pipeline.ts';
import type { Path, Problems } from './problems.ts';

/** A series whose file names no steps: they are what is there, and a lock says what that is. */
export interface SeriesQuestion {
  readonly model: string;
  /** null: the pattern is a path by itself. */
  readonly source: ModelSource | null;
  readonly kind: Exclude<CheckpointLocation['kind'], 'made'>;
  readonly pattern: string;
}

/** @returns ascending; null where it is not locked. */
export type StepsOf = (question: SeriesQuestion) => readonly number[] | null;

export interface Context {
  /** The workspace root, absolute. */
  readonly root: string;
  readonly problems: Problems;
  readonly stepsOf: StepsOf;
  /** Keys of the mapping at `path` in the order of the file. */
  keysOf(path: Path): readonly string[];
  /** The line of the value at `path`, 1-based. */
  lineOf(path: Path): number;
  /** The place of the value at `path`; where nothing stands there, the place of what it would stand in. */
  positionOf(path: Path): Position;
}

export function contextOf(document: SpecDocument, root: string, stepsOf: StepsOf = () => null): Context {
  const { places, problems, keysOf } = document;
  return {
    root,
    problems,
    stepsOf,
    keysOf,
    lineOf: (path) => lineAndColumn(places.text, places.rangeOf(path, 'value')[0]).line,
    positionOf: (path) => positionOf(places.file, places.text, places.rangeOf(path, 'value')),
  };
}

/** Reports names that would share a folder where the file system takes upper and lower case for the same. */
export function reportCaseTwins(what: string, path: Path, { keysOf, problems }: Context): void {
  const seen = new Map<string, string>();
  for (const name of keysOf(path)) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) problems.key([...path, name], messages.sameFolder(what, name, other));
    else seen.set(name.toLowerCase(), name);
  }
}

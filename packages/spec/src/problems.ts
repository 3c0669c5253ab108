/**
 * Gathers what is wrong with a pipeline file over all phases, so that it is thrown once, in the order of the file.
 * One slip gives one problem: what follows from a value that was reported already is not reported again.
 */
import { type Problem, positionOf, type TextRange, UserError } from '@evalgraph/formats';

export type Path = readonly (string | number)[];

/** A problem without its place; messages.ts makes them. */
export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string;
}

/** A file with thousands of slips is one slip repeated; nobody reads further than this. */
export const MAX_PROBLEMS = 50;

export interface Problems {
  /** About the value at `path`: silences later findings there, below and (as they may follow from it) above. */
  value(path: Path, finding: Finding): void;
  /** About the key at `path`, its value being fine: silences nothing. */
  key(path: Path, finding: Finding): void;
  /** About a stretch of the text, where no path leads. */
  range(range: TextRange, finding: Finding): void;
  /** About the file as a whole. */
  file(finding: Finding): void;
  /** Silences later findings at `path` without one: they would follow from another slip. */
  mute(path: Path): void;
  /** Whether a finding about the value at exactly `path` was reported or muted. */
  reported(path: Path): boolean;
  readonly count: number;
  /** @throws UserError with everything reported, if anything was. */
  throwIfAny(): void;
}

/** Where paths lead in a text. */
export interface Places {
  readonly file: string;
  readonly text: string;
  rangeOf(path: Path, part: 'key' | 'value'): TextRange;
}

interface Entry {
  /** null: the file as a whole. */
  readonly range: TextRange | null;
  readonly finding: Finding;
}

export function gatherProblems(places: Places): Problems {
  const entries: Entry[] = [];
  const silent = new Set<string>();
  const silentAbove = new Set<string>();

  function silence(path: Path): void {
    silent.add(pathKey(path));
    for (let depth = 1; depth < path.length; depth++) silentAbove.add(pathKey(path.slice(0, depth)));
  }
  function isSilent(path: Path): boolean {
    if (silentAbove.has(pathKey(path))) return true;
    return path.some((_, depth) => silent.has(pathKey(path.slice(0, depth + 1)))) || silent.has(pathKey([]));
  }

  return {
    value(path, finding) {
      if (isSilent(path)) return;
      silence(path);
      entries.push({ range: places.rangeOf(path, 'value'), finding });
    },
    key(path, finding) {
      entries.push({ range: places.rangeOf(path, 'key'), finding });
    },
    range(range, finding) {
      entries.push({ range, finding });
    },
    file(finding) {
      entries.push({ range: null, finding });
    },
    mute: silence,
    reported: (path) => silent.has(pathKey(path)),
    get count() {
      return entries.length;
    },
    throwIfAny() {
      if (entries.length === 0) return;
      const sorted = entries.toSorted((a, b) => (a.range?.[0] ?? -1) - (b.range?.[0] ?? -1));
      const problems: Problem[] = sorted.slice(0, MAX_PROBLEMS).map(({ range, finding }) => ({
        ...finding,
        ...(range === null ? {} : { at: positionOf(places.file, places.text, range) }),
      }));
      if (sorted.length > MAX_PROBLEMS) {
        const more = sorted.length - MAX_PROBLEMS;
        problems.push({ code: 'more-problems', message: `${more} more problems are not shown.` });
      }
      throw new UserError(problems);
    },
  };
}

/** A path as the key of a map. */
export function pathKey(path: Path): string {
  return JSON.stringify(path);
}

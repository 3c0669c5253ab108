/** What every part of normalize is given. */
import { lineAndColumn } from '@evalgraph/formats';
import type { SpecDocument } from './document.ts';
import { messages } from './messages.ts';
import type { Path, Problems } from './problems.ts';

export interface Context {
  /** The workspace root, absolute. */
  readonly root: string;
  readonly problems: Problems;
  /** Keys of the mapping at `path` in the order of the file. */
  keysOf(path: Path): readonly string[];
  /** The line of the value at `path`, 1-based. */
  lineOf(path: Path): number;
}

export function contextOf(document: SpecDocument, root: string): Context {
  const { places, problems, keysOf } = document;
  return {
    root,
    problems,
    keysOf,
    lineOf: (path) => lineAndColumn(places.text, places.rangeOf(path, 'value')[0]).line,
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

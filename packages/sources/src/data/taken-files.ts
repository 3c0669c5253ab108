/** Takes those files of a split that somebody wants: a corpus of the web has thousands. */
import { listedTree } from './file-tree.ts';
import { expand } from './glob.ts';

/** @param patterns as `expand` takes them. @returns in the order of `names` */
export function takenFiles(names: readonly string[], patterns: readonly string[]): readonly string[] {
  const tree = listedTree('/', names);
  const taken = new Set(patterns.flatMap((pattern) => expand('/', pattern, tree)));
  return names.filter((name) => taken.has(name));
}

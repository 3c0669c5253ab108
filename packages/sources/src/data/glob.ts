/**
 * `data/train-*.parquet` -> the files that are there, as `datasets` takes a pattern: `*` and `?` stay within one
 * name, `[a-c]` is one character, `**` is any number of folders. Hidden files, and folders that begin with two
 * underscores, count only where the pattern says so.
 */
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { diskTree, type FileTree } from './file-tree.ts';
import { messages } from './messages.ts';

/** A folder of shards has hundreds; more is a folder that nobody meant. */
const MAX_ENTRIES = 100_000;
/** Below `**`. Data sets are three deep; a link that leads to its own parent has no end. */
const MAX_DEPTH = 16;

export function isPattern(path: string): boolean {
  return /[*?[\]]/.test(path);
}

/** Files only, sorted, relative to `folder`; a path without a pattern is given back where it exists. */
export function expand(folder: string, pattern: string, tree: FileTree = diskTree): readonly string[] {
  const parts = pattern.split('/');
  // As in Python's glob, ** at the end means every file below.
  if (parts.at(-1) === '**') parts.push('*');
  let found = [''];
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    const next = found.flatMap((parent) =>
      part === '**' ? withFoldersBelow(folder, parent, tree) : children(folder, parent, part, last, tree),
    );
    // ** after ** would name each folder again and again.
    found = [...new Set(next)];
    if (found.length > MAX_ENTRIES) throw new UserError(messages.tooManyFiles(folder, MAX_ENTRIES));
  }
  return found.filter((path) => tree.isFile(join(folder, path))).sort(byCodePoint);
}

/** One character of a name, or `*`: any number of them. */
type Token = '*' | ((character: string) => boolean);

/**
 * Whether a name fits a part of a pattern. In time of name x pattern: a pattern from a stranger's card, turned into a
 * regular expression with twenty stars, would not end.
 */
export function matcherOf(part: string): (name: string) => boolean {
  const tokens = tokensOf(part);
  return (name) => {
    const characters = [...name];
    let [at, token, star, resume] = [0, 0, -1, 0];
    while (at < characters.length) {
      const current = tokens[token];
      if (current === '*') {
        star = token;
        resume = at;
        token += 1;
      } else if (current?.(characters[at] ?? '') === true) {
        at += 1;
        token += 1;
      } else if (star >= 0) {
        // The last star takes one character more.
        resume += 1;
        at = resume;
        token = star + 1;
      } else {
        return false;
      }
    }
    return tokens.slice(token).every((rest) => rest === '*');
  };
}

function tokensOf(part: string): readonly Token[] {
  return (part.match(/\[!?\]?[^\]]*\]|./gsu) ?? []).map((text) => {
    if (text === '*') return '*';
    if (text === '?') return () => true;
    return text.length > 2 && text.startsWith('[')
      ? setOf(text.slice(1, -1))
      : (character) => character === text;
  });
}

/** `a-c_` as in [a-c_]; `!` in front turns it round. */
function setOf(text: string): (character: string) => boolean {
  const not = text.startsWith('!');
  const members = [...(not ? text.slice(1) : text)];
  const ranges: (readonly [string, string])[] = [];
  for (let at = 0; at < members.length; at += 1) {
    const first = members[at] ?? '';
    const last = members[at + 2];
    const isRange = members[at + 1] === '-' && last !== undefined;
    ranges.push([first, isRange ? last : first]);
    if (isRange) at += 2;
  }
  return (character) => ranges.some(([from, to]) => from <= character && character <= to) !== not;
}

function children(
  folder: string,
  parent: string,
  part: string,
  last: boolean,
  tree: FileTree,
): readonly string[] {
  const named = join(folder, parent, part);
  if (!isPattern(part)) return tree.isFile(named) || tree.isFolder(named) ? [join(parent, part)] : [];
  const matches = matcherOf(part);
  return names(join(folder, parent), tree)
    .filter((name) => matches(name))
    .filter((name) => part.startsWith('.') || !name.startsWith('.'))
    .filter((name) => last || part.startsWith('__') || !name.startsWith('__'))
    .map((name) => join(parent, name));
}

function withFoldersBelow(folder: string, top: string, tree: FileTree): readonly string[] {
  const found = [top];
  const visit = (parent: string, depth: number): void => {
    for (const name of names(join(folder, parent), tree)) {
      const path = join(parent, name);
      if (name.startsWith('.') || name.startsWith('__') || !tree.isFolder(join(folder, path))) continue;
      found.push(path);
      if (found.length > MAX_ENTRIES || depth === MAX_DEPTH)
        throw new UserError(messages.tooManyFiles(folder, MAX_ENTRIES));
      visit(path, depth + 1);
    }
  };
  visit(top, 1);
  return found;
}

function names(folder: string, tree: FileTree): readonly string[] {
  const entries = tree.names(folder);
  if (entries.length > MAX_ENTRIES) throw new UserError(messages.tooManyFiles(folder, MAX_ENTRIES));
  return entries;
}

function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Folders and files as far as patterns look at them: of this disk, or of a list of names that nothing was fetched of. */
import { readdirSync, statSync } from 'node:fs';
import { relative, sep } from 'node:path';

/** Paths are absolute. */
export interface FileTree {
  /** Names in a folder, in any order; none where it is no folder. */
  names(folder: string): readonly string[];
  isFolder(path: string): boolean;
  isFile(path: string): boolean;
}

export const diskTree: FileTree = {
  names: (folder) => (isFolder(folder) ? readdirSync(folder) : []),
  isFolder,
  isFile: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false,
};

/** @param base absolute @param files relative to it, with forward slashes */
export function listedTree(base: string, files: readonly string[]): FileTree {
  const folders = new Map<string, Set<string>>([['', new Set()]]);
  for (const file of files) {
    const parts = file.split('/');
    for (const [index, part] of parts.entries()) {
      const parent = parts.slice(0, index).join('/');
      const children = folders.get(parent) ?? new Set<string>();
      folders.set(parent, children.add(part));
    }
  }
  const known = new Set(files);
  const inside = (path: string): string => relative(base, path).split(sep).join('/');
  return {
    names: (folder) => [...(folders.get(inside(folder)) ?? [])],
    isFolder: (path) => folders.has(inside(path)),
    isFile: (path) => known.has(inside(path)),
  };
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

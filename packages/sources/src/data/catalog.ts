/**
 * The data sets that tasks name. In this order: a datasets/**\/dataset.yaml that says so, a folder of that path (or
 * of that name below datasets/) in the hub's layout, and what was locked of the hub. It finds files; their
 * digests are the locks' matter, their rows the tasks package's.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { byName, type Problem, suggest, UserError } from '@evalgraph/formats';
import { readText } from '@evalgraph/spec';
import type { CatalogEntry, DataCatalog } from '@evalgraph/tasks';
import { type DataSet, parseDataSet, type SplitFiles } from './dataset-file.ts';
import { isFolder } from './file-tree.ts';
import { expand, isPattern } from './glob.ts';
import { type HubFolder, hubFiles, missingShards, openHubFolder } from './hub-folder.ts';
import { messages } from './messages.ts';

const FOLDER = 'datasets';
const FILE = 'dataset.yaml';
/** datasets/<owner>/<name>/dataset.yaml is 2 deep. */
const MAX_DEPTH = 5;
/** Folders that are looked into; a data set's own folders below its dataset.yaml are not. */
const MAX_FOLDERS = 10_000;

/**
 * What a repository of data holds. Asked while plans are built, so it fetches nothing: it looks up what was locked, and
 * the files may still have to be fetched.
 * @param path owner/name @param name the configuration, null: the only or default one
 * @param revision as the task has it; null: whatever is locked
 * @returns null where it is no repository
 * @throws UserError where it is not locked
 */
export type ResolveHubDataset = (
  path: string,
  name: string | null,
  revision: string | null,
) => CatalogEntry | null;

export interface CatalogOptions {
  /** Left out: only what lies in the workspace. */
  readonly resolveHubDataset?: ResolveHubDataset;
}

interface Index {
  readonly sets: readonly DataSet[];
  /** Problems of files that could not be read. They matter where a data set is not found: it may be one of them. */
  readonly problems: readonly Problem[];
}

/** @param root the workspace's, absolute. Nothing is read before `find`. */
export function openCatalog(root: string, options: CatalogOptions = {}): DataCatalog {
  const resolveHub = options.resolveHubDataset ?? (() => null);
  let index: Index | null = null;
  const known = new Map<string, CatalogEntry>();
  // A card of 57 configurations is read once.
  const opened = new Map<string, HubFolder>();
  const inHubFolder = (folder: string, path: string, name: string | null): CatalogEntry => {
    const hub = opened.get(folder) ?? openHubFolder(folder, shownPath(root, folder));
    opened.set(folder, hub);
    return hubFiles(hub, path, name);
  };
  const look = (path: string, name: string | null, revision: string | null): CatalogEntry | null => {
    index ??= readAll(root);
    const folder = localFolder(root, path);
    const declared = declaredSet(index.sets, path) ?? declaredIn(root, folder);
    if (declared !== null) {
      checkRevision(declared, path, revision);
      // It only tells what the files are: their layout says the rest.
      if (declared.configs.size === 0) return inHubFolder(join(root, dirname(declared.file)), path, name);
      return findConfig(root, declared, path, name);
    }
    if (folder !== null) return inHubFolder(folder, path, name);
    // One of these may be what says where it is.
    if (index.problems.length > 0) throw new UserError(index.problems);
    return resolveHub(path, name, revision);
  };
  return {
    find(path, name, revision) {
      const key = JSON.stringify([path, name, revision]);
      const entry = known.get(key) ?? look(path, name, revision);
      if (entry !== null) known.set(key, entry);
      return entry;
    },
    expand(pattern) {
      const base = isAbsolute(pattern) ? '/' : root;
      return expand(base, relative(base, resolve(base, pattern))).map((file) =>
        isAbsolute(pattern) ? join(base, file) : file,
      );
    },
  };
}

/** @throws UserError where two say the same. */
function declaredSet(sets: readonly DataSet[], path: string): DataSet | null {
  const fitting = sets.filter((set) => set.path === path);
  if (fitting.length > 1) {
    throw new UserError(
      messages.duplicateDataset(
        path,
        fitting.map(({ file }) => file),
      ),
    );
  }
  return fitting[0] ?? null;
}

/** The dataset.yaml of a folder that a task names by its path. @throws UserError with its mistakes. */
function declaredIn(root: string, folder: string | null): DataSet | null {
  if (folder === null || !existsSync(join(folder, FILE))) return null;
  const file = relative(root, join(folder, FILE));
  return parseDataSet(readText(join(root, file), file), file);
}

/** As `datasets` takes a path that is there; besides, datasets/<owner>/<name> for a copy of that repository. */
function localFolder(root: string, path: string): string | null {
  const named = resolve(root, path);
  if (named !== root && isFolder(named)) return named;
  const copy = join(root, FOLDER, path);
  return !isAbsolute(path) && isFolder(copy) && !existsSync(join(copy, FILE)) ? copy : null;
}

function shownPath(root: string, folder: string): string {
  const inside = relative(root, folder);
  return inside.startsWith('..') || isAbsolute(inside) ? folder : inside;
}

function readAll(root: string): Index {
  const sets: DataSet[] = [];
  const problems: Problem[] = [];
  for (const file of dataSetFiles(root)) {
    try {
      sets.push(parseDataSet(readText(join(root, file), file), file));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  }
  return { sets, problems };
}

/** Relative to the root, sorted: the same order on every machine. */
function dataSetFiles(root: string): readonly string[] {
  const files: string[] = [];
  let folders = 0;
  const visit = (folder: string, depth: number): void => {
    folders += 1;
    if (folders > MAX_FOLDERS) throw new UserError(messages.tooManyFiles(FOLDER, MAX_FOLDERS));
    if (existsSync(join(root, folder, FILE))) {
      files.push(`${folder}/${FILE}`);
      return;
    }
    if (depth === MAX_DEPTH) return;
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (entry.isDirectory() && !entry.name.startsWith('.')) visit(`${folder}/${entry.name}`, depth + 1);
    }
  };
  if (existsSync(join(root, FOLDER))) visit(FOLDER, 0);
  return files.sort();
}

function checkRevision(set: DataSet, path: string, wanted: string | null): void {
  if (wanted !== null && set.revision !== null && wanted !== set.revision)
    throw new UserError(messages.otherRevision(path, set.file, set.revision, wanted));
}

function findConfig(root: string, set: DataSet, path: string, name: string | null): CatalogEntry {
  const entry = filesOf(root, set, path, name);
  const missing = Object.values(entry.files).flatMap((files) => missingShards(files));
  if (missing.length > 0) throw new UserError(messages.missingShards(dirname(set.file), missing));
  return entry;
}

function filesOf(root: string, set: DataSet, path: string, name: string | null): CatalogEntry {
  const folder = join(root, dirname(set.file));
  const plain = [...set.configs.keys()].filter((config) => !config.includes('{name}'));
  const only = plain.length === 1 && set.configs.size === 1 ? plain[0] : undefined;
  const wanted = name ?? (set.configs.has('default') ? 'default' : (only ?? null));
  const own = wanted === null || wanted.includes('{name}') ? undefined : set.configs.get(wanted);
  if (wanted !== null && own !== undefined) return { folder, files: listed(folder, set, wanted, own) };
  for (const [pattern, splits] of set.configs) {
    const value = wanted === null ? null : placeholder(pattern, wanted);
    const files = value === null ? {} : matching(folder, splits, value);
    if (Object.keys(files).length > 0) return { folder, files };
  }
  throw new UserError(
    messages.unknownDatasetConfig(path, name, set.file, [...set.configs.keys()], suggest(name ?? '', plain)),
  );
}

/** Every file that is written out; a pattern must match something. @throws UserError at the pattern's place. */
function listed(folder: string, set: DataSet, name: string, splits: SplitFiles): CatalogEntry['files'] {
  const { problems, keysOf } = set.document;
  const files = [...splits].map(([split, patterns]) => {
    const expanded = patterns.flatMap((pattern) => {
      if (!isPattern(pattern)) return [pattern];
      const found = expand(folder, pattern);
      const path = keysOf(['configs']).includes(name) ? ['configs', name, split] : ['splits', split];
      if (found.length === 0) problems.value(path, messages.noDataFiles.pattern(pattern));
      return found;
    });
    return [split, expanded] as const;
  });
  problems.throwIfAny();
  return byName(files);
}

/** What {name} stands for where `pattern` gives `wanted`, null where it does not. */
function placeholder(pattern: string, wanted: string): string | null {
  const [before, after] = pattern.split('{name}');
  if (before === undefined || after === undefined) return null;
  const fits = wanted.startsWith(before) && wanted.endsWith(after);
  const value = wanted.slice(before.length, wanted.length - after.length);
  return fits && /^[\w][\w.-]*$/.test(value) ? value : null;
}

/** Keeps those splits of a pattern that are there. */
function matching(folder: string, splits: SplitFiles, value: string): CatalogEntry['files'] {
  const found = [...splits].map(([split, patterns]) => {
    const files = patterns.flatMap((pattern) => expand(folder, pattern.replaceAll('{name}', value)));
    return [split, files] as const;
  });
  return byName(found.filter(([, files]) => files.length > 0));
}

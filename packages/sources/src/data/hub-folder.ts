/**
 * A data set in the hub's own layout, as a clone, a download or a snapshot has it -> the files of each split. Which
 * file is which split is what `datasets` would say: the card's `configs:`, else the names of folders and files.
 */
import { basename, dirname, join } from 'node:path';
import { byName, suggest, UserError } from '@evalgraph/formats';
import type { CatalogEntry } from '@evalgraph/tasks';
import { type CardConfig, readCard } from './card.ts';
import { diskTree, type FileTree } from './file-tree.ts';
import { expand } from './glob.ts';
import { messages } from './messages.ts';

type Files = CatalogEntry['files'];

/** Never data, whatever a pattern says; lock.json and dataset.yaml are this program's. */
const NO_DATA = [
  ...['README.md', 'config.json', 'dataset_info.json', 'dataset_infos.json', 'dummy_data.zip'],
  ...['dataset_dict.json', 'lock.json', 'dataset.yaml'],
];
/** Ending -> reader; at a draw the first wins. */
const READERS: ReadonlyMap<string, string> = new Map([
  ['parquet', 'parquet'],
  ['jsonl', 'json'],
  ['json', 'json'],
  ['csv', 'csv'],
  // Tasks refuse these; a corpus unpacks them.
  ...['json.gz', 'jsonl.gz', 'json.zst', 'jsonl.zst'].map((ending) => [ending, 'json'] as const),
]);
const KEYWORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['train', ['train', 'training']],
  ['validation', ['validation', 'valid', 'dev', 'val']],
  ['test', ['test', 'testing', 'eval', 'evaluation']],
]);
const SEPARATOR = '[-._ 0-9]';
const SHARD = /^(.*)-(\d{5})-of-(\d{5})(.*)$/;

export interface HubFolder {
  /** Absolute. */
  readonly folder: string;
  /** What messages call it. */
  readonly shown: string;
  /** What its card says; none where it has none. */
  readonly configs: readonly CardConfig[];
  /** What is in it. */
  readonly tree: FileTree;
}

/**
 * @param tree left out: what is on the disk. A list of names does as well, for a folder of which only the card is there.
 * @throws UserError: a card with mistakes.
 */
export function openHubFolder(folder: string, shown: string, tree: FileTree = diskTree): HubFolder {
  return { folder, shown, configs: readCard(folder, shown), tree };
}

/**
 * @param path `dataset_path` @param name `dataset_name`
 * @throws UserError: an unknown configuration, no file that can be read here, a missing shard
 */
export function hubFiles(hub: HubFolder, path: string, name: string | null): CatalogEntry {
  const { folder, shown, tree } = hub;
  const files = hub.configs.length > 0 ? carded(hub, path, name) : uncarded(hub, path, name);
  const readable = ofOneReader(files);
  const missing = Object.values(readable).flatMap((found) => missingShards(found));
  if (missing.length > 0) throw new UserError(messages.missingShards(shown, missing));
  if (Object.keys(readable).length === 0) {
    throw new UserError(
      messages.noDataFiles.folder(shown, name, Object.values(files).flat(), hasScript(tree, folder)),
    );
  }
  return { folder, files: readable };
}

// with a card ------------------------------------------------------------------------------------------------------

function carded({ folder, shown, configs, tree }: HubFolder, path: string, name: string | null): Files {
  const config = name === null ? defaultOf(configs) : configs.find((one) => one.name === name);
  if (config === undefined) {
    const known = configs.map((one) => one.name);
    throw new UserError(
      messages.unknownDatasetConfig(path, name, `${shown}/README.md`, known, suggest(name ?? '', known)),
    );
  }
  const base = join(folder, config.folder);
  const found = config.splits === null ? byNames(tree, base) : byPatterns(tree, base, config.splits);
  return byName(
    Object.entries(found).map(([split, files]) => [split, files.map((file) => join(config.folder, file))]),
  );
}

function defaultOf(configs: readonly CardConfig[]): CardConfig | undefined {
  if (configs.length === 1) return configs[0];
  return configs.find((config) => config.isDefault || config.name === 'default');
}

/** A split of which nothing is there is left out: a download may have only the splits that are evaluated. */
function byPatterns(tree: FileTree, base: string, splits: ReadonlyMap<string, readonly string[]>): Files {
  return nonEmpty([...splits].map(([split, patterns]) => [split, union(tree, base, patterns)]));
}

// without ----------------------------------------------------------------------------------------------------------

/** `datasets` knows one configuration here; with a name, the folder of that name is meant. */
function uncarded({ folder, shown, tree }: HubFolder, path: string, asked: string | null): Files {
  // The hub's own conversion to parquet has a folder of this name where a data set has one configuration.
  const name = asked ?? (tree.isFolder(join(folder, 'default')) ? 'default' : null);
  if (name === null) return byNames(tree, folder);
  const base = join(folder, name);
  if (/^[\w][\w. +-]*$/.test(name) && tree.isFolder(base)) {
    const files = { ...byNames(tree, base), ...byExactNames(tree, base) };
    return byName(
      Object.entries(files).map(([split, found]) => [split, found.map((file) => join(name, file))]),
    );
  }
  if (name === 'default') return byNames(tree, folder);
  const known = tree
    .names(folder)
    .filter((entry) => !entry.startsWith('.') && tree.isFolder(join(folder, entry)));
  throw new UserError(messages.unknownDatasetConfig(path, name, shown, known, suggest(name, known)));
}

/** The first of these that finds anything: data/<split>-00000-of-00002, folders' names, files' names, everything. */
function byNames(tree: FileTree, base: string): Files {
  const sharded = new Map<string, string[]>();
  const digits = '[0-9]'.repeat(5);
  for (const file of union(tree, base, [`data/*-${digits}-of-${digits}*.*`])) {
    const split = SHARD.exec(basename(file))?.[1] ?? '';
    sharded.set(split, [...(sharded.get(split) ?? []), file]);
  }
  if (sharded.size > 0) return byName(inUsualOrder([...sharded]));
  const inFolders = byKeywords(tree, base, (word) => [
    `**/${word}/**`,
    `**/${word}${SEPARATOR}*/**`,
    `**/*${SEPARATOR}${word}/**`,
    `**/*${SEPARATOR}${word}${SEPARATOR}*/**`,
  ]);
  if (Object.keys(inFolders).length > 0) return inFolders;
  const inFiles = byKeywords(tree, base, (word) => [
    `**/${word}${SEPARATOR}*`,
    `**/*${SEPARATOR}${word}${SEPARATOR}*`,
  ]);
  if (Object.keys(inFiles).length > 0) return inFiles;
  return nonEmpty([['train', union(tree, base, ['**'])]]);
}

function byKeywords(tree: FileTree, base: string, patterns: (word: string) => readonly string[]): Files {
  return nonEmpty([...KEYWORDS].map(([split, words]) => [split, union(tree, base, words.flatMap(patterns))]));
}

/** `dev-00000-of-00001.parquet`, `dev.jsonl` and `dev/0000.parquet` are also `dev`, as the hub's cards call it. */
function byExactNames(tree: FileTree, base: string): Files {
  const splits = new Map<string, string[]>();
  for (const file of union(tree, base, ['*', '*/*'])) {
    const parent = dirname(file);
    const stem = basename(file).split('.')[0] ?? '';
    const split = parent === '.' ? (SHARD.exec(stem)?.[1] ?? stem) : parent;
    splits.set(split, [...(splits.get(split) ?? []), file]);
  }
  return byName(splits);
}

function inUsualOrder(splits: readonly (readonly [string, readonly string[]])[]): typeof splits {
  const usual = [...KEYWORDS.keys()];
  const rank = ([split]: (typeof splits)[number]): number =>
    usual.includes(split) ? usual.indexOf(split) : usual.length;
  return splits.toSorted((a, b) => rank(a) - rank(b) || (a[0] < b[0] ? -1 : 1));
}

// both -------------------------------------------------------------------------------------------------------------

/** Pattern by pattern, each file once. */
function union(tree: FileTree, base: string, patterns: readonly string[]): readonly string[] {
  const found = patterns.flatMap((pattern) =>
    expand(base, pattern, tree).filter((file) => !NO_DATA.includes(basename(file))),
  );
  return [...new Set(found)];
}

function nonEmpty(splits: readonly (readonly [string, readonly string[]])[]): Files {
  return byName(splits.filter(([, files]) => files.length > 0));
}

/** The files of the reader that most of them are for: a folder may hold the same rows twice. */
function ofOneReader(files: Files): Files {
  const all = Object.values(files).flat();
  const counts = [...READERS.keys()].map((ending) => all.filter((file) => endingOf(file) === ending).length);
  const most = [...READERS.keys()][counts.indexOf(Math.max(...counts))] ?? '';
  const reader = READERS.get(most);
  return nonEmpty(
    Object.entries(files).map(([split, found]) => [
      split,
      found.filter((file) => READERS.get(endingOf(file)) === reader),
    ]),
  );
}

function endingOf(file: string): string {
  return /\.(jsonl?\.(?:gz|zst)|[^.]*)$/i.exec(file)?.[1]?.toLowerCase() ?? '';
}

/** Names missing ones among shards that say how many they are: half a split is another benchmark. */
export function missingShards(files: readonly string[]): readonly string[] {
  const there = new Set(files);
  const wanted = new Set<string>();
  for (const file of files) {
    const [, stem, , count, rest] = SHARD.exec(file) ?? [];
    const first = `${stem}-00000-of-${count}${rest}`;
    if (stem === undefined || count === undefined || wanted.has(first)) continue;
    for (let index = 0; index < Number(count); index += 1) {
      wanted.add(`${stem}-${String(index).padStart(5, '0')}-of-${count}${rest}`);
    }
  }
  return [...wanted].filter((file) => !there.has(file));
}

function hasScript(tree: FileTree, folder: string): boolean {
  return tree.names(folder).some((name) => name.endsWith('.py'));
}

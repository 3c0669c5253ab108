/**
 * Locks the data sets that a pipeline's tasks name and the workspace does not have: asks the hub for their files, takes
 * the digests that it knows (large files), and downloads only the card and what has none.
 */

import { join } from 'node:path';
import type { FileDigest } from '@evalgraph/formats';
import { byName, ownValue } from '@evalgraph/formats';
import { hubFiles, listedTree, openCatalog, openHubFolder, takenFiles } from '@evalgraph/sources/data';
import { type Hub, type HubFile, type LocatedDataset, locateDataset } from '@evalgraph/sources/hub';
import type { CorpusUse } from '@evalgraph/spec';
import { datasetLockFile } from '@evalgraph/spec';
import { type CatalogEntry, dataFiles, leafTasks, type ResolvedTask } from '@evalgraph/tasks';
import {
  type DatasetLock,
  isDatasetName,
  isLockOf,
  type LockedConfig,
  readDatasetLock,
} from '../locks/dataset-lock.ts';
import type { HubLockOptions } from '../locks/hub-checkpoint-lock.ts';
import { writeLock } from '../locks/lock-file.ts';
import { type HubCorpus, hubCorpus } from '../plan/hub-corpus.ts';
import type { Plan } from '../plan/plan.ts';
import { phrases } from './messages.ts';

/** A data set that the hub is asked for, and who reads which files of it. */
export interface WantedDataset {
  readonly lockFile: string;
  readonly path: string;
  /** As tasks have it; null: whatever is newest. */
  readonly revision: string | null;
  readonly readers: readonly Reader[];
}

interface Reader {
  readonly config: string | null;
  /** Whether it unpacks rows: corpora of JSON Lines do, tasks do not. */
  readonly compressed: boolean;
  /** @returns the reader's files as `splits` has them. @throws UserError where it finds none of its splits. */
  files(splits: LockedConfig['splits']): readonly string[];
}

/** @returns in the order in which the plan names them. @throws UserError: a card or a dataset.yaml with mistakes. */
export function wantedDatasets(root: string, plan: Plan): readonly WantedDataset[] {
  const wanted = new Map<string, WantedDataset>();
  const add = (path: string, revision: string | null, reader: Reader): void => {
    const lockFile = datasetLockFile(plan.pipeline.name, path, revision);
    const readers = wanted.get(lockFile)?.readers ?? [];
    wanted.set(lockFile, { lockFile, path, revision, readers: [...readers, reader] });
  };
  const catalog = openCatalog(root);
  for (const task of tasksOf(plan)) {
    const { path, name, revision, files } = task.config.dataset;
    if (path === null || files !== null || !isDatasetName(path)) continue;
    if (catalog.find(path, name, revision) === null) add(path, revision, taskReader(task));
  }
  for (const { hub, split, patterns, compressed } of sourcesOf(plan)) {
    const files = (splits: LockedConfig['splits']): readonly string[] =>
      takenFiles(ownValue(splits, split) ?? [], patterns);
    if (catalog.find(hub.path, hub.config, null) === null)
      add(hub.path, null, { config: hub.config, compressed, files });
  }
  for (const { corpus, hub } of corporaOf(plan)) {
    const files = (splits: LockedConfig['splits']): readonly string[] => ownValue(splits, corpus.split) ?? [];
    if (catalog.find(hub.path, hub.config, null) === null)
      add(hub.path, null, { config: hub.config, compressed: false, files });
  }
  return [...wanted.values()];
}

/** Data sets of the hub that corpora are made of. */
function sourcesOf({ pipeline }: Plan): readonly {
  readonly hub: HubCorpus;
  readonly split: string;
  readonly patterns: readonly string[];
  readonly compressed: boolean;
}[] {
  return pipeline.stages.flatMap((stage) =>
    stage.kind !== 'corpus'
      ? []
      : stage.config.sources.flatMap(({ name, kind, path, files }) => {
          const split = ownValue(stage.splits, name);
          const hub = split === undefined ? null : hubCorpus({ data: path });
          return hub === null || split === undefined
            ? []
            : [{ hub, split, patterns: files, compressed: kind === 'jsonl' }];
        }),
  );
}

function corporaOf({ cells }: Plan): readonly { readonly corpus: CorpusUse; readonly hub: HubCorpus }[] {
  return cells.flatMap(({ work }) => {
    const corpus =
      work.kind === 'perplexity' || work.kind === 'divergence'
        ? work.use
        : work.kind === 'reconciliation'
          ? work.from
          : null;
    const hub = corpus === null ? null : hubCorpus(corpus);
    return corpus === null || hub === null ? [] : [{ corpus, hub }];
  });
}

/** Those of cells (each once: checkpoints share them), and those that corpora are held against. */
function tasksOf({ cells, avoided }: Plan): readonly ResolvedTask[] {
  const nodes = new Map(cells.flatMap(({ name, work }) => (work.kind === 'task' ? [[name, work.node]] : [])));
  return [
    ...[...nodes.values()].flatMap((node) => leafTasks(node)),
    ...avoided.flatMap(({ tasks }) => tasks),
  ];
}

function taskReader(task: ResolvedTask): Reader {
  // The empty folder joins to the names themselves.
  const entry = (splits: LockedConfig['splits']): CatalogEntry => ({ folder: '', files: splits });
  return {
    config: task.config.dataset.name,
    compressed: false,
    files: (splits) =>
      dataFiles(task, { find: () => entry(splits), expand: () => [] }).map(({ path }) => path),
  };
}

/** @throws UserError as `locateDataset` does; an unknown configuration; a split or a file that is not there. */
export async function lockDataset(
  root: string,
  hub: Hub,
  wanted: WantedDataset,
  options: HubLockOptions,
): Promise<boolean> {
  const before = readDatasetLock(root, wanted.lockFile);
  // A cache without network knows only what was fetched: it can add nothing to a lock that has everything.
  if (before !== null && hub.settings.offline && covers(before, wanted)) return false;
  const compressed = wanted.readers.some((reader) => reader.compressed);
  const located = await locateDataset(hub, wanted.path, wanted.revision, compressed);
  const { name } = located.found.repository;
  if (name !== wanted.path) options.note(phrases.datasetRenamed(wanted.path, name));
  const configs = await configsOf(hub, located, wanted, options);
  const names = [...filesOf(configs, wanted)].sort();
  return writeLock(root, wanted.lockFile, await digested(hub, located, names, configs, wanted, options));
}

function covers(lock: DatasetLock, wanted: WantedDataset): boolean {
  if (!isLockOf(lock, wanted.path, wanted.revision)) return false;
  const { configs, files } = lock;
  const known = new Set(configs.map(({ name }) => name));
  if (!wanted.readers.every(({ config }) => known.has(config))) return false;
  return [...filesOf(configs, wanted)].every((name) => Object.hasOwn(files, name));
}

async function configsOf(
  hub: Hub,
  located: LocatedDataset,
  { path, readers }: WantedDataset,
  options: HubLockOptions,
): Promise<readonly LockedConfig[]> {
  const { found, card, data } = located;
  if (card !== null) await fetch(hub, located, [card], options);
  const folder = hub.snapshotFolder(found.repository, found.commit);
  const opened = openHubFolder(folder, found.repository.name, listedTree(folder, data));
  return [...new Set(readers.map(({ config }) => config))].map((name) => ({
    name,
    splits: hubFiles(opened, path, name).files,
  }));
}

function filesOf(configs: readonly LockedConfig[], { readers }: WantedDataset): ReadonlySet<string> {
  const splits = new Map(configs.map((config) => [config.name, config.splits]));
  return new Set(readers.flatMap(({ config, files }) => files(splits.get(config) ?? {})));
}

async function digested(
  hub: Hub,
  located: LocatedDataset,
  names: readonly string[],
  configs: readonly LockedConfig[],
  { path, revision: asked }: WantedDataset,
  options: HubLockOptions,
): Promise<DatasetLock> {
  const { found, revision } = located;
  const byPath = new Map(found.files.map((file) => [file.path, file]));
  const files = names.flatMap((name) => byPath.get(name) ?? []);
  await fetch(
    hub,
    located,
    files.filter(({ sha256 }) => sha256 === null),
    options,
  );
  const folder = hub.snapshotFolder(found.repository, found.commit);
  const digests = byName<FileDigest>([]);
  for (const { path: name, sha256, size } of files) {
    digests[name] = sha256 === null ? await options.digest(join(folder, name)) : { sha256, size };
  }
  const blobs = byName(files.map(({ path: name, blob }) => [name, blob]));
  const { name: repository } = found.repository;
  const hubOrigin = { repository, revision, commit: found.commit, folder: '', blobs };
  return { format: 1, hub: hubOrigin, asked: { path, revision: asked }, configs, files: digests };
}

async function fetch(
  hub: Hub,
  { found, revision }: LocatedDataset,
  files: readonly HubFile[],
  options: HubLockOptions,
): Promise<void> {
  const { repository, commit } = found;
  await hub.fetch({ repository, commit, revision, files }, { ...options, label: repository.name });
}

/**
 * A data set of the hub as a folder in the hub's layout: its card and the files of one configuration. Which file is
 * which split is not this file's matter; it brings what can be data.
 */
import { UserError } from '@evalgraph/formats';
import type { FetchOptions } from './fetch-files.ts';
import type { Hub } from './hub.ts';
import { hubMessages as messages } from './messages.ts';
import type { HubFile, Repository, RepositoryName } from './repository.ts';

export interface FetchedDataset {
  /** Absolute: a snapshot with README.md and data files in their places. */
  readonly folder: string;
  /** Of the data set, or of the hub's own conversion to parquet. */
  readonly commit: string;
  /** `main`, or `refs/convert/parquet`. */
  readonly revision: string;
  /** The name that the hub uses: old names of data sets (`hellaswag`) are led on to new ones (`Rowan/hellaswag`). */
  readonly canonicalName: string;
  readonly files: readonly HubFile[];
}

/** Where the hub itself puts parquet files of data sets that are scripts or something else. */
const CONVERSION = 'refs/convert/parquet';
const CARD = 'README.md';
const DATA = /\.(parquet|jsonl|json|csv)$/i;
/** JSON files that are no data. */
const NO_DATA = /(^|\/)(config|dataset_infos?|dataset_dict)\.json$/;

/**
 * @param config null: every file. Else those with the configuration's name in a folder or file name, where there are
 *   any. @param revision null: main, and the hub's conversion where main has only a script.
 * @throws UserError as `Hub.resolve` and `Hub.fetch` do, or where nothing can be data.
 */
export async function fetchDataset(
  hub: Hub,
  name: string,
  config: string | null,
  revision: string | null,
  options: FetchOptions,
): Promise<FetchedDataset> {
  const repository: RepositoryName = { kind: 'dataset', name };
  const { found, at } = await locate(hub, repository, revision);
  const files = chosen(found.files, config);
  if (files.length === 0) throw new UserError(messages.noParquet(repository));
  const { folder } = await hub.fetch({ repository, commit: found.commit, revision: at, files }, options);
  return { folder, commit: found.commit, revision: at, canonicalName: found.canonicalName, files };
}

async function locate(
  hub: Hub,
  repository: RepositoryName,
  revision: string | null,
): Promise<{ readonly found: Repository; readonly at: string }> {
  const at = revision ?? 'main';
  const found = await hub.resolve(repository, at);
  if (revision !== null || !isScript(found)) return { found, at };
  const converted = (await hub.refs(repository)).some((ref) => ref.name === CONVERSION);
  // Offline there are no refs to look at; the cache may have the conversion all the same.
  if (!converted && !hub.settings.offline) throw new UserError(messages.noParquet(repository));
  return { found: await hub.resolve(repository, CONVERSION), at: CONVERSION };
}

/** A loading script has the repository's name; no program is run from a data set, so its files are not enough. */
function isScript({ files, canonicalName, repository }: Repository): boolean {
  const names = [canonicalName, repository.name].map((name) => `${name.split('/').at(-1)}.py`);
  const hasScript = files.some(({ path }) => names.includes(path));
  const hasParquet = files.some(({ path }) => path.endsWith('.parquet'));
  return !hasParquet && (hasScript || !files.some(isData));
}

function isData({ path }: HubFile): boolean {
  return DATA.test(path) && !NO_DATA.test(path);
}

function chosen(files: readonly HubFile[], config: string | null): readonly HubFile[] {
  const data = files.filter(isData);
  const own = config === null ? [] : data.filter(({ path }) => isOf(path, config));
  const wanted = own.length > 0 ? own : data;
  return wanted.length === 0 ? [] : [...files.filter(({ path }) => path === CARD), ...wanted];
}

/** `main/test-00000-of-00001.parquet`, `data/main.test.jsonl`: the name as a whole word of the path. */
function isOf(path: string, config: string): boolean {
  return path
    .split('/')
    .some((part) => part === config || part.startsWith(`${config}.`) || part.startsWith(`${config}-`));
}

/**
 * Where a data set's rows are on the hub: its own files, or the hub's conversion where it is a script. Which file is
 * which split is not this file's matter, and it downloads nothing.
 */
import { UserError } from '@evalgraph/formats';
import type { Hub } from './hub.ts';
import { messages } from './messages.ts';
import type { HubFile, Repository, RepositoryName } from './repository.ts';

export interface LocatedDataset {
  /** The repository by its own name: the hub leads old names (`hellaswag`) on to new ones (`Rowan/hellaswag`). */
  readonly found: Repository;
  /** `main`, `refs/convert/parquet`, or the revision that was asked for. */
  readonly revision: string;
  /** Its card; null where it has none. */
  readonly card: HubFile | null;
  /** Paths of what can be data, sorted. */
  readonly data: readonly string[];
}

/** Where the hub itself puts parquet files of data sets that are scripts or something else. */
const CONVERSION = 'refs/convert/parquet';
const CARD = 'README.md';
const DATA = /\.(parquet|jsonl|json|csv)$/i;
const COMPRESSED = /\.jsonl?\.(gz|zst)$/i;
/** JSON files that are no data. */
const NO_DATA = /(^|\/)(config|dataset_infos?|dataset_dict)\.json$/;

/**
 * @param name `owner/name`, or an old name without owner
 * @param revision null: main, and the hub's conversion where main has only a script
 * @param compressed whether rows that are compressed will do; else the hub's conversion of them is looked for
 * @throws UserError as `Hub.resolve` does, or where nothing can be data
 */
export async function locateDataset(
  hub: Hub,
  name: string,
  revision: string | null,
  compressed = false,
): Promise<LocatedDataset> {
  const isData = ({ path }: HubFile): boolean =>
    (DATA.test(path) || (compressed && COMPRESSED.test(path))) && !NO_DATA.test(path);
  const asked: RepositoryName = { kind: 'dataset', name };
  const { found, at } = await resolve(hub, asked, revision, isData);
  const repository: RepositoryName = { kind: 'dataset', name: found.canonicalName };
  const data = found.files.filter(isData).map(({ path }) => path);
  if (data.length === 0) throw new UserError(messages.noParquet(repository));
  const card = found.files.find(({ path }) => path === CARD) ?? null;
  return { found: { ...found, repository }, revision: at, card, data };
}

async function resolve(
  hub: Hub,
  repository: RepositoryName,
  revision: string | null,
  isData: (file: HubFile) => boolean,
): Promise<{ readonly found: Repository; readonly at: string }> {
  const at = revision ?? 'main';
  const found = await hub.resolve(repository, at);
  if (revision !== null || !isScript(found, isData)) return { found, at };
  const own: RepositoryName = { kind: 'dataset', name: found.canonicalName };
  const converted = (await hub.refs(own)).some((ref) => ref.name === CONVERSION);
  // Offline there are no refs to look at; the cache may have the conversion all the same.
  if (!converted && !hub.settings.offline) throw new UserError(messages.noParquet(own));
  return { found: await hub.resolve(own, CONVERSION), at: CONVERSION };
}

/** A loading script has the repository's name; no program is run from a data set, so its files are not enough. */
function isScript(
  { files, canonicalName, repository }: Repository,
  isData: (file: HubFile) => boolean,
): boolean {
  const names = [canonicalName, repository.name].map((name) => `${name.split('/').at(-1)}.py`);
  const hasScript = files.some(({ path }) => names.includes(path));
  const hasParquet = files.some(({ path }) => path.endsWith('.parquet'));
  return !hasParquet && (hasScript || !files.some(isData));
}

/**
 * The lock of a checkpoint on the hub: the same record as of a folder with the same files, from the hub's own digests.
 * No weights are downloaded, only the small files (configuration, tokenizer, index) that the hub has no sha256 of.
 */
import { join } from 'node:path';
import { byName, type FileDigest, readRegular, UserError } from '@evalgraph/formats';
import { type Hub, type HubFile, type HubOrigin, hubMessages, type Repository } from '@evalgraph/sources/hub';
import {
  assembleLock,
  type CheckpointLock,
  type DeclaredPlace,
  OPTIONAL_FILES,
  REQUIRED_FILES,
  shardsOf,
  WEIGHTS_FILE,
  WEIGHTS_INDEX,
} from './checkpoint-lock.ts';
import { checkpointReading } from './reading.ts';

export type HubPlace = Pick<HubOrigin, 'repository' | 'revision' | 'folder'>;

export interface HubLockOptions {
  readonly digest: (path: string) => Promise<FileDigest>;
  readonly note: (line: string) => void;
}

/** An index names some tens of shards with a line for each tensor; one of gigabytes is none. */
const MAX_INDEX_BYTES = 64 * 1024 * 1024;
const PICKLE = /\.(bin|pt|pth|ckpt)$/;

/** @throws UserError as `Hub.resolve` does; where the repository was moved; where the checkpoint is not whole. */
export async function lockHubCheckpoint(
  hub: Hub,
  place: HubPlace,
  options: HubLockOptions,
): Promise<CheckpointLock> {
  const repository = { kind: 'model', name: place.repository } as const;
  const found = await hub.resolve(repository, place.revision);
  if (found.canonicalName !== repository.name) {
    throw new UserError(hubMessages.moved(repository, found.canonicalName));
  }
  const files = await hub.filesOf(found, place.revision, place.folder);
  const checkpoint: Checkpoint = { hub, place, found, files, options };
  const names = await neededNames(checkpoint);
  await fetchSmall(checkpoint, names);
  const digests = byName<FileDigest>([]);
  const blobs = byName<string>([]);
  for (const name of names) {
    const file = fileOf(checkpoint, name);
    digests[name] =
      file.sha256 === null
        ? await options.digest(pathOf(checkpoint, file))
        : { sha256: file.sha256, size: file.size };
    blobs[name] = file.blob;
  }
  const origin = { ...place, commit: found.commit, blobs };
  const folder = join(hub.snapshotFolder(repository, found.commit), place.folder);
  return assembleLock(digests, declaredOfHub(place), origin, await checkpointReading(folder));
}

interface Checkpoint {
  readonly hub: Hub;
  readonly place: HubPlace;
  readonly found: Repository;
  readonly files: ReadonlyMap<string, HubFile>;
  readonly options: HubLockOptions;
}

function fileOf({ files, place }: Checkpoint, name: string): HubFile {
  const file = files.get(name);
  if (file === undefined) throw new Error(`${place.repository} has no '${name}'`);
  return file;
}

function pathOf({ hub, found }: Checkpoint, file: HubFile): string {
  return join(hub.snapshotFolder(found.repository, found.commit), file.path);
}

/** Names of the files that an engine reads, by the same rule as in a folder; sorted. */
async function neededNames(checkpoint: Checkpoint): Promise<readonly string[]> {
  const { files, found, hub } = checkpoint;
  const weights = files.has(WEIGHTS_FILE) ? [WEIGHTS_FILE] : files.has(WEIGHTS_INDEX) ? [WEIGHTS_INDEX] : [];
  const missing = REQUIRED_FILES.filter((name) => !files.has(name));
  if (weights.length === 0) missing.push(`${WEIGHTS_FILE} (or ${WEIGHTS_INDEX})`);
  if (missing.length > 0) {
    if (hub.settings.offline) {
      throw new UserError(
        hubMessages.offline(found.repository, missing.join(', '), hub.settings.cacheFolder),
      );
    }
    const pickles = weights.length > 0 ? [] : [...files.keys()].filter((name) => PICKLE.test(name));
    throw new UserError(
      hubMessages.incompleteCheckpoint(found.repository, placeText(checkpoint), missing, pickles),
    );
  }
  const shards = weights[0] === WEIGHTS_INDEX ? await shardNames(checkpoint) : [];
  const optional = OPTIONAL_FILES.filter((name) => files.has(name));
  return [...REQUIRED_FILES, ...optional, ...weights, ...shards].sort();
}

async function shardNames(checkpoint: Checkpoint): Promise<readonly string[]> {
  const { found, files, hub } = checkpoint;
  const index = fileOf(checkpoint, WEIGHTS_INDEX);
  if (index.size > MAX_INDEX_BYTES) throw new UserError(hubMessages.badIndex(found.repository, index.path));
  await fetch(checkpoint, [index]);
  const shards = shardsOf((await readRegular(pathOf(checkpoint, index), MAX_INDEX_BYTES)).toString('utf8'));
  if (shards === null) throw new UserError(hubMessages.badIndex(found.repository, index.path));
  const missing = shards.filter((name) => !files.has(name));
  if (missing.length > 0 && hub.settings.offline) {
    throw new UserError(hubMessages.offline(found.repository, missing.join(', '), hub.settings.cacheFolder));
  }
  if (missing.length > 0) {
    throw new UserError(
      hubMessages.stillUploading(
        found.repository,
        placeText(checkpoint),
        WEIGHTS_INDEX,
        missing,
        shards.length,
      ),
    );
  }
  return shards;
}

/** `@main/iter_0002000`, as in messages. */
function placeText({ place }: Checkpoint): string {
  return `@${place.revision}${place.folder === '' ? '' : `/${place.folder}`}`;
}

/** Configuration and tokenizer are wanted at once by whoever plans; weights wait until they are needed. */
async function fetchSmall(checkpoint: Checkpoint, names: readonly string[]): Promise<void> {
  const files = names.map((name) => fileOf(checkpoint, name));
  await fetch(
    checkpoint,
    files.filter(({ path, sha256 }) => sha256 === null || !path.endsWith('.safetensors')),
  );
}

async function fetch({ hub, found, place, options }: Checkpoint, files: readonly HubFile[]): Promise<void> {
  const { repository, commit } = found;
  const label = repository.name;
  await hub.fetch({ repository, commit, revision: place.revision, files }, { ...options, label });
}

export function declaredOfHub({ repository, revision, folder }: HubPlace): DeclaredPlace {
  return { source: `hf:${repository}`, revision, subfolder: folder === '' ? null : folder };
}

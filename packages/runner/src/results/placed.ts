/**
 * Folders below results/, as a run places them, and what is read back of them: every file but run.json stands in the
 * folder's manifest with its digest, and no reader takes one that differs. So a number that is shown is the number that
 * was computed, whatever happened to the file since.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  damagedFile,
  digestFile,
  isMissing,
  parseRecord,
  type RecordSource,
  type RunRecord,
  readOrNull,
  readRecord,
  type Shape,
  sha256Hex,
  UserError,
  unreadableFile,
  writeFolderAtomic,
} from '@evalgraph/formats';
import { resultsFolder } from '@evalgraph/spec';
import { writing } from '@evalgraph/system';
import { cellProjectName } from '../cell-names.ts';
import type { Cell } from '../plan/plan.ts';
import { MANIFEST_FILE, type Manifest, manifestShape, manifestText } from '../store/manifest.ts';
import { parseRun, RUN_FILE } from './result-files.ts';

type Files = ReadonlyMap<string, string | Uint8Array>;

/** Adds their manifest. run.json is not in it: its times make no two folders alike, and it has a seal of its own. */
export function withManifest(files: Files): Files {
  const listed = new Map([...files].filter(([name]) => name !== RUN_FILE));
  return new Map([...files, [MANIFEST_FILE, manifestText(listed)]]);
}

/** @param folder absolute. @throws UserError where it cannot be written */
export async function placeFiles(folder: string, files: Files): Promise<void> {
  await writing(folder, () => writeFolderAtomic(folder, withManifest(files), { durable: false }));
}

/** A folder of results, and how it is made again. */
export interface PlacedFolder {
  readonly root: string;
  /** Relative to the root. */
  readonly folder: string;
  readonly command: string;
}

/** @param pipeline its name; the command is that of the full run where the cell lies among those */
export function cellPlace(
  root: string,
  pipeline: string,
  { id, output }: Pick<Cell, 'id' | 'output'>,
): PlacedFolder {
  const isQuick = output.startsWith(`${resultsFolder(pipeline, 'quick')}/`);
  const name = cellProjectName(pipeline, id);
  return {
    root,
    folder: output,
    command: `npx nx run ${name}:eval${isQuick ? ':quick' : ''} --skip-nx-cache`,
  };
}

/** @returns the file's bytes; null where it does not exist. @throws UserError damaged-file, unreadable-file */
export function readPlaced(place: PlacedFolder, name: string): Promise<Buffer | null> {
  return settled(place, async () => {
    const source = placedSource(place, name);
    const content = await readOrNull(join(place.root, source.file), source);
    if (content !== null) await checkDigest(place, name, sha256Hex(content));
    return content;
  });
}

/** A folder that is replaced more often than this while it is read is written to by something that has gone wrong. */
const MAX_READINGS = 20;

/**
 * A file and its manifest are read one after the other. Where another process puts a newer folder into the place between
 * the two, they do not belong together, and nothing is damaged: both are read again.
 */
async function settled<T>(place: PlacedFolder, read: () => Promise<T>): Promise<T> {
  for (let reading = 1; ; reading += 1) {
    const before = await stampOfFolder(place);
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof UserError) || reading === MAX_READINGS) throw error;
      const after = await stampOfFolder(place);
      if (before !== null && before === after) throw error;
    }
  }
}

/** null: at this moment there is none. */
async function stampOfFolder({ root, folder }: PlacedFolder): Promise<string | null> {
  try {
    const { ino, mtimeNs } = await stat(join(root, folder), { bigint: true });
    return `${ino} ${mtimeNs}`;
  } catch {
    return null;
  }
}

/** The same as `readPlaced`, and the content must have the shape. */
export async function readPlacedRecord<T>(
  place: PlacedFolder,
  name: string,
  shape: Shape<T>,
): Promise<T | null> {
  const content = await readPlaced(place, name);
  return content === null ? null : parseRecord(content, placedSource(place, name), shape);
}

/** run.json, which no manifest names. @returns null where it does not exist. @throws UserError where it is damaged */
export async function readRun(place: PlacedFolder): Promise<RunRecord | null> {
  const source = placedSource(place, RUN_FILE);
  const content = await readOrNull(join(place.root, source.file), source);
  return content === null ? null : parseRun(content, source);
}

/** Files that were looked at, by path: samples are large, and several readers of one process want them. */
const seen = new Map<string, string>();

/** Checks a file that is read in pieces. @returns whether it is there. @throws UserError damaged-file, unreadable-file */
export async function checkPlaced(place: PlacedFolder, name: string): Promise<boolean> {
  const source = placedSource(place, name);
  const path = join(place.root, source.file);
  try {
    const found = await stat(path, { bigint: true });
    if (!found.isFile()) throw new UserError(damagedFile(source, 'it is no file'));
    const stamp = [found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ');
    if (seen.get(path) === stamp) return true;
    await settled(place, async () => checkDigest(place, name, (await digestFile(path)).sha256));
    seen.set(path, stamp);
    return true;
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (isMissing(error)) return false;
    throw new UserError(unreadableFile(source, error));
  }
}

async function checkDigest(place: PlacedFolder, name: string, sha256: string): Promise<void> {
  const manifest = await readManifest(place);
  const source = placedSource(place, name);
  if (manifest === null) {
    const detail = `${MANIFEST_FILE}, which stands beside it and holds its digest, is missing`;
    throw new UserError(damagedFile(source, detail));
  }
  if (!Object.hasOwn(manifest, name)) {
    throw new UserError(damagedFile(source, `${MANIFEST_FILE} beside it does not name it`));
  }
  if (manifest[name] !== sha256) {
    throw new UserError(damagedFile(source, `its content is not what ${MANIFEST_FILE} beside it says`));
  }
}

function readManifest(place: PlacedFolder): Promise<Manifest | null> {
  const source = placedSource(place, MANIFEST_FILE);
  return readRecord(join(place.root, source.file), source, manifestShape);
}

export function placedSource({ folder, command }: PlacedFolder, name: string): RecordSource {
  return { file: join(folder, name), remedy: `Put back what was computed: ${command}` };
}

/**
 * The lock of one checkpoint: a digest of every file that an engine reads from it. A checkpoint's identity is
 * what it holds, never its repository and revision: 27 subfolders of one repository share one commit.
 */

import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  byName,
  digestValue,
  type FileDigest,
  isMissing,
  readRegularSync,
  UserError,
} from '@evalgraph/formats';
import type { HubOrigin } from '@evalgraph/sources/hub';
import { systemMessages } from '@evalgraph/system';
import { CHAT_TEMPLATE_FILE, GENERATION_FILE, TOKENIZER_FILES } from '@evalgraph/tokenizer/files';
import { messages as runnerMessages } from '../messages.ts';
import { messages } from './messages.ts';
import { checkpointReading } from './reading.ts';

/** 1 had no `declared`. */
export const CHECKPOINT_LOCK_FORMAT = 2;

/** The place of a checkpoint when it was locked. Another place is another checkpoint until it is locked. */
export interface DeclaredPlace {
  /** The source as a pipeline has it: `models/demo`, `hf:owner/name`; `made:<digest>` of what its stages declare. */
  readonly source: string;
  /** The revision of a hub's repository; null: the source is none. */
  readonly revision: string | null;
  /** The folder within the source; null: the source itself. */
  readonly subfolder: string | null;
}

export interface CheckpointLock {
  readonly format: typeof CHECKPOINT_LOCK_FORMAT;
  /** No part of the identity: the same files from another place are the same checkpoint. */
  readonly declared: DeclaredPlace;
  /** File name, relative to the checkpoint's folder -> digest. Sorted by name. */
  readonly files: Readonly<Record<string, FileDigest>>;
  /** Digest of `files`: the checkpoint's identity. */
  readonly digest: string;
  /** Digest of the tokenizer's files: perplexities of different tokenizers are not comparable. */
  readonly tokenizerDigest: string;
  /** Where to fetch it from; no part of its identity. null: a folder. */
  readonly hub: HubOrigin | null;
  /** Rules by which its tokenizer and generation settings are read otherwise than as they stand; [] mostly. */
  readonly reading: readonly string[];
}

export const REQUIRED_FILES: readonly string[] = ['config.json', 'tokenizer.json'];
const TOKENIZER: readonly string[] = TOKENIZER_FILES;
export const OPTIONAL_FILES: readonly string[] = [
  ...TOKENIZER_FILES.filter((name) => !REQUIRED_FILES.includes(name)),
  GENERATION_FILE,
  CHAT_TEMPLATE_FILE,
];
/** The most bytes of an index of shards. The header of each shard repeats its names, and has at most so many. */
const MAX_INDEX_BYTES = 100_000_000;
export const WEIGHTS_FILE = 'model.safetensors';
export const WEIGHTS_INDEX = 'model.safetensors.index.json';
/** Python's pickles: loading one runs whatever code stands in it. */
const PICKLE = /\.(bin|pt|pth|ckpt)$/;

/** Names of the files that are read from a checkpoint's folder, sorted. @throws UserError naming what is missing. */
export function checkpointFiles(folder: string): readonly string[] {
  checkFolder(folder);
  const present = (name: string): boolean => exists(join(folder, name));
  const weights = weightFiles(folder, present);
  const missing = [
    ...REQUIRED_FILES.filter((name) => !present(name)),
    ...(weights === null ? [`${WEIGHTS_FILE} (or ${WEIGHTS_INDEX})`] : []),
    ...(weights ?? []).slice(1).filter((name) => !present(name)),
  ];
  if (missing.length > 0 || weights === null) {
    const pickles = weights === null ? readdirSync(folder).filter((name) => PICKLE.test(name)) : [];
    throw new UserError(runnerMessages.incompleteCheckpoint(folder, missing, pickles.sort()));
  }
  return [...REQUIRED_FILES, ...OPTIONAL_FILES.filter(present), ...weights].sort();
}

function weightFiles(folder: string, present: (name: string) => boolean): readonly string[] | null {
  if (present(WEIGHTS_FILE)) return [WEIGHTS_FILE];
  if (!present(WEIGHTS_INDEX)) return null;
  const path = join(folder, WEIGHTS_INDEX);
  return [WEIGHTS_INDEX, ...parseIndex(path, readText(path))];
}

function readText(path: string): string {
  try {
    return readRegularSync(path, MAX_INDEX_BYTES).toString('utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      systemMessages.unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error)),
    );
  }
}

function parseIndex(path: string, text: string): readonly string[] {
  const names = shardsOf(text);
  if (names === null) throw new UserError(messages.badWeightIndex(path));
  return names;
}

/** Names of the files that an index of shards names, each once; null where the text is no index. */
export function shardsOf(text: string): readonly string[] | null {
  try {
    const { weight_map: map } = JSON.parse(text) as { weight_map?: unknown };
    if (typeof map === 'object' && map !== null) {
      const names = [...new Set(Object.values(map))];
      if (names.every((name) => typeof name === 'string' && /^[\w.-]+$/.test(name))) return names as string[];
    }
  } catch {
    // Falls through to the one answer: the text is no index, for whatever reason.
  }
  return null;
}

function checkFolder(folder: string): void {
  try {
    if (!statSync(folder).isDirectory()) throw new UserError(messages.checkpointNotAFolder(folder));
    accessSync(folder, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      isMissing(error)
        ? messages.checkpointMissing(folder)
        : systemMessages.unreadable(folder, (error as NodeJS.ErrnoException).code ?? String(error)),
    );
  }
}

function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw new UserError(
      systemMessages.unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error)),
    );
  }
}

/** @throws UserError as `checkpointFiles` does, and where a file cannot be read. */
export async function lockCheckpoint(
  folder: string,
  declared: DeclaredPlace,
  digest: (path: string) => Promise<FileDigest>,
): Promise<CheckpointLock> {
  const files = await checkpointDigests(folder, digest);
  return assembleLock(files, declared, null, await checkpointReading(folder));
}

/** The identity of what lies in a folder. @throws UserError as `lockCheckpoint` does. */
export async function folderDigest(
  folder: string,
  digest: (path: string) => Promise<FileDigest>,
): Promise<string> {
  return digestValue(await checkpointDigests(folder, digest));
}

async function checkpointDigests(
  folder: string,
  digest: (path: string) => Promise<FileDigest>,
): Promise<Readonly<Record<string, FileDigest>>> {
  const files = byName<FileDigest>([]);
  for (const name of checkpointFiles(folder)) {
    try {
      files[name] = await digest(join(folder, name));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === undefined) throw error;
      throw new UserError(systemMessages.unreadable(join(folder, name), code));
    }
  }
  return files;
}

/** @param files sorted by name: their digest is the checkpoint's identity, be it a folder or on the hub. */
export function assembleLock(
  files: Readonly<Record<string, FileDigest>>,
  declared: DeclaredPlace,
  hub: HubOrigin | null,
  reading: readonly string[],
): CheckpointLock {
  const tokenizer = byName(Object.entries(files).filter(([name]) => TOKENIZER.includes(name)));
  return {
    format: CHECKPOINT_LOCK_FORMAT,
    declared,
    files,
    digest: digestValue(files),
    tokenizerDigest: digestValue(tokenizer),
    hub,
    reading,
  };
}

/** Takes the place of a lock where an identity is known and no file is: imported results, weights yet to be made. */
export function lockWithoutFiles(digest: string, source: string): CheckpointLock {
  const declared = { source, revision: null, subfolder: null };
  return {
    format: CHECKPOINT_LOCK_FORMAT,
    declared,
    files: {},
    digest,
    tokenizerDigest: '',
    hub: null,
    reading: [],
  };
}

export function isSamePlace(one: DeclaredPlace, other: DeclaredPlace): boolean {
  return one.source === other.source && one.revision === other.revision && one.subfolder === other.subfolder;
}

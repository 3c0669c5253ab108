/**
 * The lock of one checkpoint: a digest of every file that an engine reads from it. A checkpoint's identity is
 * what it holds, never its repository and revision: 27 subfolders of one repository share one commit.
 */
import { access, constants, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestFile, digestValue, type FileDigest, isMissing, UserError } from '@evalgraph/formats';
import type { HubOrigin } from '../hub/index.ts';
import { messages } from '../messages.ts';

export interface CheckpointLock {
  readonly format: 1;
  /** File name, relative to the checkpoint's folder -> digest. Sorted by name. */
  readonly files: Readonly<Record<string, FileDigest>>;
  /** Digest of `files`: the checkpoint's identity. */
  readonly digest: string;
  /** Digest of the tokenizer's files: perplexities of different tokenizers are not comparable. */
  readonly tokenizerDigest: string;
  /** Where to fetch it from; no part of its identity. null: a folder. */
  readonly hub: HubOrigin | null;
}

export const REQUIRED_FILES: readonly string[] = ['config.json', 'tokenizer.json'];
const TOKENIZER = ['tokenizer.json', 'tokenizer_config.json'];
export const OPTIONAL_FILES: readonly string[] = [
  'tokenizer_config.json',
  'generation_config.json',
  'chat_template.jinja',
];
export const WEIGHTS_FILE = 'model.safetensors';
export const WEIGHTS_INDEX = 'model.safetensors.index.json';
/** Python's pickles: loading one runs whatever code stands in it. */
const PICKLE = /\.(bin|pt|pth|ckpt)$/;

/** Names of the files that are read from a checkpoint's folder. @throws UserError naming what is missing. */
export async function checkpointFiles(folder: string): Promise<readonly string[]> {
  await checkFolder(folder);
  const missing: string[] = [];
  for (const name of REQUIRED_FILES) if (!(await exists(join(folder, name)))) missing.push(name);
  const weights = await weightFiles(folder);
  if (weights === null) missing.push(`${WEIGHTS_FILE} (or ${WEIGHTS_INDEX})`);
  const [, ...shards] = weights ?? [];
  for (const name of shards) if (!(await exists(join(folder, name)))) missing.push(name);
  if (missing.length > 0 || weights === null) {
    const pickles =
      weights === null ? (await readdir(folder)).filter((name) => PICKLE.test(name)).sort() : [];
    throw new UserError(messages.incompleteCheckpoint(folder, missing, pickles));
  }
  const optional: string[] = [];
  for (const name of OPTIONAL_FILES) if (await exists(join(folder, name))) optional.push(name);
  return [...REQUIRED_FILES, ...optional, ...weights].sort();
}

async function weightFiles(folder: string): Promise<readonly string[] | null> {
  if (await exists(join(folder, WEIGHTS_FILE))) return [WEIGHTS_FILE];
  const path = join(folder, WEIGHTS_INDEX);
  if (!(await exists(path))) return null;
  return [WEIGHTS_INDEX, ...parseIndex(path, await readFile(path, 'utf8'))];
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

async function checkFolder(folder: string): Promise<void> {
  try {
    const info = await stat(folder);
    if (!info.isDirectory()) throw new UserError(messages.checkpointNotAFolder(folder));
    await access(folder, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      isMissing(error)
        ? messages.checkpointMissing(folder)
        : messages.unreadable(folder, (error as NodeJS.ErrnoException).code ?? String(error)),
    );
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw new UserError(messages.unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error)));
  }
}

export async function lockCheckpoint(
  folder: string,
  digest: (path: string) => Promise<FileDigest> = digestFile,
): Promise<CheckpointLock> {
  const files: Record<string, FileDigest> = {};
  for (const name of await checkpointFiles(folder)) {
    try {
      files[name] = await digest(join(folder, name));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === undefined) throw error;
      throw new UserError(messages.unreadable(join(folder, name), code));
    }
  }
  return assembleLock(files, null);
}

/** @param files sorted by name: their digest is the checkpoint's identity, be it a folder or on the hub. */
export function assembleLock(
  files: Readonly<Record<string, FileDigest>>,
  hub: HubOrigin | null,
): CheckpointLock {
  const tokenizer = Object.fromEntries(Object.entries(files).filter(([name]) => TOKENIZER.includes(name)));
  return { format: 1, files, digest: digestValue(files), tokenizerDigest: digestValue(tokenizer), hub };
}

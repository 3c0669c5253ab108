/**
 * The lock of one checkpoint: a digest of every file that an engine reads from it. A checkpoint's identity is
 * what it holds, never its repository and revision: 27 subfolders of one repository share one commit.
 */
import { access, constants, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestFile, digestValue, type FileDigest, isMissing, UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';

export interface CheckpointLock {
  readonly format: 1;
  /** File name, relative to the checkpoint's folder -> digest. Sorted by name. */
  readonly files: Readonly<Record<string, FileDigest>>;
  /** Digest of `files`: the checkpoint's identity. */
  readonly digest: string;
  /** Digest of the tokenizer's files: perplexities of different tokenizers are not comparable. */
  readonly tokenizerDigest: string;
}

const REQUIRED = ['config.json', 'tokenizer.json'];
const TOKENIZER = ['tokenizer.json', 'tokenizer_config.json'];
const OPTIONAL = ['tokenizer_config.json', 'generation_config.json'];
const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/** Names of the files that are read from a checkpoint's folder. @throws UserError naming what is missing. */
export async function checkpointFiles(folder: string): Promise<readonly string[]> {
  await checkFolder(folder);
  const missing: string[] = [];
  for (const name of REQUIRED) if (!(await exists(join(folder, name)))) missing.push(name);
  const weights = await weightFiles(folder);
  if (weights === null) missing.push(`${SINGLE} (or ${INDEX})`);
  if (missing.length > 0 || weights === null) {
    throw new UserError(messages.incompleteCheckpoint(folder, missing));
  }
  const optional: string[] = [];
  for (const name of OPTIONAL) if (await exists(join(folder, name))) optional.push(name);
  return [...REQUIRED, ...optional, ...weights].sort();
}

async function weightFiles(folder: string): Promise<readonly string[] | null> {
  if (await exists(join(folder, SINGLE))) return [SINGLE];
  const path = join(folder, INDEX);
  if (!(await exists(path))) return null;
  return [INDEX, ...new Set(parseIndex(path, await readFile(path, 'utf8')))];
}

function parseIndex(path: string, text: string): readonly string[] {
  try {
    const { weight_map: map } = JSON.parse(text) as { weight_map?: unknown };
    if (typeof map === 'object' && map !== null) {
      const names = Object.values(map);
      if (names.every((name) => typeof name === 'string' && /^[\w.-]+$/.test(name))) return names as string[];
    }
  } catch {
    // Falls through to the one message: the file is no index, for whatever reason.
  }
  throw new UserError(messages.badWeightIndex(path));
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
  const tokenizer = Object.fromEntries(Object.entries(files).filter(([name]) => TOKENIZER.includes(name)));
  return { format: 1, files, digest: digestValue(files), tokenizerDigest: digestValue(tokenizer) };
}

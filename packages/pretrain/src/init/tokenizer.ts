/** The tokenizer's files: found, checked against the vocabulary's size, copied. No text is tokenised here. */
import { constants, copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, UserError } from '@evalgraph/formats';
import {
  CHAT_TEMPLATE_FILE,
  GENERATION_FILE,
  objectOf,
  readObject,
  TOKENIZER_FILES,
} from '@evalgraph/tokenizer/files';
import { messages } from './messages.ts';

/** What transformers reads, and the files of which slower readers make a tokenizer. */
const FILES = [...TOKENIZER_FILES, CHAT_TEMPLATE_FILE, 'tokenizer.model', 'vocab.json', 'merges.txt'];

/** What a checkpoint keeps of the model that it began as, beside config.json and weights. */
export const CHECKPOINT_FILES: readonly string[] = [...FILES, GENERATION_FILE];

/** The files of a tokenizer that are in the folder. @throws UserError missing-tokenizer. */
export async function tokenizerFiles(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of FILES) if (await isFile(join(folder, name))) found.push(name);
  if (!found.includes('tokenizer.json') && !found.includes('tokenizer.model')) {
    throw new UserError(messages.missingTokenizer(folder));
  }
  return found;
}

/**
 * A token beyond the embedding would fail in training, late.
 * @throws UserError tokenizer-too-large, and those of readObject.
 */
export async function checkVocabulary(folder: string, vocabSize: number): Promise<void> {
  const file = join(folder, 'tokenizer.json');
  const tokenizer = await readObject(file);
  if (tokenizer === null) return;
  const highest = highestToken(tokenizer);
  if (highest >= vocabSize) throw new UserError(messages.tokenizerTooLarge(file, highest, vocabSize));
}

function highestToken(tokenizer: ReadonlyMap<string, unknown>): number {
  const vocabulary = objectOf(tokenizer.get('model'))?.get('vocab');
  const added = tokenizer.get('added_tokens');
  // Unigram models list [piece, score]; the others map piece -> id.
  const ids: readonly unknown[] = Array.isArray(vocabulary)
    ? [vocabulary.length - 1]
    : [...(objectOf(vocabulary)?.values() ?? [])];
  const addedIds = Array.isArray(added) ? added.map((token: unknown) => objectOf(token)?.get('id')) : [];
  return [...ids, ...addedIds].reduce<number>(
    (highest, id) => (typeof id === 'number' && id > highest ? id : highest),
    -1,
  );
}

/** Copies files from one folder to another (copy on write where the file system can). */
export async function copyFiles(from: string, to: string, names: readonly string[]): Promise<void> {
  for (const name of names) await copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE);
}

export async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

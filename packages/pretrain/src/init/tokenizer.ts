/** The tokenizer's files: found, checked against the vocabulary's size, copied. No text is tokenised here. */
import { constants, copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, UserError } from '@evalgraph/formats';
import { CHAT_TEMPLATE_FILE, GENERATION_FILE, TOKENIZER_FILES } from '@evalgraph/tokenizer/files';
import { readJsonObject } from './config.ts';
import { initMessages as messages } from './messages.ts';

/** The largest vocabularies in use (256,000 entries) take about 35 MB. */
const MAX_TOKENIZER_BYTES = 200_000_000;

/** What transformers reads, and the files of which slower readers make a tokenizer. */
const FILES = [...TOKENIZER_FILES, CHAT_TEMPLATE_FILE, 'tokenizer.model', 'vocab.json', 'merges.txt'];

/** What a checkpoint keeps of the model that it began as, beside config.json and weights. */
export const CHECKPOINT_FILES: readonly string[] = [...FILES, GENERATION_FILE];

/** Of the folder, those that are there. @throws UserError missing-tokenizer. */
export async function tokenizerFiles(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of FILES) if (await isFile(join(folder, name))) found.push(name);
  if (!found.includes('tokenizer.json') && !found.includes('tokenizer.model')) {
    throw new UserError(messages.noTokenizer(folder));
  }
  return found;
}

/**
 * A token beyond the embedding would fail in training, late.
 * @throws UserError tokenizer-too-large, invalid-config.
 */
export async function checkVocabulary(folder: string, vocabSize: number): Promise<void> {
  const file = join(folder, 'tokenizer.json');
  if (!(await isFile(file))) return;
  const tokenizer = await readJsonObject(file, MAX_TOKENIZER_BYTES);
  const highest = highestToken(tokenizer);
  if (highest >= vocabSize) throw new UserError(messages.tokenizerTooLarge(file, highest, vocabSize));
}

function highestToken(tokenizer: Readonly<Record<string, unknown>>): number {
  const { model, added_tokens: added } = tokenizer as {
    readonly model?: { readonly vocab?: unknown };
    readonly added_tokens?: unknown;
  };
  let highest = -1;
  const take = (id: unknown): void => {
    if (typeof id === 'number' && id > highest) highest = id;
  };
  const vocab = model?.vocab;
  // Unigram models list [piece, score]; the others map piece -> id.
  if (Array.isArray(vocab)) take(vocab.length - 1);
  else if (typeof vocab === 'object' && vocab !== null) for (const id of Object.values(vocab)) take(id);
  if (Array.isArray(added)) for (const token of added) take((token as { readonly id?: unknown } | null)?.id);
  return highest;
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

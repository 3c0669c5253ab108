/**
 * The files of a checkpoint that say how texts become tokens and how tokens are generated. The one list of them: what
 * is read here is what a lock must hold. Nothing native is loaded by this file.
 */
import { join } from 'node:path';
import { isMissing, readRegular, UserError } from '@evalgraph/formats';
import { messages } from './messages.ts';

/** What a text's tokens depend on. The first one must be there. */
export const TOKENIZER_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
] as const;

/** What a generation depends on beside them; config.json stands in where it is missing. */
export const GENERATION_FILE = 'generation_config.json';

/** A chat template in a file of its own, which goes before tokenizer_config.json's. */
export const CHAT_TEMPLATE_FILE = 'chat_template.jinja';

/** Other files than tokenizer.json, each for versions of transformers from the one in its name. */
const VERSIONS_KEY = 'fast_tokenizer_files';
const VERSIONED_FILE = /tokenizer\..*\.json/;
const VERSIONS_WHY = 'transformers takes another file than tokenizer.json, by its own version.';

/** The largest tokenizer.json seen in public models is about 35 MB. */
const MAX_BYTES = 256 * 1024 * 1024;

export type JsonObject = ReadonlyMap<string, unknown>;

export interface TokenizerFiles {
  readonly folder: string;
  /** tokenizer.json as it stands. */
  readonly text: string;
  readonly tokenizer: JsonObject;
  /** Empty where the file is missing, like the others. */
  readonly tokenizerConfig: JsonObject;
  /** null where the file is missing: transformers asks whether it is there. */
  readonly specialTokensMap: JsonObject | null;
  readonly addedTokens: JsonObject | null;
  readonly modelConfig: JsonObject;
}

/** @throws UserError naming the file that is missing or malformed. */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const path = join(folder, 'tokenizer.json');
  const text = await readText(path);
  if (text === null) throw new UserError(messages.noTokenizer(path));
  const configPath = join(folder, 'tokenizer_config.json');
  const tokenizerConfig = (await readObject(configPath)) ?? new Map<string, unknown>();
  const versions = tokenizerConfig.get(VERSIONS_KEY) ?? null;
  if (versions !== null && VERSIONED_FILE.test(JSON.stringify(versions))) {
    throw new UserError(
      messages.unsupportedTokenizer.byKey(configPath, VERSIONS_KEY, versions, VERSIONS_WHY),
    );
  }
  return {
    folder,
    text,
    tokenizer: parseObject(path, text),
    tokenizerConfig,
    specialTokensMap: await readObject(join(folder, 'special_tokens_map.json')),
    addedTokens: await readObject(join(folder, 'added_tokens.json')),
    modelConfig: (await readObject(join(folder, 'config.json'))) ?? new Map(),
  };
}

/** null where the file does not exist. @throws UserError where it is too large or holds no JSON object. */
export async function readObject(path: string): Promise<JsonObject | null> {
  const text = await readText(path);
  return text === null ? null : parseObject(path, text);
}

function parseObject(path: string, text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return new Map(Object.entries(value));
    }
  } catch (error) {
    throw new UserError(messages.badTokenizer(path, String(error)));
  }
  throw new UserError(messages.badTokenizer(path, 'it holds no JSON object'));
}

/** null where the file does not exist. @throws UserError where it is too large, or no file. */
export async function readText(path: string): Promise<string | null> {
  try {
    return (await readRegular(path, MAX_BYTES)).toString('utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** An object of parsed JSON as a map, so that no key meets a prototype; null for anything else. */
export function objectOf(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value))
    : null;
}

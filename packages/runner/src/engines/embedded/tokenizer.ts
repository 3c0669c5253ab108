/**
 * A checkpoint's tokenizer: tokenizer.json through Hugging Face's own library, and the few facts that lm-eval
 * reads from tokenizer_config.json. Not for tokenizers that exist only as Python code or sentencepiece models.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, UserError } from '@evalgraph/formats';
import { Tokenizer } from 'tokenizers';
import { messages } from '../../messages.ts';
import type { TextEncoder } from '../../requests/tokenise.ts';
import type { SessionSettings } from '../session.ts';

/** transformers writes 1e30 for "unset" (VERY_LARGE_INTEGER); anything that large is no limit. */
const UNSET_LENGTH = 1e29;
/** The largest tokenizer.json seen in public models is about 35 MB. */
const MAX_CONFIG_BYTES = 256 * 1024 * 1024;
/** Texts repeat (a question's context before each of its options); encodings of this many characters are kept. */
const MEMO_CHARACTERS = 16 * 1024 * 1024;

export interface CheckpointTokenizer extends TextEncoder {
  readonly vocabSize: number;
  /** null: there is none. */
  readonly bosToken: number | null;
  /** Ids that end a generation. */
  readonly eosTokens: ReadonlySet<number>;
  /** Text of the first EOS token, a stop string beside the task's own; null where there is none. */
  readonly eosText: string | null;
  /** tokenizer_config.json's model_max_length; null where unset. */
  readonly modelMaxLength: number | null;
  decode(tokens: readonly number[]): Promise<string>;
  /** Special tokens included: what stop strings are looked for in. */
  decodeRaw(tokens: readonly number[]): Promise<string>;
}

/** @throws UserError naming the file that is missing or malformed. */
export async function openTokenizer(folder: string, settings: SessionSettings): Promise<CheckpointTokenizer> {
  const path = join(folder, 'tokenizer.json');
  const tokenizer = parseTokenizer(path, await readText(path));
  const config = parseConfig(folder, await readText(join(folder, 'tokenizer_config.json')));
  const generation = parseConfig(folder, await readText(join(folder, 'generation_config.json')));
  const model = parseConfig(folder, await readText(join(folder, 'config.json')));
  const bos = tokenId(tokenizer, config.get('bos_token'));
  const eos = tokenId(tokenizer, config.get('eos_token'));
  const prefixToken = bos ?? eos;
  if (prefixToken === null) throw new UserError(messages.noPrefixToken(folder));
  const prefixText = await tokenizer.decode([prefixToken], false);
  const memo = new Map<string, readonly number[]>();
  let memoCharacters = 0;

  async function encode(text: string, special: 'default' | 'none'): Promise<readonly number[]> {
    const key = `${special}\n${text}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    const bosWanted = settings.addBosToken ?? true;
    const addSpecialTokens = special === 'default' && bosWanted && !text.startsWith(prefixText);
    const encoding = await tokenizer.encode(text, null, { addSpecialTokens });
    const ids = encoding.getIds();
    memoCharacters += key.length;
    if (memoCharacters > MEMO_CHARACTERS) {
      memo.clear();
      memoCharacters = key.length;
    }
    memo.set(key, ids);
    return ids;
  }

  const maximum = config.get('model_max_length');
  return {
    encode,
    prefixToken,
    bosToken: bos,
    vocabSize: tokenizer.getVocabSize(true),
    eosTokens: new Set([
      ...(eos === null ? [] : [eos]),
      ...idList(model.get('eos_token_id')),
      ...idList(generation.get('eos_token_id')),
    ]),
    eosText: eos === null ? null : await tokenizer.decode([eos], false),
    modelMaxLength: typeof maximum === 'number' && maximum < UNSET_LENGTH ? maximum : null,
    decode: (tokens) => tokenizer.decode([...tokens], true),
    decodeRaw: (tokens) => tokenizer.decode([...tokens], false),
  };
}

function parseTokenizer(path: string, text: string | null): Tokenizer {
  if (text === null) throw new UserError(messages.noTokenizer(path));
  try {
    return Tokenizer.fromString(text);
  } catch (error) {
    throw new UserError(messages.badTokenizer(path, String(error)));
  }
}

function parseConfig(folder: string, text: string | null): ReadonlyMap<string, unknown> {
  if (text === null) return new Map();
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return new Map(Object.entries(value));
  } catch (error) {
    throw new UserError(messages.badTokenizer(folder, String(error)));
  }
  throw new UserError(messages.badTokenizer(folder, 'a configuration file holds no JSON object'));
}

async function readText(path: string): Promise<string | null> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > MAX_CONFIG_BYTES) {
      throw new UserError(messages.badTokenizer(path, `${bytes.length} bytes are too many`));
    }
    return bytes.toString('utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function tokenId(tokenizer: Tokenizer, token: unknown): number | null {
  if (typeof token === 'string') return tokenizer.tokenToId(token);
  if (typeof token === 'object' && token !== null && 'content' in token) {
    return tokenId(tokenizer, token.content);
  }
  return null;
}

function idList(value: unknown): readonly number[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((id): id is number => Number.isInteger(id));
}

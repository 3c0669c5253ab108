/** A model's tokenizer.json as the packer wants it: many texts at once, no special tokens of its own. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, UserError } from '@evalgraph/formats';
import { Tokenizer } from 'tokenizers';
import { packMessages as messages } from './messages.ts';
import type { Encode } from './pack.ts';

export interface PackTokenizer {
  readonly encode: Encode;
  /** Entries, added tokens included: ids are below it. */
  readonly vocabularySize: number;
  /** Ids by tokenizer_config.json; null where it names none. */
  readonly bos: number | null;
  readonly eos: number | null;
}

/** @param folder with tokenizer.json and, for BOS and EOS, tokenizer_config.json. @throws UserError bad-tokenizer. */
export async function openPackTokenizer(folder: string): Promise<PackTokenizer> {
  const path = join(folder, 'tokenizer.json');
  let tokenizer: Tokenizer;
  try {
    tokenizer = Tokenizer.fromString(await readFile(path, 'utf8'));
  } catch (error) {
    throw new UserError(messages.badTokenizer(path, error instanceof Error ? error.message : String(error)));
  }
  const config = await specialTokens(join(folder, 'tokenizer_config.json'));
  const idOf = (name: string): number | null => {
    const token = config[name];
    const text = typeof token === 'object' && token !== null && 'content' in token ? token.content : token;
    return typeof text === 'string' ? tokenizer.tokenToId(text) : null;
  };
  return {
    encode: async (texts, wantsEnds) => {
      const encodings = await tokenizer.encodeBatch([...texts], { addSpecialTokens: false });
      return encodings.map((encoding) => ({
        ids: encoding.getIds(),
        ends: wantsEnds ? encoding.getOffsets().map(([, end]) => end ?? 0) : [],
      }));
    },
    vocabularySize: tokenizer.getVocabSize(true),
    bos: idOf('bos_token'),
    eos: idOf('eos_token'),
  };
}

async function specialTokens(path: string): Promise<Readonly<Record<string, unknown>>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return {};
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new UserError(messages.badTokenizer(path, 'it holds no JSON object'));
}

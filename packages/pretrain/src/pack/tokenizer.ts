/** A model's tokenizer as the packer wants it: many texts at once, no special tokens of its own. */
import { openTokenizer } from '@evalgraph/tokenizer';
import type { Encode } from './pack.ts';

export interface PackTokenizer {
  readonly encode: Encode;
  /** Entries, added tokens included: ids are below it. */
  readonly vocabularySize: number;
  /** Ids as transformers gives them; null where there is none. */
  readonly bos: number | null;
  readonly eos: number | null;
}

/** @param folder with the tokenizer's files. @throws UserError no-tokenizer, bad-tokenizer, unsupported-tokenizer. */
export async function openPackTokenizer(folder: string): Promise<PackTokenizer> {
  const tokenizer = await openTokenizer(folder, { addBosToken: null });
  return {
    encode: async (texts, wantsEnds) => {
      const encodings = await tokenizer.encodeMany(texts);
      return encodings.map(({ ids, ends }) => ({ ids, ends: wantsEnds ? ends() : [] }));
    },
    vocabularySize: tokenizer.vocabSize,
    bos: tokenizer.bosToken,
    eos: tokenizer.eosToken,
  };
}

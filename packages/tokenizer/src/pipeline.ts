/**
 * What transformers builds a tokenizer from: tokenizer.json itself for its generic class; for the others vocabulary,
 * merges and post-processor of the file with the class's own normaliser, pre-tokenizer and decoder, and no added tokens.
 */
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { objectOf, type TokenizerFiles } from './files.ts';
import { messages } from './messages.ts';
import type { TokenizerClass } from './tokenizer-class.ts';

/** Qwen2Tokenizer's own, in place of whatever pattern the file has. */
const QWEN2_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** The library cuts the prefix off the second piece of each merge: one that is shorter would end the process. */
function refuseShortPieces(files: TokenizerFiles): void {
  const model = objectOf(files.tokenizer.get('model'));
  const prefix = model?.get('continuing_subword_prefix') ?? '';
  const merges = model?.get('merges');
  if (typeof prefix !== 'string' || prefix === '' || !Array.isArray(merges)) return;
  const length = Buffer.byteLength(prefix);
  for (const [, second] of pairs(files, merges)) {
    const bytes = Buffer.from(String(second));
    const isWhole =
      bytes.length === length || ((bytes[length] ?? CONTINUED) & CONTINUATION_BITS) !== CONTINUED;
    if (isWhole) continue;
    const detail = `the merged piece ${JSON.stringify(second)} has no room for 'continuing_subword_prefix', ${JSON.stringify(prefix)}`;
    throw new UserError(badModel(files, detail));
  }
}

/** UTF-8's bytes within a character begin with the bits 10. */
const CONTINUATION_BITS = 0b1100_0000;
const CONTINUED = 0b1000_0000;

interface Stages {
  readonly model: Readonly<Record<string, unknown>>;
  readonly normalizer: unknown;
  readonly preTokenizer: unknown;
  readonly decoder: unknown;
}

/** A tokenizer.json that the tokenizers library reads as transformers' class would be set up. */
export function pipelineText(files: TokenizerFiles, name: TokenizerClass): string {
  if (name === 'TokenizersBackend') {
    refuseShortPieces(files);
    return files.text;
  }
  const { model, normalizer, preTokenizer, decoder } = stagesOf(files, name);
  return JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer,
    pre_tokenizer: preTokenizer,
    post_processor: files.tokenizer.get('post_processor') ?? null,
    decoder,
    model: { type: 'BPE', dropout: null, ignore_merges: false, ...vocabularyOf(files), ...model },
  });
}

function stagesOf(files: TokenizerFiles, name: Exclude<TokenizerClass, 'TokenizersBackend'>): Stages {
  const config = files.tokenizerConfig;
  const prefixSpace = config.get('add_prefix_space') ?? null;
  const gpt2Model = {
    unk_token: null,
    continuing_subword_prefix: '',
    end_of_word_suffix: '',
    fuse_unk: false,
    byte_fallback: false,
  };
  const llamaModel = {
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: true,
    byte_fallback: true,
  };
  switch (name) {
    case 'LlamaTokenizer': {
      const adds = prefixSpace === null || isOn(prefixSpace);
      const scheme = isOn(config.get('legacy') ?? false) ? 'always' : 'first';
      return {
        model: llamaModel,
        normalizer: null,
        preTokenizer: {
          type: 'Metaspace',
          replacement: '▁',
          prepend_scheme: adds ? scheme : 'never',
          split: false,
        },
        decoder: {
          type: 'Sequence',
          decoders: [
            ...spacesAndBytes(),
            ...(adds ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
          ],
        },
      };
    }
    case 'GemmaTokenizer':
      return {
        model: { ...llamaModel, unk_token: unkText(files) },
        normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
        preTokenizer: {
          type: 'Split',
          pattern: { String: ' ' },
          behavior: 'MergedWithPrevious',
          invert: false,
        },
        decoder: { type: 'Sequence', decoders: spacesAndBytes() },
      };
    case 'GPT2Tokenizer':
      return {
        model: gpt2Model,
        normalizer: null,
        preTokenizer: byteLevel(isOn(prefixSpace), true, true),
        decoder: byteLevel(true, true, true),
      };
    case 'GPTNeoXTokenizer':
      return {
        model: gpt2Model,
        normalizer: { type: 'NFC' },
        preTokenizer: byteLevel(isOn(prefixSpace), isOn(config.get('trim_offsets') ?? true), true),
        decoder: byteLevel(true, true, true),
      };
    case 'Qwen2Tokenizer':
      return {
        model: gpt2Model,
        normalizer: { type: 'NFC' },
        preTokenizer: {
          type: 'Sequence',
          pretokenizers: [
            { type: 'Split', pattern: { Regex: QWEN2_PATTERN }, behavior: 'Isolated', invert: false },
            byteLevel(isOn(prefixSpace), true, false),
          ],
        },
        decoder: byteLevel(true, true, true),
      };
  }
}

function byteLevel(addPrefixSpace: boolean, trimOffsets: boolean, useRegex: boolean): object {
  return {
    type: 'ByteLevel',
    add_prefix_space: addPrefixSpace,
    trim_offsets: trimOffsets,
    use_regex: useRegex,
  };
}

function spacesAndBytes(): readonly object[] {
  return [
    { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
  ];
}

function isOn(value: unknown): boolean {
  return Boolean(value);
}

/** GemmaTokenizer gives its unk_token to the model. */
function unkText({ tokenizerConfig, specialTokensMap }: TokenizerFiles): string {
  const older = tokenizerConfig.has('added_tokens_decoder') ? undefined : specialTokensMap?.get('unk_token');
  const value = older ?? tokenizerConfig.get('unk_token') ?? '<unk>';
  const text = objectOf(value)?.get('content') ?? value;
  return typeof text === 'string' ? text : '<unk>';
}

/** Lists of pieces (Unigram's) become a vocabulary in their order, as transformers does for its BPE classes. */
function vocabularyOf(files: TokenizerFiles): { readonly vocab: unknown; readonly merges: unknown } {
  const model = objectOf(files.tokenizer.get('model')) ?? new Map<string, unknown>();
  const vocab: unknown = model.get('vocab');
  const merges: unknown = model.get('merges') ?? [];
  if (!Array.isArray(vocab)) return { vocab, merges: pairs(files, merges) };
  const ids = new Map<string, number>();
  for (const [id, entry] of (vocab as readonly unknown[]).entries()) {
    const piece: unknown = Array.isArray(entry) ? entry[0] : entry;
    if (typeof piece !== 'string') throw new UserError(badModel(files, 'its vocabulary holds no texts'));
    ids.set(piece, id);
  }
  return { vocab: Object.fromEntries(ids), merges: pairs(files, merges) };
}

function pairs(files: TokenizerFiles, merges: unknown): readonly (readonly unknown[])[] {
  if (!Array.isArray(merges)) throw new UserError(badModel(files, 'its merges are no list'));
  return (merges as readonly unknown[]).map((merge) => {
    const pair = typeof merge === 'string' ? merge.split(' ') : merge;
    if (Array.isArray(pair) && pair.length === 2) return pair;
    throw new UserError(badModel(files, `a merge is ${JSON.stringify(merge)}`));
  });
}

function badModel(files: TokenizerFiles, detail: string) {
  return messages.badTokenizer(join(files.folder, 'tokenizer.json'), detail);
}

/**
 * Tokenizer folders in the shapes that published checkpoints have, beside tokenizer-folders.ts' plain ones: what stands
 * in them is judged by transformers, never by this file.
 */
import { byteVocabulary } from './tiny-model.ts';
import type { FolderSpec } from './tokenizer-folders.ts';

export type Json = Record<string, unknown>;

const WORDS = ['the', 'he', 'hello', 'world', 'ing', 'and', 'er', 'ab', 'abab', 'no', 'on', '12', '3', 'é'];
const LLAMA3_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
export const TEKKEN_PATTERN: string =
  '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const BYTES = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
);

export const byteLevel = (more: Json = {}): Json => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: true,
  ...more,
});
export const split = (Regex: string, more: Json = {}): Json => ({
  type: 'Split',
  pattern: { Regex },
  behavior: 'Isolated',
  invert: false,
  ...more,
});
export const sequence = (...stages: readonly Json[]): Json => ({ type: 'Sequence', pretokenizers: stages });

export function token(id: number, content: string, more: Json = {}): Json {
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return { id, content, ...flags, ...more };
}

function merged(start: readonly string[], words: readonly string[], isText: boolean): Json {
  const vocab = new Map(start.map((text, id) => [text, id]));
  const merges: (string | readonly string[])[] = [];
  for (const word of words) {
    let [left = '', ...rest] = [...word];
    for (const right of rest) {
      if (!vocab.has(right)) break;
      if (!vocab.has(left + right)) {
        vocab.set(left + right, vocab.size);
        merges.push(isText ? `${left} ${right}` : [left, right]);
      }
      left += right;
    }
  }
  return { vocab: Object.fromEntries(vocab), merges };
}

const BPE = {
  type: 'BPE',
  dropout: null,
  unk_token: null,
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
  fuse_unk: false,
  byte_fallback: false,
};

function bytesModel(specials: readonly string[], more: Json = {}): Json {
  const words = WORDS.filter((word) => /^[\w]+$/.test(word));
  return {
    ...BPE,
    ...merged(
      [...specials, ...Object.keys(byteVocabulary())],
      [...words, ...words.map((word) => `Ġ${word}`), 'ĠĠ', 'ĠĠĠĠ', 'ĊĊ', 'Ã©'],
      more['ignore_merges'] !== true,
    ),
    ...more,
  };
}

function piecesModel(specials: readonly string[], more: Json = {}): Json {
  const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789,.!é日▁'];
  return {
    ...BPE,
    unk_token: '<unk>',
    fuse_unk: true,
    byte_fallback: true,
    ignore_merges: false,
    ...merged(
      [...specials, ...BYTES, ...letters],
      [...WORDS, ...WORDS.map((word) => `▁${word}`), '▁▁', '▁▁▁▁'],
      false,
    ),
    ...more,
  };
}

const A = { Sequence: { id: 'A', type_id: 0 } };
export function template(
  before: readonly (readonly [string, number])[],
  after: readonly (readonly [string, number])[],
): Json {
  const piece = ([id]: readonly [string, number]): Json => ({ SpecialToken: { id, type_id: 0 } });
  return {
    type: 'TemplateProcessing',
    single: [...before.map(piece), A, ...after.map(piece)],
    pair: [...before.map(piece), A, { Sequence: { id: 'B', type_id: 1 } }, ...after.map(piece)],
    special_tokens: Object.fromEntries(
      [...before, ...after].map(([id, at]) => [id, { id, ids: [at], tokens: [id] }]),
    ),
  };
}

export const SPM_DECODER: { type: string; decoders: Json[] } = {
  type: 'Sequence',
  decoders: [
    { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    { type: 'Strip', content: ' ', start: 1, stop: 0 },
  ],
};
export const LLAMA_NORMALIZER: Json = {
  type: 'Sequence',
  normalizers: [
    { type: 'Prepend', prepend: '▁' },
    { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
  ],
};

function folder(tokenizer: Json, config: Json, model: Json = {}): FolderSpec {
  return {
    tokenizer: { version: '1.0', truncation: null, padding: null, ...tokenizer },
    config,
    specialTokensMap: null,
    addedTokens: null,
    generation: null,
    model,
    addBosToken: null,
  };
}

function saved(content: string, more: Json = {}): Json {
  const flags = { lstrip: false, normalized: false, rstrip: false, single_word: false };
  return { content, ...flags, ...more };
}

const SHAPES: Readonly<Record<string, () => FolderSpec>> = {
  'Llama 2': () =>
    folder(
      {
        added_tokens: [token(0, '<unk>'), token(1, '<s>'), token(2, '</s>')],
        normalizer: LLAMA_NORMALIZER,
        pre_tokenizer: null,
        post_processor: template([['<s>', 1]], []),
        decoder: SPM_DECODER,
        model: piecesModel(['<unk>', '<s>', '</s>']),
      },
      {
        add_bos_token: true,
        add_eos_token: false,
        bos_token: { __type: 'AddedToken', ...saved('<s>') },
        clean_up_tokenization_spaces: false,
        eos_token: { __type: 'AddedToken', ...saved('</s>') },
        legacy: false,
        model_max_length: 1e30,
        pad_token: null,
        padding_side: 'right',
        sp_model_kwargs: {},
        tokenizer_class: 'LlamaTokenizer',
        unk_token: { __type: 'AddedToken', ...saved('<unk>') },
      },
    ),
  'Llama 3': () => {
    const specials = [
      '<|begin_of_text|>',
      '<|end_of_text|>',
      '<|eot_id|>',
      '<|start_header_id|>',
      '<|end_header_id|>',
    ];
    const model = bytesModel([], { ignore_merges: true });
    const size = Object.keys(model['vocab'] as Json).length;
    return folder(
      {
        added_tokens: specials.map((content, at) => token(size + at, content)),
        normalizer: null,
        pre_tokenizer: sequence(split(LLAMA3_PATTERN), byteLevel({ use_regex: false })),
        post_processor: {
          type: 'Sequence',
          processors: [byteLevel({ trim_offsets: false }), template([['<|begin_of_text|>', size]], [])],
        },
        decoder: byteLevel(),
        model,
      },
      {
        added_tokens_decoder: Object.fromEntries(
          specials.map((content, at) => [size + at, { ...saved(content), special: true }]),
        ),
        bos_token: '<|begin_of_text|>',
        clean_up_tokenization_spaces: true,
        eos_token: '<|eot_id|>',
        model_input_names: ['input_ids', 'attention_mask'],
        model_max_length: 131072,
        tokenizer_class: 'PreTrainedTokenizerFast',
      },
    );
  },
  Qwen2: () => {
    const specials = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
    const model = bytesModel([]);
    const size = Object.keys(model['vocab'] as Json).length;
    return folder(
      {
        added_tokens: [
          ...specials.map((content, at) => token(size + at, content)),
          token(size + 3, '<tool_call>', { special: false }),
          token(size + 4, '</think>', { special: false }),
        ],
        normalizer: { type: 'NFC' },
        pre_tokenizer: sequence(
          split(LLAMA3_PATTERN.replace('{1,3}', '')),
          byteLevel({ use_regex: false, trim_offsets: false }),
        ),
        post_processor: byteLevel({ trim_offsets: false, use_regex: false }),
        decoder: byteLevel({ trim_offsets: false, use_regex: false }),
        model: { ...model, continuing_subword_prefix: '', end_of_word_suffix: '' },
      },
      {
        add_bos_token: false,
        add_prefix_space: false,
        added_tokens_decoder: Object.fromEntries(
          [...specials, '<tool_call>', '</think>'].map((content, at) => [
            size + at,
            { ...saved(content), special: at < 3 },
          ]),
        ),
        additional_special_tokens: ['<|im_start|>', '<|im_end|>'],
        bos_token: null,
        eos_token: '<|im_end|>',
        errors: 'replace',
        model_max_length: 32768,
        pad_token: '<|endoftext|>',
        split_special_tokens: false,
        tokenizer_class: 'Qwen2Tokenizer',
        unk_token: null,
      },
      { model_type: 'qwen2', architectures: ['Qwen2ForCausalLM'] },
    );
  },
  Gemma: () =>
    folder(
      {
        added_tokens: [
          ...['<pad>', '<eos>', '<bos>', '<unk>', '<mask>'].map((content, id) => token(id, content)),
          token(5, '<start_of_turn>'),
          token(6, '\n\n', { special: false, normalized: false }),
          token(7, '▁▁▁', { special: false, normalized: false }),
        ],
        normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
        pre_tokenizer: {
          type: 'Split',
          pattern: { String: ' ' },
          behavior: 'MergedWithPrevious',
          invert: false,
        },
        post_processor: template([['<bos>', 2]], []),
        decoder: { type: 'Sequence', decoders: SPM_DECODER.decoders.slice(0, 3) },
        model: piecesModel(['<pad>', '<eos>', '<bos>', '<unk>', '<mask>', '<start_of_turn>', '\n\n', '▁▁▁']),
      },
      {
        add_bos_token: true,
        add_eos_token: false,
        additional_special_tokens: ['<start_of_turn>'],
        bos_token: '<bos>',
        clean_up_tokenization_spaces: false,
        eos_token: '<eos>',
        pad_token: '<pad>',
        spaces_between_special_tokens: false,
        tokenizer_class: 'GemmaTokenizer',
        unk_token: '<unk>',
        use_default_system_prompt: false,
      },
      { model_type: 'gemma2' },
    ),
  'GPT-NeoX': () => {
    const model = bytesModel(['<|endoftext|>', '<|padding|>']);
    const size = Object.keys(model['vocab'] as Json).length;
    return folder(
      {
        added_tokens: [
          token(0, '<|endoftext|>'),
          token(1, '<|padding|>'),
          ...['                        ', '     ', '  '].map((content, at) =>
            token(size + at, content, { special: false, normalized: true }),
          ),
        ],
        normalizer: { type: 'NFC' },
        pre_tokenizer: byteLevel(),
        post_processor: byteLevel(),
        decoder: byteLevel(),
        model,
      },
      {
        add_bos_token: true,
        add_prefix_space: false,
        bos_token: '<|endoftext|>',
        eos_token: '<|endoftext|>',
        name_or_path: 'EleutherAI/gpt-neox-20b',
        special_tokens_map_file: '/admin/home/special_tokens_map.json',
        tokenizer_class: 'GPTNeoXTokenizer',
        unk_token: '<|endoftext|>',
      },
      { model_type: 'gpt_neox' },
    );
  },
  Tekken: () => {
    const specials = ['<unk>', '<s>', '</s>', '[INST]', '[/INST]'];
    return folder(
      {
        added_tokens: specials.map((content, id) => token(id, content)),
        normalizer: null,
        pre_tokenizer: sequence(split(TEKKEN_PATTERN), byteLevel({ use_regex: false })),
        post_processor: template([['<s>', 1]], []),
        decoder: byteLevel(),
        model: bytesModel(specials, { ignore_merges: true }),
      },
      {
        add_bos_token: true,
        bos_token: '<s>',
        eos_token: '</s>',
        extra_special_tokens: {},
        fix_mistral_regex: true,
        tokenizer_class: 'LlamaTokenizer',
        unk_token: '<unk>',
      },
      { model_type: 'mistral', architectures: ['MistralForCausalLM'], sliding_window: null },
    );
  },
  Phi: () => {
    const model = bytesModel([]);
    const size = Object.keys(model['vocab'] as Json).length;
    return folder(
      {
        added_tokens: [
          token(size, '<|endoftext|>'),
          ...['      ', '\t\t', '   '].map((content, at) =>
            token(size + 1 + at, content, { special: false, normalized: true }),
          ),
        ],
        normalizer: null,
        pre_tokenizer: byteLevel(),
        post_processor: byteLevel(),
        decoder: byteLevel(),
        model,
      },
      {
        add_prefix_space: false,
        added_tokens_decoder: {
          [size]: { ...saved('<|endoftext|>'), special: true },
          [size + 1]: { ...saved('      '), normalized: true, special: false },
          [size + 2]: { ...saved('\t\t'), normalized: true, special: false },
          [size + 5]: { ...saved('   '), normalized: true, special: false },
        },
        bos_token: '<|endoftext|>',
        eos_token: '<|endoftext|>',
        return_token_type_ids: false,
        tokenizer_class: 'CodeGenTokenizer',
        unk_token: '<|endoftext|>',
      },
    );
  },
  Falcon: () =>
    folder(
      {
        added_tokens: ['>>TITLE<<', '<|endoftext|>'].map((content, id) => token(id, content)),
        normalizer: null,
        pre_tokenizer: sequence(
          { type: 'Punctuation', behavior: 'Contiguous' },
          byteLevel(),
          { type: 'Digits', individual_digits: false },
          split('[0-9][0-9][0-9]'),
        ),
        post_processor: { type: 'Sequence', processors: [byteLevel()] },
        decoder: byteLevel(),
        model: bytesModel(['>>TITLE<<', '<|endoftext|>']),
      },
      {
        eos_token: '<|endoftext|>',
        model_input_names: ['input_ids'],
        tokenizer_class: 'PreTrainedTokenizerFast',
      },
      { model_type: 'falcon', head_dim: undefined },
    ),
  OPT: () =>
    folder(
      {
        added_tokens: [token(0, '<pad>', { normalized: true }), token(1, '</s>', { normalized: true })],
        normalizer: null,
        pre_tokenizer: byteLevel(),
        post_processor: template([['</s>', 1]], []),
        decoder: byteLevel(),
        model: { ...bytesModel(['<pad>', '</s>']), continuing_subword_prefix: '', end_of_word_suffix: '' },
      },
      {
        add_bos_token: true,
        add_prefix_space: false,
        bos_token: { __type: 'AddedToken', ...saved('</s>', { normalized: true }) },
        eos_token: { __type: 'AddedToken', ...saved('</s>', { normalized: true }) },
        errors: 'replace',
        pad_token: { __type: 'AddedToken', ...saved('<pad>', { normalized: true }) },
        tokenizer_class: 'GPT2Tokenizer',
        unk_token: { __type: 'AddedToken', ...saved('</s>', { normalized: true }) },
      },
      { model_type: 'opt' },
    ),
  Unigram: () => {
    const pieces = [
      '<pad>',
      '</s>',
      '<unk>',
      '▁',
      ...'abcdefghijklmnopqrstuvwxyz',
      ...WORDS,
      ...WORDS.map((w) => `▁${w}`),
    ];
    return folder(
      {
        added_tokens: ['<pad>', '</s>', '<unk>'].map((content, id) => token(id, content)),
        normalizer: {
          type: 'Sequence',
          normalizers: [
            { type: 'Nmt' },
            { type: 'NFKC' },
            { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
            { type: 'Strip', strip_left: false, strip_right: true },
          ],
        },
        pre_tokenizer: sequence(
          { type: 'WhitespaceSplit' },
          { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
        ),
        post_processor: template([], [['</s>', 1]]),
        decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
        model: {
          type: 'Unigram',
          unk_id: 2,
          byte_fallback: false,
          vocab: [...new Set(pieces)].map((piece, at) => [piece, at < 3 ? 0 : -2 - at * 0.03]),
        },
      },
      {
        additional_special_tokens: ['<extra_id_0>', '<extra_id_1>'],
        eos_token: '</s>',
        extra_ids: 2,
        pad_token: '<pad>',
        sp_model_kwargs: {},
        tokenizer_class: 'PreTrainedTokenizerFast',
        unk_token: '<unk>',
      },
    );
  },
  WordPiece: () =>
    folder(
      {
        added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map((content, id) => token(id, content)),
        normalizer: {
          type: 'BertNormalizer',
          clean_text: true,
          handle_chinese_chars: true,
          strip_accents: null,
          lowercase: true,
        },
        pre_tokenizer: { type: 'BertPreTokenizer' },
        post_processor: template([['[CLS]', 2]], [['[SEP]', 3]]),
        decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
        model: {
          type: 'WordPiece',
          unk_token: '[UNK]',
          continuing_subword_prefix: '##',
          max_input_chars_per_word: 6,
          vocab: Object.fromEntries(
            [
              ...new Set([
                '[PAD]',
                '[UNK]',
                '[CLS]',
                '[SEP]',
                '[MASK]',
                ...'abcdehilnorstw,.!?',
                ...WORDS,
                ...WORDS.map((w) => `##${w}`),
                ...[...'abcdehilnorstw'].map((w) => `##${w}`),
              ]),
            ].map((piece, id) => [piece, id]),
          ),
        },
      },
      {
        cls_token: '[CLS]',
        do_lower_case: true,
        mask_token: '[MASK]',
        pad_token: '[PAD]',
        sep_token: '[SEP]',
        strip_accents: null,
        tokenize_chinese_chars: true,
        tokenizer_class: 'PreTrainedTokenizerFast',
        unk_token: '[UNK]',
      },
    ),
};
export const SHAPE_NAMES: readonly string[] = Object.keys(SHAPES);

/** A fresh spec. @throws RangeError for names that are not there. */
export function shapeSpec(name: string): FolderSpec {
  const make = SHAPES[name];
  if (make === undefined) throw new RangeError(`no shape ${name}`);
  return make();
}

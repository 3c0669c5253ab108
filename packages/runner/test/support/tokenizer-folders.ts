/**
 * Folders with small tokenizers of every kind, and the ways in which saved ones differ: each way is one function, so that
 * a folder can have one or several. What they hold is judged by transformers, never by this file.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { byteVocabulary, writeTinyWeights } from './tiny-model.ts';

export interface FolderSpec {
  tokenizer: Record<string, unknown>;
  /** null: no tokenizer_config.json. */
  config: Record<string, unknown> | null;
  specialTokensMap: Record<string, unknown> | null;
  addedTokens: Record<string, number> | null;
  generation: Record<string, unknown> | null;
  model: Record<string, unknown>;
  addBosToken: boolean | null;
}

/** Ids of all folders are below it. */
export const FOLDER_VOCABULARY = 640;

export function writeFolder(folder: string, spec: FolderSpec): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, value: unknown): void => {
    if (value !== null) writeFileSync(join(folder, name), JSON.stringify(value));
  };
  writeTinyWeights(folder, 5, FOLDER_VOCABULARY, spec.model);
  write('tokenizer.json', spec.tokenizer);
  write('tokenizer_config.json', spec.config);
  write('special_tokens_map.json', spec.specialTokensMap);
  write('added_tokens.json', spec.addedTokens);
  write('generation_config.json', spec.generation);
}

const WORDS = ['the', 'he', 'ell', 'hello', 'world', 'in', 'ing', 'an', 'and', 'er', 're', 'll', 'st', 'ab'];
const LETTERS = [...'abcdefghijklmnopqrstuvwxyzHTW.,!?\'"0123456789é日'];

function special(content: string, id: number, more: object = {}): Record<string, unknown> {
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return { id, content, ...flags, ...more };
}

interface Vocabulary {
  readonly vocab: Record<string, number>;
  readonly merges: readonly (readonly [string, string])[];
}

/** Words become tokens by merging from the left. */
function merged(start: Record<string, number>, words: readonly string[]): Vocabulary {
  const vocab = { ...start };
  const merges: [string, string][] = [];
  for (const word of words) {
    let [left = '', ...rest] = [...word];
    for (const right of rest) {
      if (!(left + right in vocab)) {
        vocab[left + right] = Object.keys(vocab).length;
        merges.push([left, right]);
      }
      left += right;
    }
  }
  return { vocab, merges };
}

function numbered(texts: readonly string[]): Record<string, number> {
  return Object.fromEntries([...new Set(texts)].map((text, id) => [text, id]));
}

const BPE = {
  dropout: null,
  unk_token: null,
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
  fuse_unk: false,
  byte_fallback: false,
  ignore_merges: false,
};
const PLAIN = { version: '1.0', truncation: null, padding: null, normalizer: null, post_processor: null };
const BYTES = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
);

const BASES: Readonly<Record<string, () => FolderSpec>> = {
  'byte-level': () => {
    const model = merged(byteVocabulary(), [...WORDS, ...WORDS.map((word) => `Ġ${word}`)]);
    const size = Object.keys(model.vocab).length;
    const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
    return folder(
      {
        ...PLAIN,
        added_tokens: [special('<s>', size), special('</s>', size + 1)],
        pre_tokenizer: byteLevel,
        decoder: byteLevel,
        model: { type: 'BPE', ...BPE, ...model },
      },
      '<s>',
      '</s>',
    );
  },
  bpe: () => {
    const start = numbered(['<unk>', '<s>', '</s>', ...BYTES, '▁', ...LETTERS]);
    const model = merged(start, [...WORDS.map((word) => `▁${word}`), ...WORDS]);
    return folder(
      {
        ...PLAIN,
        added_tokens: [special('<unk>', 0), special('<s>', 1), special('</s>', 2)],
        normalizer: {
          type: 'Sequence',
          normalizers: [
            { type: 'Prepend', prepend: '▁' },
            { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
          ],
        },
        pre_tokenizer: null,
        post_processor: template(['<s>', 1], null),
        decoder: {
          type: 'Sequence',
          decoders: [
            { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
            { type: 'ByteFallback' },
            { type: 'Fuse' },
            { type: 'Strip', content: ' ', start: 1, stop: 0 },
          ],
        },
        model: { type: 'BPE', ...BPE, unk_token: '<unk>', fuse_unk: true, byte_fallback: true, ...model },
      },
      '<s>',
      '</s>',
    );
  },
  unigram: () => {
    const pieces = ['<unk>', '<s>', '</s>', '▁', ...LETTERS, ...WORDS, ...WORDS.map((word) => `▁${word}`)];
    const vocab = [...new Set(pieces)].map((piece, id) => [
      piece,
      id < 3 ? 0 : -1 - piece.length * 0.37 - id * 0.01,
    ]);
    const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };
    return folder(
      {
        ...PLAIN,
        added_tokens: [special('<unk>', 0), special('<s>', 1), special('</s>', 2)],
        normalizer: { type: 'NFKC' },
        pre_tokenizer: metaspace,
        post_processor: template(null, ['</s>', 2]),
        decoder: metaspace,
        model: { type: 'Unigram', unk_id: 0, vocab, byte_fallback: false },
      },
      null,
      '</s>',
    );
  },
  wordpiece: () => {
    const pieces = [
      '[UNK]',
      '[CLS]',
      '[SEP]',
      ...WORDS,
      ...LETTERS,
      ...[...LETTERS, ...WORDS].map((one) => `##${one}`),
    ];
    return folder(
      {
        ...PLAIN,
        added_tokens: [special('[UNK]', 0), special('[CLS]', 1), special('[SEP]', 2)],
        normalizer: {
          type: 'BertNormalizer',
          clean_text: true,
          handle_chinese_chars: true,
          strip_accents: null,
          lowercase: true,
        },
        pre_tokenizer: { type: 'BertPreTokenizer' },
        post_processor: { type: 'BertProcessing', sep: ['[SEP]', 2], cls: ['[CLS]', 1] },
        decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
        model: {
          type: 'WordPiece',
          unk_token: '[UNK]',
          continuing_subword_prefix: '##',
          max_input_chars_per_word: 100,
          vocab: numbered(pieces),
        },
      },
      '[CLS]',
      '[SEP]',
      { unk_token: '[UNK]' },
    );
  },
  wordlevel: () =>
    folder(
      {
        ...PLAIN,
        added_tokens: [special('<unk>', 0), special('<eos>', 1)],
        pre_tokenizer: { type: 'Whitespace' },
        decoder: null,
        model: {
          type: 'WordLevel',
          unk_token: '<unk>',
          vocab: numbered(['<unk>', '<eos>', ...WORDS, ...LETTERS]),
        },
      },
      null,
      '<eos>',
      { unk_token: '<unk>' },
    ),
};
export const BASE_NAMES: readonly string[] = Object.keys(BASES);

function folder(
  tokenizer: Record<string, unknown>,
  bos: string | null,
  eos: string,
  more: Record<string, unknown> = {},
): FolderSpec {
  return {
    tokenizer,
    config: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      ...(bos === null ? {} : { bos_token: bos }),
      eos_token: eos,
      ...more,
    },
    specialTokensMap: null,
    addedTokens: null,
    generation: null,
    model: {},
    addBosToken: null,
  };
}

function template(bos: readonly [string, number] | null, eos: readonly [string, number] | null): object {
  const tokens = [bos, eos].filter((token) => token !== null);
  const piece = (token: readonly [string, number] | null): object[] =>
    token === null ? [] : [{ SpecialToken: { id: token[0], type_id: 0 } }];
  const sequence = { Sequence: { id: 'A', type_id: 0 } };
  return {
    type: 'TemplateProcessing',
    single: [...piece(bos), sequence, ...piece(eos)],
    pair: [sequence, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: Object.fromEntries(tokens.map(([id, at]) => [id, { id, ids: [at], tokens: [id] }])),
  };
}

export type Way = (spec: FolderSpec) => void;

function set(values: Record<string, unknown>): Way {
  return (spec) => {
    spec.config = { ...(spec.config ?? {}), ...values };
  };
}

function addedToken(content: string, more: object = {}): object {
  const flags = { lstrip: false, rstrip: false, single_word: false, normalized: false, special: true };
  return { content, ...flags, ...more };
}

function decoderOf(spec: FolderSpec): Record<string, object> {
  const added = spec.tokenizer['added_tokens'] as readonly (Record<string, unknown> & { id: number })[];
  return Object.fromEntries(added.map(({ id, ...rest }) => [String(id), rest]));
}

function padding(token: string): object {
  return {
    strategy: 'BatchLongest',
    direction: 'Right',
    pad_to_multiple_of: 8,
    pad_id: 0,
    pad_type_id: 0,
    pad_token: token,
  };
}

/** Every way by itself, by name. */
export const WAYS: Readonly<Record<string, Way>> = {
  plain: () => {},
  truncation: (spec) => {
    const state = { direction: 'Right', max_length: 3, strategy: 'LongestFirst', stride: 0 };
    spec.tokenizer['truncation'] = state;
  },
  padding: (spec) => {
    spec.tokenizer['padding'] = padding('[PAD]');
  },
  'fixed padding': (spec) => {
    spec.tokenizer['padding'] = { ...padding('<pad!>'), strategy: { Fixed: 20 }, direction: 'Left' };
  },
  'no tokenizer_config.json': (spec) => {
    spec.specialTokensMap = { eos_token: spec.config?.['eos_token'] };
    spec.config = null;
  },
  'special_tokens_map.json': (spec) => {
    spec.specialTokensMap = {
      bos_token: 'the',
      eos_token: addedToken('ing', { special: undefined, lstrip: true }),
      additional_special_tokens: ['<|x|>', 'er'],
    };
  },
  'special_tokens_map.json beside added_tokens_decoder': (spec) => {
    spec.specialTokensMap = { bos_token: 'the', eos_token: '<never>' };
    set({ added_tokens_decoder: decoderOf(spec) })(spec);
  },
  'special_tokens_map.json with extras': (spec) => {
    spec.specialTokensMap = { extra_special_tokens: [addedToken('and', { special: undefined }), '<|y|>'] };
    set({ extra_special_tokens: ['<|y|>', 'll'] })(spec);
  },
  'added_tokens.json': (spec) => {
    spec.addedTokens = { '<|new|>': 620, he: 3, '<|eos2|>': 610 };
    set({ eos_token: '<|eos2|>' })(spec);
  },
  'flags in added_tokens_decoder': (spec) => {
    const decoder = decoderOf(spec);
    const flags = { lstrip: true, rstrip: true, normalized: true, special: false };
    const changed = Object.entries(decoder).map(([id, token]) => [id, { ...token, ...flags }]);
    set({
      added_tokens_decoder: {
        ...Object.fromEntries(changed),
        630: addedToken('<|far|>', { single_word: true }),
      },
    })(spec);
  },
  'empty added_tokens_decoder': set({ added_tokens_decoder: {} }),
  additional_special_tokens: set({ additional_special_tokens: ['<|a|>', 'the', '<|b|>'] }),
  'additional_special_tokens as AddedToken': set({
    additional_special_tokens: [{ __type: 'AddedToken', ...addedToken('<|a|>', { rstrip: true }) }, 'and'],
  }),
  'extra_special_tokens as an object': set({
    extra_special_tokens: { image_token: '<image>', boi_token: 'er' },
  }),
  'both additional and extra': set({ additional_special_tokens: ['the'], extra_special_tokens: ['and'] }),
  'a token of the model’s own': set({
    image_token: '<|img|>',
    video_token: { __type: 'AddedToken', ...addedToken('<|v|>') },
  }),
  'BOS as AddedToken': set({
    bos_token: { __type: 'AddedToken', ...addedToken('<bos>', { normalized: true, special: false }) },
  }),
  'EOS that is not in the vocabulary': set({ eos_token: '<|end|>' }),
  'BOS that is a word': set({ bos_token: 'hello' }),
  'no BOS': set({ bos_token: null }),
  'special tokens of every name': set({
    pad_token: '<pad>',
    unk_token: '<unk?>',
    sep_token: '<sep>',
    cls_token: 'the',
    mask_token: { __type: 'AddedToken', ...addedToken('<mask>', { lstrip: true }) },
  }),
  split_special_tokens: set({ split_special_tokens: true }),
  'split_special_tokens off': set({ split_special_tokens: false }),
  clean_up_tokenization_spaces: set({ clean_up_tokenization_spaces: true }),
  'clean_up_tokenization_spaces, forced': set({
    clean_up_tokenization_spaces: true,
    clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output: true,
  }),
  'add_bos_token in the file': set({ add_bos_token: true, add_eos_token: true }),
  'add_bos_token: false in the file': set({ add_bos_token: false }),
  'BOS asked for': (spec) => {
    spec.addBosToken = true;
  },
  'BOS asked not to be': (spec) => {
    spec.addBosToken = false;
  },
  'BOS asked for where there is none': (spec) => {
    set({ bos_token: null })(spec);
    spec.addBosToken = true;
  },
  model_max_length: set({ model_max_length: 77 }),
  'model_max_length unset': set({ model_max_length: 1e30 }),
  max_len: set({ max_len: 55 }),
  add_prefix_space: set({ add_prefix_space: true, legacy: true }),
  'keys that do not matter': set({
    do_lower_case: true,
    legacy: false,
    errors: 'replace',
    padding_side: 'left',
    use_fast: false,
  }),
  'an added token that is not special': (spec) => {
    const added = spec.tokenizer['added_tokens'] as Record<string, unknown>[];
    added.push(
      special('<|n|>', 600, { special: false, normalized: true }),
      special('or', 601, { single_word: true }),
    );
  },
  LlamaTokenizer: set({ tokenizer_class: 'LlamaTokenizer' }),
  'LlamaTokenizer, legacy': set({ tokenizer_class: 'LlamaTokenizerFast', legacy: true }),
  'LlamaTokenizer without prefix space': set({ tokenizer_class: 'LlamaTokenizer', add_prefix_space: false }),
  'LlamaTokenizer of a Mistral': (spec) => {
    set({ tokenizer_class: 'LlamaTokenizer' })(spec);
    spec.model = { model_type: 'mistral', architectures: ['MistralForCausalLM'], sliding_window: null };
  },
  GPT2Tokenizer: set({ tokenizer_class: 'GPT2Tokenizer' }),
  'GPT2Tokenizer with prefix space': set({ tokenizer_class: 'GPT2TokenizerFast', add_prefix_space: true }),
  GPTNeoXTokenizer: set({ tokenizer_class: 'GPTNeoXTokenizerFast' }),
  'GPTNeoXTokenizer with BOS': (spec) => {
    set({ tokenizer_class: 'GPTNeoXTokenizer' })(spec);
    spec.addBosToken = true;
  },
  Qwen2Tokenizer: set({ tokenizer_class: 'Qwen2Tokenizer' }),
  'a Qwen2 of another class': (spec) => {
    spec.model = { model_type: 'qwen2', architectures: ['Qwen2ForCausalLM'] };
  },
  GemmaTokenizer: set({ tokenizer_class: 'GemmaTokenizer' }),
  BertTokenizer: set({ tokenizer_class: 'BertTokenizer' }),
  T5Tokenizer: set({ tokenizer_class: 'T5TokenizerFast' }),
  'a class that nobody knows': set({ tokenizer_class: 'ShinyTokenizerFast' }),
  PreTrainedTokenizer: set({ tokenizer_class: 'PreTrainedTokenizer' }),
  'no class': set({ tokenizer_class: null }),
  'class in config.json': (spec) => {
    set({ tokenizer_class: null })(spec);
    spec.model = { tokenizer_class: 'GPT2Tokenizer' };
  },
  auto_map: set({ auto_map: { AutoTokenizer: ['tokenization_own.OwnTokenizer', null] } }),
};

/** A fresh spec. @throws RangeError for names that are not there. */
export function folderSpec(base: string, ways: readonly string[]): FolderSpec {
  const make = BASES[base];
  if (make === undefined) throw new RangeError(`no base ${base}`);
  const spec = make();
  for (const name of ways) {
    const way = WAYS[name];
    if (way === undefined) throw new RangeError(`no way ${name}`);
    way(spec);
  }
  return spec;
}

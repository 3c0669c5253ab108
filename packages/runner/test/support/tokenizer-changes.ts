/**
 * What differs between tokenizer folders of one shape, drawn at random: keys of tokenizer_config.json and the older files,
 * stages of the pipeline, model types. Many drawn folders are refused by transformers too, with any words.
 */
import fc from 'fast-check';
import type { FolderSpec, Way } from './tokenizer-folders.ts';
import {
  byteLevel,
  type Json,
  LLAMA_NORMALIZER,
  SPM_DECODER,
  sequence,
  split,
  TEKKEN_PATTERN,
  template,
  token,
} from './tokenizer-shapes.ts';

const CONTENTS = [
  '<s>',
  '</s>',
  '<unk>',
  '<pad>',
  '<bos>',
  '<eos>',
  '<|endoftext|>',
  '<|im_end|>',
  '<|eot_id|>',
  '[PAD]',
  '[SEP]',
  'the',
  'hello',
  ' ',
  '  ',
  '▁the',
  'Ġthe',
  'é',
  'e\u0301',
  '<|new|>',
  '<|new2|>',
  '\n',
  '',
  '<image>',
  '1',
  '\u{1f600}',
];
const content = fc.constantFrom(...CONTENTS);
const flag = fc.boolean();
const addedFlags = fc.record(
  { lstrip: flag, rstrip: flag, single_word: flag, normalized: flag, special: flag },
  { requiredKeys: [] },
);
const added = fc.tuple(content, addedFlags).map(([text, flags]) => ({ content: text, ...flags }));
const tokenValue = fc.oneof(
  { weight: 4, arbitrary: content },
  { weight: 2, arbitrary: added.map((one) => ({ __type: 'AddedToken', ...one })) },
  { weight: 1, arbitrary: fc.constant(null) },
);
const CLASSES = [
  'PreTrainedTokenizerFast',
  'TokenizersBackend',
  'LlamaTokenizer',
  'LlamaTokenizerFast',
  'GPT2Tokenizer',
  'GPT2TokenizerFast',
  'GPTNeoXTokenizer',
  'GPTNeoXTokenizerFast',
  'Qwen2Tokenizer',
  'Qwen2TokenizerFast',
  'GemmaTokenizer',
  'GemmaTokenizerFast',
  'PreTrainedTokenizer',
  'BloomTokenizerFast',
  'OwnTokenizer',
  null,
  'CodeLlamaTokenizer',
  'CohereTokenizerFast',
  'T5TokenizerFast',
  'XLMRobertaTokenizer',
  'BertTokenizer',
  'MistralTokenizer',
  'Phi3Tokenizer',
  'DeepseekTokenizer',
  'ChatGLMTokenizer',
  'WhisperTokenizer',
];
const MODEL_TYPES = [
  'llama',
  'mistral',
  'qwen2',
  'qwen3',
  'gemma',
  'gemma2',
  'gemma3_text',
  'gpt2',
  'gpt_neox',
  'opt',
  'phi',
  'phi3',
  'falcon',
  'olmo2',
  'deepseek_v3',
  'stablelm',
  'starcoder2',
  'cohere',
  'granite',
  'smollm3',
  'mixtral',
  'bloom',
  'mpt',
  'unknown_type',
];

const configChange: fc.Arbitrary<Json> = fc.record(
  {
    tokenizer_class: fc.constantFrom(...CLASSES),
    bos_token: tokenValue,
    eos_token: tokenValue,
    unk_token: tokenValue,
    pad_token: tokenValue,
    cls_token: tokenValue,
    image_token: tokenValue,
    additional_special_tokens: fc.oneof(
      fc.array(
        tokenValue.filter((one) => one !== null),
        { maxLength: 3 },
      ),
      fc.constant(null),
    ),
    extra_special_tokens: fc.oneof(
      fc.array(
        tokenValue.filter((one) => one !== null),
        { maxLength: 3 },
      ),
      fc.dictionary(
        fc.constantFrom('boi_token', 'eoi_token', 'x'),
        tokenValue.filter((one) => one !== null),
        { maxKeys: 2 },
      ),
      fc.constant(null),
    ),
    model_specific_special_tokens: fc.dictionary(fc.constantFrom('boi_token', 'y'), content, { maxKeys: 2 }),
    added_tokens_decoder: fc.dictionary(fc.nat(700).map(String), added, { maxKeys: 4 }),
    add_bos_token: flag,
    add_eos_token: flag,
    add_prefix_space: fc.oneof(flag, fc.constant(null)),
    legacy: fc.oneof(flag, fc.constant(null)),
    clean_up_tokenization_spaces: flag,
    split_special_tokens: flag,
    model_max_length: fc.constantFrom(1e30, 77, 2048, null, 1e9, 64.0),
    max_len: fc.constantFrom(55, null),
    padding_side: fc.constantFrom('left', 'right'),
    truncation_side: fc.constantFrom('left', 'right'),
    fix_mistral_regex: flag,
    trim_offsets: flag,
    do_lower_case: flag,
    use_fast: flag,
    errors: fc.constant('replace'),
    max_length: fc.constant(5),
    truncation: fc.constant(true),
    stride: fc.constant(2),
    verbose: flag,
    from_slow: flag,
    backend: fc.constant('tokenizers'),
    keep_accents: flag,
    lowercase: flag,
    byte_fallback: flag,
    unk_id: fc.constant(1),
    vocab_file: fc.constant('vocab.json'),
    tokenizer_file: fc.constantFrom(null, '/nowhere/tokenizer.json'),
    name_or_path: fc.constant('mistralai/x'),
  },
  { requiredKeys: [] },
);

/** Changes a few keys: an arbitrary record has about half of all keys. */
function some(changes: fc.Arbitrary<Json>, most: number): fc.Arbitrary<Json> {
  return fc.tuple(changes, fc.infiniteStream(fc.nat(1 << 20))).map(([all, order]) => {
    const keyed = Object.entries(all).map((entry) => ({ entry, at: order.next().value as number }));
    keyed.sort((a, b) => a.at - b.at);
    return Object.fromEntries(keyed.slice(0, most).map(({ entry }) => entry));
  });
}

const pipelineChange: fc.Arbitrary<Json> = fc.record(
  {
    normalizer: fc.constantFrom<unknown>(
      null,
      { type: 'NFC' },
      { type: 'NFD' },
      { type: 'NFKC' },
      { type: 'Lowercase' },
      { type: 'StripAccents' },
      LLAMA_NORMALIZER,
      { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      { type: 'Strip', strip_left: true, strip_right: true },
      { type: 'ByteLevel' },
      {
        type: 'Sequence',
        normalizers: [
          { type: 'NFKD' },
          { type: 'Replace', pattern: { Regex: '\\d' }, content: '7' },
          { type: 'StripAccents' },
        ],
      },
    ),
    pre_tokenizer: fc.constantFrom<unknown>(
      null,
      byteLevel(),
      byteLevel({ add_prefix_space: true }),
      { type: 'Whitespace' },
      { type: 'BertPreTokenizer' },
      { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false },
      { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
      sequence({ type: 'Digits', individual_digits: true }, byteLevel()),
      sequence({ type: 'Punctuation', behavior: 'Isolated' }, { type: 'UnicodeScripts' }),
      split('\\p{L}++|\\p{N}{1,3}+|(?<=a)b|(?=c)|\\s+(?!\\S)', { behavior: 'MergedWithNext', invert: false }),
      split('[\\p{Han}\\p{Hiragana}]+', { behavior: 'Removed', invert: true }),
      { type: 'CharDelimiterSplit', delimiter: 'e' },
      sequence(split(TEKKEN_PATTERN, { behavior: 'Removed', invert: true }), byteLevel({ use_regex: false })),
    ),
    decoder: fc.constantFrom<unknown>(
      null,
      byteLevel(),
      SPM_DECODER,
      { type: 'BPEDecoder', suffix: '</w>' },
      { type: 'WordPiece', prefix: '##', cleanup: true },
      { type: 'Fuse' },
      { type: 'CTC', pad_token: '<pad>', word_delimiter_token: '|', cleanup: true },
      { type: 'ByteFallback' },
      { type: 'Metaspace', replacement: '▁', prepend_scheme: 'never', split: true },
      {
        type: 'Sequence',
        decoders: [
          { type: 'Replace', pattern: { Regex: '[▁Ġ]' }, content: ' ' },
          { type: 'Fuse' },
          { type: 'Strip', content: ' ', start: 2, stop: 1 },
        ],
      },
    ),
    post_processor: fc.constantFrom<unknown>(
      null,
      byteLevel({ trim_offsets: false }),
      {
        type: 'RobertaProcessing',
        sep: ['the', 5],
        cls: ['hello', 6],
        trim_offsets: true,
        add_prefix_space: true,
      },
      { type: 'BertProcessing', sep: ['x', 5], cls: ['y', 6] },
      {
        type: 'Sequence',
        processors: [
          byteLevel(),
          template(
            [
              ['<s>', 1],
              ['<s>', 1],
            ],
            [['</s>', 2]],
          ),
        ],
      },
    ),
    truncation: fc.constantFrom<unknown>(null, {
      direction: 'Left',
      max_length: 2,
      strategy: 'OnlyFirst',
      stride: 1,
    }),
    padding: fc.constantFrom<unknown>(null, {
      strategy: { Fixed: 9 },
      direction: 'Left',
      pad_to_multiple_of: null,
      pad_id: 1,
      pad_type_id: 0,
      pad_token: 'the',
    }),
  },
  { requiredKeys: [] },
);

const modelChange: fc.Arbitrary<Json> = fc.record(
  {
    fuse_unk: flag,
    byte_fallback: flag,
    ignore_merges: flag,
    unk_token: fc.constantFrom<unknown>(null, '<unk>', 'the'),
    continuing_subword_prefix: fc.constantFrom<unknown>(null, '', '##', 'é'),
    end_of_word_suffix: fc.constantFrom<unknown>(null, '', '</w>'),
    dropout: fc.constantFrom<unknown>(null, 0.0),
    max_input_chars_per_word: fc.constantFrom(1, 3, 100),
  },
  { requiredKeys: [] },
);

/** A few differences at once. */
export const folderChange: fc.Arbitrary<Way> = fc
  .record({
    config: some(configChange, 4),
    isWithoutConfig: fc.nat(14).map((n) => n === 0),
    dropped: fc.subarray(
      [
        'tokenizer_class',
        'bos_token',
        'eos_token',
        'unk_token',
        'added_tokens_decoder',
        'additional_special_tokens',
        'pad_token',
      ],
      { maxLength: 3 },
    ),
    pipeline: fc.oneof(
      { weight: 2, arbitrary: fc.constant<Json>({}) },
      { weight: 1, arbitrary: some(pipelineChange, 2) },
    ),
    model: fc.oneof(
      { weight: 3, arbitrary: fc.constant<Json>({}) },
      { weight: 1, arbitrary: some(modelChange, 2) },
    ),
    extra: fc.array(fc.tuple(added, fc.nat(3)), { maxLength: 2 }),
    map: fc.option(
      fc.dictionary(
        fc.constantFrom('bos_token', 'eos_token', 'unk_token', 'pad_token', 'cls_token', 'own_token'),
        fc.oneof(content, added, fc.constant(null)),
        { maxKeys: 3 },
      ),
      { freq: 3 },
    ),
    mapExtras: fc.option(fc.array(fc.oneof(content, added), { maxLength: 3 }), { freq: 8 }),
    addedFile: fc.option(
      fc.dictionary(
        content.filter((one) => one !== ''),
        fc.integer({ min: 0, max: 700 }),
        { maxKeys: 3 },
      ),
      { freq: 5 },
    ),
    modelType: fc.option(fc.constantFrom(...MODEL_TYPES), { freq: 3 }),
    modelClass: fc.option(fc.constantFrom(...CLASSES), { freq: 10 }),
    addBosToken: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: flag }),
    isDropped: flag,
    side: fc.constantFrom('lstrip', 'rstrip'),
  })
  .map((drawn) => (spec: FolderSpec) => {
    const before = spec.config ?? {};
    if (drawn.isDropped) for (const key of drawn.dropped) delete before[key];
    spec.config = drawn.isWithoutConfig ? null : { ...before, ...drawn.config };
    Object.assign(spec.tokenizer, drawn.pipeline);
    Object.assign(spec.tokenizer['model'] as Json, drawn.model);
    const tokens = spec.tokenizer['added_tokens'] as Json[];
    let next = 500;
    for (const [one, gap] of drawn.extra) {
      next += gap;
      tokens.push({ ...token(next++, one.content), ...one });
    }
    if (drawn.map !== null) spec.specialTokensMap = drawn.map as Json;
    if (drawn.mapExtras !== null) {
      spec.specialTokensMap = { ...spec.specialTokensMap, additional_special_tokens: drawn.mapExtras };
    }
    if (drawn.addedFile !== null) spec.addedTokens = drawn.addedFile;
    if (drawn.modelType !== null) spec.model = { ...spec.model, model_type: drawn.modelType };
    if (drawn.modelClass !== null) spec.model = { ...spec.model, tokenizer_class: drawn.modelClass };
    spec.addBosToken = drawn.addBosToken;
    // Tokens that take white space from both sides can take the same, at which the library panics in Python as here.
    for (const part of [spec.config, spec.specialTokensMap, spec.tokenizer['added_tokens']]) {
      switchOff(part, drawn.side);
    }
  });

function switchOff(value: unknown, flagName: string): void {
  if (typeof value !== 'object' || value === null) return;
  if (Reflect.has(value, 'content')) Reflect.set(value, flagName, false);
  for (const item of Object.values(value)) switchOff(item, flagName);
}

const PIECES = [
  'the',
  'hello',
  ' ',
  '  ',
  '     ',
  '\n',
  '\n\n',
  '\r\n',
  '\t',
  '<s>',
  '</s>',
  '</s',
  '<|im_end|>',
  '<|endoftext|>',
  '<|eot_id|>',
  '[SEP]',
  '<|new|>',
  '<image>',
  '<bos>',
  '<unk>',
  "'s",
  ' .',
  'e\u0301',
  'é',
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  '\ud800'.toWellFormed(),
  '\0',
  '\ufffd',
  '▁',
  '\u00a0',
  'שלום',
  'مرحبا',
  '日本',
  '１２',
  'ﬁ',
  '\u2028',
  '\u0085',
  '\ufeff',
  '123456',
  'aaaaaaaaaaaaaaaaaaaa',
  'Ġ',
  'ABC',
  'ß',
  'İ',
];
/** Texts of pieces that special tokens, normalisers and patterns treat in their own ways. */
export const oddText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 8 })
  .map((pieces) => pieces.join('').toWellFormed());

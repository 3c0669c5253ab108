/**
 * A checkpoint's tokenizer as transformers 5 and lm-eval use it: one module for evaluation, perplexity, samples, the
 * server and the packer. Not for tokenizers that exist only as Python code or sentencepiece models.
 */
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import type { Tokenizer } from 'tokenizers';
import { type Backend, openBackend, refusedBy } from './backend.ts';
import { objectOf, readTokenizerFiles, type TokenizerFiles } from './files.ts';
import { messages } from './messages.ts';
import { specialTokens } from './special-tokens.ts';
import { tokenizerClass } from './tokenizer-class.ts';

/** transformers writes 1e30 for "unset" (VERY_LARGE_INTEGER); anything that large is no limit. */
const UNSET_LENGTH = 1e29;
/** Texts repeat (a question's context before each of its options); encodings of this many characters are kept. */
const MEMO_CHARACTERS = 16 * 1024 * 1024;

/**
 * Which special tokens an encoding gets: `default` is lm-eval's for texts that are scored, `prompt` its for texts that are
 * continued (it looks for BOS's text at the front in another way), `whole` is the tokenizer's own, `none` is none.
 */
export type SpecialTokenRule = 'default' | 'prompt' | 'whole' | 'none';

export interface CheckpointTokenizer {
  readonly vocabSize: number;
  /** null: there is none. */
  readonly bosToken: number | null;
  readonly eosToken: number | null;
  /** BOS, else EOS: stands for an empty context and before a rolling text. null: there is neither. */
  readonly prefixToken: number | null;
  /** Text of EOS, a stop string beside the task's own; null where there is none. */
  readonly eosText: string | null;
  /** tokenizer_config.json's model_max_length; null where unset. */
  readonly modelMaxLength: number | null;
  /** Texts of the special tokens by name, as a chat template sees them. */
  readonly specialTexts: ReadonlyMap<string, string>;
  encode(text: string, special: SpecialTokenRule): Promise<readonly number[]>;
  /** Many texts without special tokens of the tokenizer's own, each token with the code points before its end. */
  encodeMany(texts: readonly string[]): Promise<readonly EncodedText[]>;
  decode(tokens: readonly number[]): Promise<string>;
  /** Special tokens included: what stop strings are looked for in. */
  decodeRaw(tokens: readonly number[]): Promise<string>;
}

export interface EncodedText {
  readonly ids: readonly number[];
  /** Code points of the text before each token's end. */
  readonly ends: () => readonly number[];
}

export interface TokenizerSettings {
  /** null: the tokenizer's default. Given, the tokenizer adds BOS and nothing else, or nothing. */
  readonly addBosToken: boolean | null;
}

/** @throws UserError naming the file and the key that is missing, malformed or not read by us as transformers does. */
export async function openTokenizer(
  folder: string,
  settings: TokenizerSettings,
): Promise<CheckpointTokenizer> {
  const files = await readTokenizerFiles(folder);
  const name = tokenizerClass(files);
  const special = specialTokens(files, name);
  const backend = openBackend(files, name, special, settings.addBosToken);
  const { tokenizer } = backend;
  const encoder = splitsSpecialTokens(files) ? splittingEncoder(files, name, backend) : tokenizer;
  /** A text may be refused that the folder's files have no token for. */
  const native = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw refusedBy(join(folder, 'tokenizer.json'), error);
    });
  const cleanUp = cleansUp(files) ? cleanedUp : (text: string): string => text;
  const decode = async (tokens: readonly number[], skip: boolean): Promise<string> =>
    cleanUp(await native(tokenizer.decode([...tokens], skip)));

  const idOf = (token: string): number | null => {
    const text = special.named.get(token)?.content;
    return text === undefined ? null : backend.idOf(text);
  };
  const bosToken = idOf('bos_token');
  const eosToken = idOf('eos_token');
  const prefixToken = bosToken ?? eosToken;
  const prefixText = prefixToken === null ? null : await decode([prefixToken], false);
  const bosText = special.named.get('bos_token')?.content ?? null;
  const isWanted = settings.addBosToken ?? true;
  const addsSpecial: Readonly<Record<SpecialTokenRule, (text: string) => boolean>> = {
    default: (text) => isWanted && (prefixText === null || !text.startsWith(prefixText)),
    prompt: (text) => isWanted && (bosText === null || !text.startsWith(bosText)),
    whole: () => true,
    none: () => false,
  };
  const memo = new Map<string, readonly number[]>();
  let memoCharacters = 0;

  async function encode(text: string, rule: SpecialTokenRule): Promise<readonly number[]> {
    const addSpecialTokens = addsSpecial[rule](text);
    const key = `${addSpecialTokens}\n${text}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    const ids = (await native(encoder.encode(text, null, { addSpecialTokens }))).getIds();
    memoCharacters += key.length;
    if (memoCharacters > MEMO_CHARACTERS) {
      memo.clear();
      memoCharacters = key.length;
    }
    memo.set(key, ids);
    return ids;
  }

  return {
    encode,
    encodeMany: async (many) => {
      const encodings = await native(encoder.encodeBatch([...many], { addSpecialTokens: false }));
      return encodings.map((encoding) => ({
        ids: encoding.getIds(),
        ends: () => encoding.getOffsets().map(([, end]) => end ?? 0),
      }));
    },
    prefixToken,
    bosToken,
    eosToken,
    vocabSize: tokenizer.getVocabSize(true),
    eosText: eosToken === null ? null : await decode([eosToken], false),
    modelMaxLength: maximumOf(files),
    specialTexts: new Map([...special.named].map(([key, { content }]) => [key, content])),
    decode: (tokens) => decode(tokens, true),
    decodeRaw: (tokens) => decode(tokens, false),
  };
}

function maximumOf({ tokenizerConfig }: TokenizerFiles): number | null {
  const named = tokenizerConfig.has('model_max_length') ? 'model_max_length' : 'max_len';
  const maximum = tokenizerConfig.get(named);
  return typeof maximum === 'number' && maximum < UNSET_LENGTH ? maximum : null;
}

function splitsSpecialTokens({ folder, tokenizerConfig }: TokenizerFiles): boolean {
  const value = tokenizerConfig.get('split_special_tokens') ?? false;
  if (typeof value === 'boolean') return value;
  const path = join(folder, 'tokenizer_config.json');
  throw new UserError(messages.badTokenizer(path, `'split_special_tokens' is ${JSON.stringify(value)}`));
}

/**
 * With split_special_tokens the texts of special tokens are ordinary text: they are matched by no added token. The
 * library's switch is not in its npm build, so a second tokenizer has the other added tokens only.
 */
function splittingEncoder(
  files: TokenizerFiles,
  name: ReturnType<typeof tokenizerClass>,
  main: Backend,
): Tokenizer {
  const inFile = Array.isArray(files.tokenizer.get('added_tokens'))
    ? (files.tokenizer.get('added_tokens') as readonly unknown[])
    : [];
  const specials = new Set([
    ...main.added.filter((token) => token.special).map(({ content }) => content),
    ...(name === 'TokenizersBackend' ? inFile : []).flatMap((value) => {
      const token = objectOf(value);
      return token?.get('special') === true ? [token.get('content')] : [];
    }),
  ]);
  const isPlain = (content: unknown): boolean => !specials.has(content);
  const kept = inFile.filter((value) => isPlain(objectOf(value)?.get('content')));
  const tokenizer = new Map<string, unknown>([...files.tokenizer, ['added_tokens', kept]]);
  const plain: TokenizerFiles = {
    ...files,
    tokenizer,
    text: JSON.stringify(Object.fromEntries(tokenizer)),
  };
  const listed = main.added.filter(({ content }) => isPlain(content));
  const backend = openBackend(plain, name, { named: new Map(), extra: [], listed }, null);
  for (const content of [
    ...kept.map((value) => objectOf(value)?.get('content')),
    ...listed.map((one) => one.content),
  ]) {
    if (typeof content !== 'string') continue;
    if (backend.tokenizer.tokenToId(content) === main.tokenizer.tokenToId(content)) continue;
    throw new UserError(
      messages.unsupportedTokenizer.byKey(
        join(files.folder, 'tokenizer_config.json'),
        'split_special_tokens',
        true,
        `the added token ${JSON.stringify(content)} stands behind special ones, and would get another id.`,
      ),
    );
  }
  const post = main.tokenizer.getPostProcessor();
  if (post !== null) backend.tokenizer.setPostProcessor(post);
  return backend.tokenizer;
}

/** transformers leaves BPE tokenizers alone unless another key insists. */
function cleansUp({ tokenizer, tokenizerConfig }: TokenizerFiles): boolean {
  if (!tokenizerConfig.get('clean_up_tokenization_spaces')) return false;
  const forced = 'clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output';
  return modelType(tokenizer) !== 'BPE' || Boolean(tokenizerConfig.get(forced));
}

/** Older files leave the type out: it follows from what the model has. */
function modelType(tokenizer: ReadonlyMap<string, unknown>): string {
  const model = objectOf(tokenizer.get('model'));
  const type = model?.get('type');
  if (typeof type === 'string') return type;
  return model?.has('merges') === true ? 'BPE' : 'other';
}

const CLEANED: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

function cleanedUp(text: string): string {
  return CLEANED.reduce((kept, [from, to]) => kept.replaceAll(from, to), text);
}

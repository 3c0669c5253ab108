/**
 * A tokenizer's special and added tokens, in transformers' order of precedence (tokenization_utils_base.py,
 * `_from_pretrained` and `__init__`): tokenizer_config.json; where it lists no added_tokens_decoder, the older files
 * special_tokens_map.json and added_tokens.json over it; then what the class itself supplies.
 */
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { addedToken, isSameToken, savedToken, type TokenSpec, textToken } from './added-token.ts';
import { type JsonObject, objectOf, type TokenizerFiles } from './files.ts';
import { messages } from './messages.ts';
import type { TokenizerClass } from './tokenizer-class.ts';

export const SPECIAL_TOKEN_NAMES: readonly string[] = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
];

export interface SpecialTokens {
  /** The names in transformers' order: the seven above, then the model's own. */
  readonly named: ReadonlyMap<string, TokenSpec>;
  readonly extra: readonly TokenSpec[];
  /** What the files list as added, by ascending id; the ids themselves are not kept: transformers gives new ones. */
  readonly listed: readonly TokenSpec[];
}

/** Arguments that a class's constructor supplies where tokenizer_config.json has no such key; null: none. */
const CLASS_TOKENS: Readonly<Record<TokenizerClass, Readonly<Record<string, string | null>>>> = {
  TokenizersBackend: {},
  LlamaTokenizer: { unk_token: '<unk>', bos_token: '<s>', eos_token: '</s>' },
  GPT2Tokenizer: {
    unk_token: '<|endoftext|>',
    bos_token: '<|endoftext|>',
    eos_token: '<|endoftext|>',
    pad_token: null,
  },
  GPTNeoXTokenizer: {
    unk_token: '<|endoftext|>',
    bos_token: '<|endoftext|>',
    eos_token: '<|endoftext|>',
    pad_token: '<|padding|>',
  },
  Qwen2Tokenizer: {
    unk_token: '<|endoftext|>',
    bos_token: null,
    eos_token: '<|endoftext|>',
    pad_token: '<|endoftext|>',
  },
  GemmaTokenizer: {
    unk_token: '<unk>',
    bos_token: '<bos>',
    eos_token: '<eos>',
    pad_token: '<pad>',
    mask_token: '<mask>',
  },
};

/** A token that was read already, among values that are still JSON. */
class Read {
  readonly token: TokenSpec;
  constructor(token: TokenSpec) {
    this.token = token;
  }
}

/** @throws UserError bad-tokenizer where transformers would raise. */
export function specialTokens(files: TokenizerFiles, name: TokenizerClass): SpecialTokens {
  const configPath = join(files.folder, 'tokenizer_config.json');
  const settings = new Map<string, unknown>(files.tokenizerConfig);

  if (settings.has('additional_special_tokens') && !isTruthy(settings.get('extra_special_tokens'))) {
    settings.set('extra_special_tokens', settings.get('additional_special_tokens'));
    settings.delete('additional_special_tokens');
  }
  const own = new Map<string, unknown>();
  for (const [key, value] of settings) if (isOwnName(key) && typeof value === 'string') own.set(key, value);
  for (const key of own.keys()) settings.delete(key);
  moveExtras(settings, own);
  const explicit =
    own.size > 0
      ? own
      : new Map<string, unknown>(objectOf(settings.get('model_specific_special_tokens')) ?? []);

  const byId = new Map<number, TokenSpec>();
  const byContent = new Map<string, TokenSpec>();
  const list = (id: number, token: TokenSpec): void => {
    byId.set(id, token);
    byContent.set(token.content, token);
  };
  if (settings.has('added_tokens_decoder')) {
    const decoder = objectOf(settings.get('added_tokens_decoder'));
    if (decoder === null) throw bad(configPath, "'added_tokens_decoder' is no object");
    for (const [id, value] of decoder ?? []) {
      const token = addedToken(value);
      if (token === null || !/^\d{1,10}$/.test(id)) {
        throw bad(configPath, `'added_tokens_decoder' holds ${JSON.stringify([id, value]).slice(0, 100)}`);
      }
      list(Number(id), token);
    }
  } else {
    mergeSpecialTokensMap(files, settings, explicit);
    listAddedTokens(files, settings, list);
    listTokenizerJson(files, list);
  }

  const tokenOf = (key: string, value: unknown): TokenSpec => {
    const token = value instanceof Read ? value.token : savedToken(value);
    if (token !== null) return token;
    const found = JSON.stringify(value)?.slice(0, 100);
    throw bad(configPath, `'${key}' is ${found}; expected a text or an AddedToken`);
  };
  const named = new Map<string, TokenSpec>();
  const supplied = new Map<string, string | null>(Object.entries(CLASS_TOKENS[name]));
  const padding = objectOf(files.tokenizer.get('padding'));
  if (padding !== null && !supplied.has('pad_token')) {
    const padToken = padding.get('pad_token');
    supplied.set('pad_token', typeof padToken === 'string' ? padToken : '[PAD]');
  }
  for (const key of SPECIAL_TOKEN_NAMES) {
    if (!settings.has(key)) {
      const text = supplied.get(key) ?? null;
      if (text !== null) named.set(key, textToken(text));
      continue;
    }
    const value = settings.get(key) ?? null;
    if (value === null) continue;
    const token = tokenOf(key, value);
    named.set(key, byContent.get(token.content) ?? token);
  }
  for (const [key, value] of settings) {
    if (!isOwnName(key)) continue;
    if (typeof value === 'string' || value instanceof Read || savedToken(value) !== null) {
      named.set(key, tokenOf(key, value));
    }
  }
  for (const [key, value] of explicit) named.set(key, tokenOf(key, value));
  const listed = [...byId].sort(([a], [b]) => a - b).map(([, token]) => token);
  return { named, extra: extraTokens(settings, tokenOf, configPath), listed };
}

function isOwnName(key: string): boolean {
  return key.endsWith('_token') && !SPECIAL_TOKEN_NAMES.includes(key);
}

/** Python's truth of a JSON value. */
function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null && !(value instanceof Read)) {
    return Object.keys(value).length > 0;
  }
  return Boolean(value);
}

/** extra_special_tokens as an object names them: they are named tokens then. */
function moveExtras(settings: Map<string, unknown>, into: Map<string, unknown>): void {
  const extras = objectOf(settings.get('extra_special_tokens'));
  if (extras === null || settings.get('extra_special_tokens') instanceof Read) return;
  for (const [key, value] of extras) into.set(key, value);
  settings.delete('extra_special_tokens');
}

function bad(path: string, detail: string): UserError {
  return new UserError(messages.badTokenizer(path, detail));
}

function mergeSpecialTokensMap(
  files: TokenizerFiles,
  settings: Map<string, unknown>,
  explicit: Map<string, unknown>,
): void {
  const path = join(files.folder, 'special_tokens_map.json');
  const special = (key: string, value: unknown): Read => {
    const token = addedToken(value);
    if (token === null) throw bad(path, `'${key}' holds ${JSON.stringify(value).slice(0, 100)}`);
    return new Read({ ...token, special: true });
  };
  for (const [key, value] of files.specialTokensMap ?? []) {
    if (key === 'extra_special_tokens' && Array.isArray(value)) {
      const before = settings.get(key);
      const merged: unknown[] = Array.isArray(before) ? [...before] : [];
      for (const item of value as readonly unknown[]) {
        const next = objectOf(item) === null ? item : special(key, item);
        if (!merged.some((other) => isSameValue(other, next))) merged.push(next);
      }
      settings.set(key, merged);
    } else {
      const isToken = objectOf(value) !== null && key !== 'extra_special_tokens';
      settings.set(key, isToken ? special(key, value) : value);
    }
  }
  if (files.specialTokensMap !== null) moveExtras(settings, explicit);
}

function isSameValue(a: unknown, b: unknown): boolean {
  return a instanceof Read && b instanceof Read ? isSameToken(a.token, b.token) : a === b;
}

function listAddedTokens(
  files: TokenizerFiles,
  settings: JsonObject,
  list: (id: number, token: TokenSpec) => void,
): void {
  const path = join(files.folder, 'added_tokens.json');
  const extras = settings.get('extra_special_tokens');
  const specials = new Set(
    [
      ...SPECIAL_TOKEN_NAMES.map((name) => settings.get(name)),
      ...(Array.isArray(extras) ? (extras as readonly unknown[]) : []),
    ].map((value) => (value instanceof Read ? value.token.content : value)),
  );
  for (const [content, id] of files.addedTokens ?? []) {
    if (typeof id !== 'number') throw bad(path, `the id of ${JSON.stringify(content)} is no number`);
    const special = specials.has(content);
    list(id, { ...textToken(content), isText: false, special, normalized: !special });
  }
}

function listTokenizerJson(files: TokenizerFiles, list: (id: number, token: TokenSpec) => void): void {
  const path = join(files.folder, 'tokenizer.json');
  const added = files.tokenizer.get('added_tokens');
  if (!Array.isArray(added)) throw bad(path, "it has no list 'added_tokens'");
  for (const value of added as readonly unknown[]) {
    const token = addedToken(value);
    const id = objectOf(value)?.get('id');
    if (token === null || typeof id !== 'number') {
      throw bad(path, `'added_tokens' holds ${JSON.stringify(value)?.slice(0, 100)}`);
    }
    list(id, token);
  }
}

function extraTokens(
  settings: JsonObject,
  tokenOf: (key: string, value: unknown) => TokenSpec,
  path: string,
): readonly TokenSpec[] {
  const key = settings.has('extra_special_tokens') ? 'extra_special_tokens' : 'additional_special_tokens';
  const value = settings.get(key) ?? null;
  if (value === null) return [];
  if (!Array.isArray(value)) throw bad(path, `'${key}' is no list of tokens`);
  return (value as readonly unknown[]).map((item) => tokenOf(key, item));
}

/** Contents that are matched before anything is added: the other classes begin without any. */
export function fileTokens(files: TokenizerFiles, name: TokenizerClass): ReadonlySet<string> {
  const listed = name === 'TokenizersBackend' ? files.tokenizer.get('added_tokens') : null;
  const contents = Array.isArray(listed)
    ? (listed as readonly unknown[]).map((value) => objectOf(value)?.get('content'))
    : [];
  return new Set(contents.filter((content) => typeof content === 'string'));
}

/** What transformers adds: everything listed, then special tokens that nothing lists yet. */
export function addedTokens(
  present: ReadonlySet<string>,
  { listed, named, extra }: SpecialTokens,
): readonly TokenSpec[] {
  const names = new Set(
    [...named.values()].map(({ content }) => content).filter((content) => content !== ''),
  );
  const known = new Set([...present, ...listed.map(({ content }) => content)]);
  const tokens = [...listed];
  for (const token of [...named.values(), ...extra]) {
    if (!known.has(token.content) && !tokens.some((other) => isSameToken(other, token))) tokens.push(token);
  }
  return tokens.map((token) => (names.has(token.content) ? { ...token, special: true } : token));
}

/**
 * Which class transformers reads a tokenizer by (models/auto/tokenization_auto.py, AutoTokenizer.from_pretrained). Its
 * generic class takes tokenizer.json as it is; most others keep only vocabulary, merges and post-processor of it.
 */
import { join } from 'node:path';
import { type Problem, UserError } from '@evalgraph/formats';
import type { TokenizerFiles } from './files.ts';
import { CLASS_ALIASES, KNOWN_CLASSES, MISNAMED_MODEL_TYPES, REGISTERED_CLASSES } from './known-classes.ts';
import { messages } from './messages.ts';

/** The classes that we read as transformers does. */
export const TOKENIZER_CLASSES = [
  'TokenizersBackend',
  'LlamaTokenizer',
  'GPT2Tokenizer',
  'GPTNeoXTokenizer',
  'Qwen2Tokenizer',
  'GemmaTokenizer',
] as const;
export type TokenizerClass = (typeof TOKENIZER_CLASSES)[number];

const GENERIC: TokenizerClass = 'TokenizersBackend';
/** Names that end at the generic class: its older ones, and the class of tokenizers written in Python. */
const GENERIC_NAMES = new Set([
  GENERIC,
  'PreTrainedTokenizerFast',
  'PreTrainedTokenizer',
  'PythonBackend',
  'BloomTokenizer',
]);
/** Registered names beside which a declared one does not count. */
const WEAK_NAMES = new Set([GENERIC, 'PythonBackend', 'PreTrainedTokenizerFast', 'MistralCommonBackend']);

/** @throws UserError unsupported-tokenizer: a class that we do not rebuild, or Python code of the checkpoint's own. */
export function tokenizerClass(files: TokenizerFiles): TokenizerClass {
  const path = join(files.folder, 'tokenizer_config.json');
  const name = className(files, path);
  const found = TOKENIZER_CLASSES.find((known) => known === name);
  if (found !== undefined) return found;
  throw new UserError(messages.unsupportedTokenizer.byClass(path, name, TOKENIZER_CLASSES));
}

function className(files: TokenizerFiles, path: string): string {
  const ofTokenizer = textOrNull(files.tokenizerConfig.get('tokenizer_class'), path);
  const configPath = join(files.folder, 'config.json');
  const ofModel = textOrNull(files.modelConfig.get('tokenizer_class'), configPath);
  const modelType = textOrNull(files.modelConfig.get('model_type'), configPath) ?? '';
  const modelName = files.modelConfig.get('model_name');
  const isMisnamed =
    MISNAMED_MODEL_TYPES.has(modelType) ||
    (typeof modelName === 'string' && MISNAMED_MODEL_TYPES.has(modelName));
  const registered = REGISTERED_CLASSES.get(modelType) ?? null;
  const declared = ofTokenizer ?? ofModel;
  const ownCode = ownCodeOf(files);
  if (ownCode === null && declared !== null) {
    const isLlama = withoutFast(declared) === 'LlamaTokenizer' && !isMisnamed;
    // Llama 3's kind: the file is byte-level, the class is not.
    if (isLlama && files.text.includes('"ByteLevel"')) return GENERIC;
    if (registered !== null && withoutFast(registered) !== withoutFast(declared)) {
      if (WEAK_NAMES.has(withoutFast(registered))) return GENERIC;
      return resolved(isMisnamed ? withoutFast(registered) : declared) ?? GENERIC;
    }
  }
  if (ownCode !== null && registered === null && (ofTokenizer === null || !isKnown(ofTokenizer))) {
    throw new UserError(
      messages.unsupportedTokenizer.byKey(
        path,
        'auto_map',
        ownCode,
        'its tokenizer is Python code of its own.',
      ),
    );
  }
  if (declared !== null) return resolved(declared) ?? GENERIC;
  return registered ?? GENERIC;
}

/** The checkpoint's own Python class, by tokenizer_config.json; null where there is none. */
function ownCodeOf({ tokenizerConfig }: TokenizerFiles): unknown {
  const map = tokenizerConfig.get('auto_map') ?? null;
  if (map === null || Array.isArray(map)) return map;
  if (typeof map !== 'object') return null;
  return new Map<string, unknown>(Object.entries(map)).get('AutoTokenizer') ?? null;
}

function isKnown(name: string): boolean {
  return (
    GENERIC_NAMES.has(withoutFast(name)) || KNOWN_CLASSES.has(name) || KNOWN_CLASSES.has(withoutFast(name))
  );
}

/** null: transformers knows no such class and takes its generic one. */
function resolved(name: string): string | null {
  const short = withoutFast(name);
  if (GENERIC_NAMES.has(name) || GENERIC_NAMES.has(short)) return GENERIC;
  const known = [short, name].find((one) => KNOWN_CLASSES.has(one)) ?? null;
  return known === null ? null : (CLASS_ALIASES.get(known) ?? known);
}

function withoutFast(name: string): string {
  return name.endsWith('Fast') ? name.slice(0, -'Fast'.length) : name;
}

function textOrNull(value: unknown, path: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  const problem: Problem = messages.badTokenizer(path, `a class or model type is ${JSON.stringify(value)}`);
  throw new UserError(problem);
}
